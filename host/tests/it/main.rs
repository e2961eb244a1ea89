//! The host over real sockets, with guests of its own and the real components. One binary, since each would link wasmtime.

mod common;

mod cache;
mod http;
mod limits;
mod load;
mod manifest;
mod server;
mod wagi;
mod wild;
