//! Of a load.

use super::names;
use crate::report::load::{Kept, LoadReport, Loop, failed_of, short};
use crate::report::picture::time_of;
use crate::report::{Distribution, PhaseReport, Report};

pub fn sentences(report: &Report) -> Vec<String> {
    let phases = report.targets.iter().flat_map(|t| t.phases.iter().map(move |p| (t.name.as_str(), p)));
    phases
        .filter_map(|(name, phase)| {
            let load = phase.load.as_ref()?;
            Some(format!("Under load, {}{}", names(&[name]), told(phase, load)))
        })
        .collect()
}

fn told(phase: &PhaseReport, load: &LoadReport) -> String {
    // For how long tells how much that is worth: whatever has room for a queue takes any rate for a moment.
    let long = format!("for {:.1} s", load.duration.as_secs_f64());
    let kept = match load.asked_rate.zip(load.kept()) {
        Some((rate, Kept::Up)) => format!(" sustained {} requests/s {long}", short(rate)),
        Some((rate, Kept::Behind)) => format!(" did not sustain {} requests/s {long}", short(rate)),
        Some((rate, Kept::Undecided)) => {
            format!(
                " was asked {} requests/s {long}, which does not tell whether it sustains them",
                short(rate)
            )
        }
        None => format!(
            " gave {} ok answers/s over {} connections {long}",
            short(load.throughput),
            load.connections
        ),
    };
    let failed = failed_of(phase, load).map_or(String::new(), |told| format!("; {told}"));
    format!("{kept}{}{failed}.{}", times(load, &phase.latency_us), lost(load))
}

/// A median hides whatever happened to fewer than half, so the tail stands beside it.
fn times(load: &LoadReport, times: &Distribution) -> String {
    let measured = if load.kind == Loop::Open { "latency" } else { "service time" };
    match times.p50 {
        Some(p50) if p50.is_finite() => {
            let tails = [("p99", times.p99), ("p95", times.p95), ("p90", times.p90), ("max", times.max)];
            let tail = tails.into_iter().find_map(|(name, us)| Some((name, us?)));
            let tail = tail.map_or(String::new(), |(name, us)| format!(" ({name}: {})", time_of(us)));
            format!(", at a median {measured} of {}{tail}", time_of(p50))
        }
        Some(_) => "; half of the requests or more were not answered in time".into(),
        None => String::new(),
    }
}

/// The first rate of a ramp above it that was not sustained.
fn lost(load: &LoadReport) -> String {
    let lost = load.knee.and_then(|knee| knee.lost_at);
    let above = lost.filter(|lost| load.asked_rate.is_some_and(|asked| asked < *lost));
    above.map_or(String::new(), |rate| format!(" {} requests/s were not sustained.", short(rate)))
}
