//! Samples and reports for tests.

use std::time::Duration;

use super::{Report, build};
use crate::cache::CachePolicy;
use crate::environment::Environment;
use crate::evidence::{Freshness, Testimony};
use crate::expectation::Check;
use crate::plan::Plan;
use crate::provenance::Telling;
use crate::reach::Reach;
use crate::sample::{Outcome, Phase, Sample, Segments};
use crate::saved::Header;
use crate::target::Target;

/// An ok sample of `micros` µs that is what its phase says.
pub(crate) fn sample(target: &'static str, phase: Phase, micros: u64) -> Sample {
    let cold = matches!(phase, Phase::Startup | Phase::Cold);
    Sample {
        target: target.into(),
        phase,
        round: 0,
        intended_ns: 0,
        sent_ns: 0,
        done_ns: micros * 1000,
        segments: Segments {
            first_byte_ns: Some(micros * 900),
            body_ns: Some(micros * 100),
            ..Segments::default()
        },
        new_connection: cold,
        retried: false,
        waited: false,
        outcome: Outcome::Ok,
        freshness: if cold { Freshness::Fresh } else { Freshness::Reused },
        testimony: Testimony::default(),
        headers: Telling::default(),
        memory_bytes: None,
    }
}

/// A plan without waits.
pub(crate) fn plan() -> Plan {
    Plan {
        method: "GET".into(),
        header_names: vec![],
        reach: Reach::default(),
        check: Check::default(),
        caches: CachePolicy::default(),
        instance_header: None,
        served_header: None,
        until: None,
        startup_samples: 0,
        cold_samples: 40,
        warm_samples: 40,
        interval: Duration::ZERO,
        idle: Duration::from_millis(1500),
        timeout: Duration::from_secs(30),
        seed: 1,
    }
}

/// A report of these samples of targets `a` and `b`.
pub(crate) fn report(samples: &[Sample]) -> Report {
    build(&plan(), here(), &targets(), samples, false)
}

/// What says that samples are of targets `a` and `b`.
pub(crate) fn header() -> Header {
    Header::new(plan(), here(), targets())
}

/// This machine at one moment, so that what is made twice is the same.
pub(crate) fn here() -> Environment {
    Environment { started_at: 1_776_887_217, ..Environment::here(None) }
}

fn targets() -> Vec<Target> {
    ["a", "b"].map(|name| Target::new(name, &format!("http://{name}.test/")).unwrap()).into()
}

/// 40 cold samples of each target, `b` at twice the time.
pub(crate) fn twice_as_slow() -> Vec<Sample> {
    (0..40).flat_map(|n| [in_round(n, "a", 500 + n), in_round(n, "b", 1000 + n)]).collect()
}

/// A cold sample of a round.
pub(crate) fn in_round(round: u32, target: &'static str, micros: u32) -> Sample {
    Sample { round, ..sample(target, Phase::Cold, micros.into()) }
}
