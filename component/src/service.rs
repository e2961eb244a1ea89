//! The application as the adapters call it: [`routes`] with the clock, and the evidence of which
//! instance answered.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::evidence::{Evidence, Packaging};
use crate::message::{Request, Response};
use crate::routes;

/// Answers `request` now, as the packaging that the adapter is for. Adds `server-timing`: the instance, how many requests it has answered with this one,
/// and the milliseconds spent in the handler.
pub fn answer(request: &Request, packaging: Packaging) -> Response {
    let begun = Instant::now();
    let served = SERVED.fetch_add(1, Ordering::Relaxed) + 1;
    let evidence = Evidence { packaging, instance: instance(), served };
    let mut response = routes::respond(request, unix_now(), &evidence);
    response.headers.push(("server-timing", evidence.server_timing(begun.elapsed()).into()));
    response
}

/// Seconds since the Unix epoch, by the platform's clock.
pub fn unix_now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs() as i64,
        Err(before) => -(before.duration().as_secs() as i64),
    }
}

/// All that an instance keeps from one request to the next.
static SERVED: AtomicU64 = AtomicU64::new(0);

/// Drawn at random once in the life of this Wasm instance or process. Not from a hash seed: a host may give
/// every instance the same one.
fn instance() -> u64 {
    static INSTANCE: OnceLock<u64> = OnceLock::new();
    *INSTANCE.get_or_init(|| getrandom::u64().expect("the platform has randomness"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instance_stays_and_the_count_grows() {
        let timing = || {
            let answer = answer(&Request { method: "GET", path: "/api/time" }, Packaging::Native);
            let timing = answer.headers.into_iter().find(|(name, _)| *name == "server-timing");
            timing.unwrap().1.into_owned()
        };
        let (first, second) = (timing(), timing());
        let instance = |timing: &str| timing.split(',').next().unwrap().to_owned();
        assert_eq!(instance(&first), instance(&second));
        assert_ne!(first.split(',').nth(1), second.split(',').nth(1));
    }
}
