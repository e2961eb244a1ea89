//! The time in Moscow over HTTP: one source for every packaging.
//!
//! [`routes`] is the whole behaviour: request and time in, response out, no clock and no I/O.
//! [`service`] adds what needs the outside world: the clock and the evidence of which instance answered.
//! [`adapter`] converts between [`service`] and a platform; the two Spin adapters are packages of their own.

//!
//! On Wasm all of this does without `std`, which would be two thirds of an artefact: [`process`] and `heap` are what
//! it needs instead.

#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

pub mod adapter;
pub mod clock;
pub mod evidence;
#[cfg(any(target_family = "wasm", test))]
pub mod heap;
pub mod message;
pub mod page;
#[cfg(not(target_env = "p2"))]
pub mod process;
pub mod routes;
pub mod service;
pub mod text;
