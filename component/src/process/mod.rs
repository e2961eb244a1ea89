//! What a program has from the system that runs it: variables, output, clocks, randomness.

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod wasi;

#[cfg(not(target_family = "wasm"))]
pub use native::{Variables, complain, print};
#[cfg(target_family = "wasm")]
pub use wasi::{Variables, complain, print};

/// The process as a [`Platform`](crate::service::Platform).
#[derive(Debug)]
pub struct Process;
