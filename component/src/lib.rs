//! The time in Moscow over HTTP: one source for every packaging.
//!
//! [`routes`] is the whole behaviour: request and time in, response out, no clock and no I/O.
//! [`service`] adds what needs the outside world: the clock and the evidence of which instance answered.
//! [`adapter`] converts between [`service`] and a platform; the two Spin adapters are packages of their own.

pub mod adapter;
pub mod clock;
pub mod evidence;
pub mod message;
pub mod page;
pub mod routes;
pub mod service;
