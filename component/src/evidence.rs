//! Evidence of which instance answered, and of whether it was fresh.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How the app that answers was packaged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Packaging {
    /// A process that is an HTTP server.
    Native,
    /// A program that answers one request on standard output.
    Wagi,
    /// A component for WASI preview 2.
    Preview2,
    /// A component for WASI preview 3.
    Preview3,
}

impl Packaging {
    /// The name on the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "the native server",
            Self::Wagi => "WAGI",
            Self::Preview2 => "WASI preview 2",
            Self::Preview3 => "WASI preview 3",
        }
    }
}

/// Who answers a request.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// How the instance was packaged.
    pub packaging: Packaging,
    /// Drawn at random once in the life of the instance.
    pub instance: u64,
    /// How many requests the instance has answered, this one included.
    pub served: u64,
}

/// All that an instance keeps from one request to the next.
static SERVED: AtomicU64 = AtomicU64::new(0);
static INSTANCE: OnceLock<u64> = OnceLock::new();

impl Evidence {
    /// Counts one more request of this instance.
    pub fn of_next_request(packaging: Packaging) -> Self {
        // Not a hash seed: a host may give every instance the same one.
        let random = || getrandom::u64().expect("the platform has random numbers");
        let served = SERVED.fetch_add(1, Ordering::Relaxed) + 1;
        Self { packaging, instance: *INSTANCE.get_or_init(random), served }
    }

    /// `fresh` if the instance had answered nothing before, else `reused`.
    pub fn freshness(&self) -> &'static str {
        if self.served == 1 { "fresh" } else { "reused" }
    }

    /// The value of the `server-timing` header, for a response that took the handler so long.
    pub fn server_timing(&self, handler: Duration) -> String {
        let (instance, served, micros) = (self.instance, self.served, handler.as_micros() as u64);
        let (millis, rest) = (micros / 1000, micros % 1000);
        format!(r#"instance;desc="{instance:016x}", served;desc="{served}", handler;dur={millis}.{rest:03}"#)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_timing_names_instance_count_and_milliseconds() {
        let timing = |instance, served, micros| {
            let evidence = Evidence { packaging: Packaging::Wagi, instance, served };
            (evidence.server_timing(Duration::from_micros(micros)), evidence.freshness())
        };
        assert_eq!(
            timing(0x9f86d081884c7d65, 1, 31),
            (r#"instance;desc="9f86d081884c7d65", served;desc="1", handler;dur=0.031"#.into(), "fresh")
        );
        assert_eq!(
            timing(0xa, 12, 12_345),
            (r#"instance;desc="000000000000000a", served;desc="12", handler;dur=12.345"#.into(), "reused")
        );
    }

    #[test]
    fn the_instance_stays_and_the_count_grows() {
        let [first, second] = [(); 2].map(|()| Evidence::of_next_request(Packaging::Native));
        assert_eq!(first.instance, second.instance);
        assert!(second.served > first.served);
    }
}
