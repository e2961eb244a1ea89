//! Of a target that there is nothing to compare with.

use super::{Sentence, opening};
use crate::report::picture::{count, time_of};
use crate::report::{Distribution, PhaseReport, Report};
use crate::sample::Phase;

/// The median with its interval, or why there is none.
pub fn sentence(report: &Report, phase: Phase) -> Option<Sentence> {
    let mut all = report.targets.iter().flat_map(|t| t.phases.iter().map(move |p| (t.name.as_str(), p)));
    let (name, found) = all.find(|(_, found)| found.phase == phase)?;
    let sentence =
        Sentence::default().say(opening(phase, found.is_proven() || found.counted == 0)).name(name);
    Some(sentence.say(told(found)))
}

fn told(phase: &PhaseReport) -> String {
    let verb = if phase.phase == Phase::Startup { "starts" } else { "answers" };
    let latency = &phase.latency_us;
    match (latency.p50, latency.ci95.p50) {
        _ if phase.counted == 0 => ": no sample counts.".into(),
        (None, _) => format!(": {} samples are too few for a median.", phase.counted),
        (Some(p50), _) if p50.is_infinite() => {
            ": so many requests timed out that its median is not known.".into()
        }
        (Some(p50), None) => format!(
            " {verb} in {} at the median of {}{}; there is no 95 % interval.",
            time_of(p50),
            count(phase.counted, "sample"),
            range(latency)
        ),
        (Some(p50), Some([low, high])) => format!(
            " {verb} in {} at the median (95 % interval {} to {}).",
            time_of(p50),
            time_of(low),
            time_of(high)
        ),
    }
}

/// From the least to the greatest, of several.
fn range(times: &Distribution) -> String {
    match (times.min, times.max) {
        (Some(least), Some(most)) if least < most && most.is_finite() => {
            format!(" ({} to {})", time_of(least), time_of(most))
        }
        _ => String::new(),
    }
}
