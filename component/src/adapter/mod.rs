//! Each adapter converts in, calls the [`service`](crate::service), converts out.
//!
//! The adapters for Spin's two generations of WASI HTTP are the packages `moscow-time-p2` and `moscow-time-p3`,
//! since each is built on a Spin SDK of its own.

#[cfg(not(target_env = "p2"))]
pub mod cli;
#[cfg(not(target_env = "p2"))]
pub mod wagi;

#[cfg(not(target_family = "wasm"))]
pub mod native;
