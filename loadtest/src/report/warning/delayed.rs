//! The mark that a delayed acknowledgement leaves on warm requests. It is a suspicion: nothing here sees packets.

use super::{Warning, Weight};
use crate::report::{PhaseReport, TargetReport};
use crate::sample::Phase;

/// Linux delays an acknowledgement by 40 ms, once a connection is past its first answers; the answer's own time is on top.
const DELAY_US: [f64; 2] = [38_000.0, 60_000.0];
/// What else may make a warm request slower than a cold one does not make it so many times as slow.
const TIMES_AS_SLOW: f64 = 3.0;

/// Suspected where warm requests take as long as one such delay, and cold ones, on new connections, do not.
pub fn acknowledgement(target: &TargetReport) -> Option<Warning> {
    let phase = |wanted| target.phases.iter().find(|report| report.phase == wanted);
    let (warm, cold) = (phase(Phase::Warm)?, phase(Phase::Cold)?);
    let typical_us = [typical(warm)?, typical(cold)?];
    let [low, high] = DELAY_US;
    let suspected = (low..high).contains(&typical_us[0]) && typical_us[0] > TIMES_AS_SLOW * typical_us[1];
    let in_body =
        warm.body_us.as_ref().and_then(|body| body.p50.or(body.mean)).is_some_and(|us| us > low / 2.0);
    suspected.then(|| {
        let text = format!(
            "{}: warm requests take {:.0} ms and cold ones {:.1}: suspected is an answer in two writes{}, whose second waits for \
             a delayed acknowledgement (40 ms on Linux); set TCP_NODELAY, or write head and body at once",
            target.name,
            typical_us[0] / 1e3,
            typical_us[1] / 1e3,
            if in_body { " (head and body)" } else { "" }
        );
        Warning::new(Weight::Included, text)
    })
}

/// Where the samples are too few for a median, their mean.
fn typical(report: &PhaseReport) -> Option<f64> {
    report.latency_us.p50.or(report.latency_us.mean)
}
