//! The time in Moscow over HTTP: one source for every packaging.
//!
//! [`routes`] is the behaviour: request in, response out, no clock and no I/O. Start reading there. [`answer`] adds
//! the clock and the evidence of which instance answered. Each adapter converts a platform's request, calls
//! [`answer`], and converts the response: `main` for WAGI and the native server, `spin-p2` and `spin-p3` for Spin.

use std::time::Instant;

pub mod evidence;
pub mod page;
pub mod routes;
pub mod spin;
pub mod time;

use evidence::{Evidence, Packaging};
use routes::{Request, Response};
use time::MoscowTime;

/// Answers `request` now.
pub fn answer(request: &Request, packaging: Packaging) -> Response {
    testify(packaging, |evidence| routes::respond(request, &MoscowTime::now(), evidence))
}

/// Answers a request that is not valid HTTP. `detail` says what is wrong.
pub fn reject(detail: &str, packaging: Packaging) -> Response {
    testify(packaging, |_| routes::bad_request(detail))
}

/// Counts the request and adds the evidence to its response.
fn testify(packaging: Packaging, respond: impl FnOnce(&Evidence) -> Response) -> Response {
    let started = Instant::now();
    let evidence = Evidence::of_next_request(packaging);
    let response = respond(&evidence);
    response.with("server-timing", evidence.server_timing(started.elapsed()))
}
