//! Samples and reports for tests.

use std::sync::OnceLock;
use std::time::Duration;

use super::{Report, build};
use crate::cache::CachePolicy;
use crate::environment::Environment;
use crate::evidence::{Freshness, Testimony};
use crate::expectation::Check;
use crate::floor::Floor;
use crate::margin::Margin;
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
        throughput_per_s: None,
    }
}

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
        once_samples: 0,
        burst: None,
        margin: Margin::default(),
        seed: 1,
    }
}

pub(crate) fn report(samples: &[Sample]) -> Report {
    build(&plan(), here(), &targets(), samples, false)
}

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

/// A machine that is the same wherever tests run.
pub(crate) fn somewhere(host: Option<&str>, floor: Option<Floor>) -> Environment {
    Environment {
        loadtest: "0.1.0".into(),
        debug_build: false,
        os: "linux".into(),
        architecture: "x86_64".into(),
        cpu: Some("AMD EPYC".into()),
        cores: Some(2),
        floor,
        host: host.map(Into::into),
        ..here()
    }
}

/// A target whose medians in microseconds are these, where it is measured: start-up, cold and warm.
pub(crate) struct Medians(pub &'static str, pub [Option<f64>; 3]);

/// Samples of so many rounds of all three phases, each with the same scatter of some percent, four warm ones in a round.
pub(crate) fn in_rounds(rounds: u32, all: &[Medians]) -> Vec<Sample> {
    let phases = [(Phase::Startup, 1), (Phase::Warm, 4), (Phase::Cold, 1)];
    let mut samples = Vec::new();
    for round in 0..rounds {
        for (number, Medians(name, [startup, cold, warm])) in all.iter().enumerate() {
            for (phase, count) in phases {
                let median = match phase {
                    Phase::Startup => startup,
                    Phase::Cold => cold,
                    _ => warm,
                };
                let Some(median) = median else { continue };
                for n in 0..count {
                    let scatter = f64::from((round * 7 + n * 3 + number as u32 * 5) % 11) / 10.0 - 0.5;
                    let us = (median * (1.0 + 0.04 * scatter)) as u64;
                    let sent_ns = u64::from(round) * 2_600_000_000 + samples.len() as u64 * 1000;
                    let memory =
                        (phase == Phase::Warm && n == 0).then_some(28_000_000 - number as u64 * 1_000_000);
                    samples.push(Sample {
                        round,
                        sent_ns,
                        intended_ns: sent_ns,
                        done_ns: sent_ns + us * 1000,
                        memory_bytes: memory,
                        ..sample(name, phase, us)
                    });
                }
            }
        }
    }
    samples
}

/// Targets that are started here in every round, with the sizes of their files in thousands of bytes.
pub(crate) fn started(all: &[(&str, u64)]) -> Vec<Target> {
    let target = |(number, (name, kilobytes)): (usize, &(&str, u64))| Target {
        command: Some(format!("serve {name}")),
        size_bytes: Some(kilobytes * 1000),
        ..Target::new(*name, &format!("http://127.0.0.1:{}/api/time", 3000 + number)).unwrap()
    };
    all.iter().enumerate().map(target).collect()
}

pub(crate) fn packagings() -> (Report, Vec<Sample>) {
    static MEASURED: OnceLock<(Report, Vec<Sample>)> = OnceLock::new();
    MEASURED.get_or_init(measured_packagings).clone()
}

fn measured_packagings() -> (Report, Vec<Sample>) {
    let samples = in_rounds(
        20,
        &[
            Medians("WAGI", [Some(31_200.0), Some(1_020.0), Some(430.0)]),
            Medians("preview 2", [Some(27_000.0), Some(1_010.0), Some(354.0)]),
            Medians("preview 3", [Some(28_900.0), Some(1_030.0), Some(302.0)]),
        ],
    );
    let targets = started(&[("WAGI", 94), ("preview 2", 116), ("preview 3", 144)]);
    (build(&twenty_rounds(), somewhere(Some("spin 4.1.0"), None), &targets, &samples, false), samples)
}

/// A plan of twenty rounds of start-up, four warm samples and a cold one.
pub(crate) fn twenty_rounds() -> Plan {
    Plan { startup_samples: 20, cold_samples: 20, warm_samples: 80, ..plan() }
}

/// 40 cold samples of each target, `b` at twice the time.
pub(crate) fn twice_as_slow() -> Vec<Sample> {
    (0..40).flat_map(|n| [in_round(n, "a", 500 + n), in_round(n, "b", 1000 + n)]).collect()
}

pub(crate) fn in_round(round: u32, target: &'static str, micros: u32) -> Sample {
    Sample { round, ..sample(target, Phase::Cold, micros.into()) }
}
