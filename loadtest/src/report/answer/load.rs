//! Of a load.

use super::Sentence;
use crate::report::load::{LoadReport, Loop};
use crate::report::picture::time_of;
use crate::report::{PhaseReport, Report};

/// One of each load.
pub fn sentences(report: &Report) -> Vec<Sentence> {
    let phases = report.targets.iter().flat_map(|t| t.phases.iter().map(move |p| (t.name.as_str(), p)));
    phases
        .filter_map(|(name, phase)| {
            let load = phase.load.as_ref()?;
            Some(Sentence::default().say("Under load, ").name(name).say(told(phase, load)))
        })
        .collect()
}

fn told(phase: &PhaseReport, load: &LoadReport) -> String {
    // For how long tells how much that is worth: whatever has room for a queue takes any rate for a moment.
    let long = format!("for {:.1} s", load.duration.as_secs_f64());
    let kept = match (load.asked_rate, load.saturated) {
        (Some(rate), Some(true)) => format!(" did not keep up with {rate:.0} requests/s {long}"),
        (Some(rate), Some(false)) if load.undecided.is_some() => {
            format!(" may or may not have kept up with {rate:.0} requests/s {long}")
        }
        (Some(rate), Some(false)) => format!(" kept up with {rate:.0} requests/s {long}"),
        _ => format!(" answers {:.0} requests/s over {} connections", load.throughput, load.connections),
    };
    let lost = load
        .knee
        .and_then(|knee| knee.lost_at)
        .filter(|rate| load.asked_rate.is_some_and(|asked| asked < *rate));
    let lost = lost.map_or(String::new(), |rate| format!(" {rate:.0} requests/s were too many."));
    match phase.latency_us.p50 {
        Some(p50) if p50.is_finite() => {
            format!("{kept}, at a median {} of {}.{lost}", measured(load), time_of(p50))
        }
        Some(_) => format!("{kept}; half of the requests or more were not answered in time.{lost}"),
        None => format!("{kept}.{lost}"),
    }
}

fn measured(load: &LoadReport) -> &'static str {
    match load.kind {
        Loop::Open => "latency",
        Loop::Closed => "service time",
    }
}
