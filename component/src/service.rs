//! The application as the adapters call it: [`routes`] with the clock, and the evidence of which
//! instance answered.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::evidence::{Evidence, Packaging};
use crate::message::{Request, Response};
use crate::routes;

/// What the application needs of the outside world, as an adapter finds it there.
pub trait Platform {
    /// Seconds since the Unix epoch.
    fn unix_now() -> i64;
    /// A clock that is never set, in nanoseconds since some moment.
    fn steady_nanos() -> u64;
    /// Random bits. Not a hash seed: a host may give every instance the same one.
    fn random() -> u64;
}

/// Answers `request` now, as the packaging that the adapter is for. Adds `server-timing`: the instance, how many
/// requests it has answered with this one, and the milliseconds spent in the handler.
pub fn answer<P: Platform>(request: &Request, packaging: Packaging) -> Response {
    let begun = P::steady_nanos();
    let served = SERVED.fetch_add(1, Ordering::Relaxed) + 1;
    let evidence = Evidence { packaging, instance: instance::<P>(), served };
    let mut response = routes::respond(request, P::unix_now(), &evidence);
    let micros = P::steady_nanos().saturating_sub(begun) / 1000;
    response.headers.push(("server-timing", evidence.server_timing(micros).into()));
    response
}

/// All that an instance keeps from one request to the next.
static SERVED: AtomicU64 = AtomicU64::new(0);

/// Drawn once in the life of this Wasm instance or process, by the first request; 0 is none.
static INSTANCE: AtomicU64 = AtomicU64::new(0);

fn instance<P: Platform>() -> u64 {
    let known = INSTANCE.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    let drawn = P::random().max(1);
    match INSTANCE.compare_exchange(0, drawn, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => drawn,
        Err(first) => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Process;

    #[test]
    fn the_instance_stays_and_the_count_grows() {
        let timing = || {
            let answer = answer::<Process>(&Request { method: "GET", path: "/api/time" }, Packaging::Native);
            let timing = answer.headers.into_iter().find(|(name, _)| *name == "server-timing");
            timing.unwrap().1.into_owned()
        };
        let (first, second) = (timing(), timing());
        let instance = |timing: &str| timing.split(',').next().unwrap().to_owned();
        assert_eq!(instance(&first), instance(&second));
        assert_ne!(first.split(',').nth(1), second.split(',').nth(1));
    }
}
