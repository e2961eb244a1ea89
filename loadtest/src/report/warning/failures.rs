//! What failed, once for all targets.

use super::{Warning, Weight};
use crate::plan::Plan;
use crate::report::failed::{self, Failed};
use crate::report::{PhaseReport, TargetReport};
use crate::sample::Phase;

/// Requests of a phase of a target that failed.
struct Failures<'a> {
    target: &'a str,
    found: &'a PhaseReport,
    phase: Phase,
    /// `all 3 of 3 cold`.
    counts: String,
    why: String,
}

/// `None` where none did.
pub fn of(targets: &[TargetReport], plan: &Plan) -> Option<Warning> {
    let of: Vec<Failures> = targets
        .iter()
        .flat_map(|target| target.phases.iter().flat_map(|found| failures(target, found, plan)))
        .collect();
    let times = match of.iter().find(|failures| failed::has_answers(failures.found)) {
        None => "there are no times of them".into(),
        Some(Failures { phase, .. }) => {
            let timed_out = of.iter().any(|failures| failures.found.failures.contains_key("timeout"));
            let others = if timed_out {
                "the others, and time-outs count as longer than any"
            } else {
                "the others only"
            };
            // Those of warm-up count for a gate of the warm phase.
            let phase = if *phase == Phase::WarmUp { Phase::Warm } else { *phase };
            let gate = format!("--fail-if '{}.failures>1%' gates these", phase.name());
            format!("times, and gates of times, are of {others}: {gate}")
        }
    };
    (!of.is_empty()).then(|| Warning::new(Weight::Failed, format!("{}; {times}", told(&of))))
}

/// Those of warm-up first.
fn failures<'a>(
    target: &'a TargetReport,
    found: &'a PhaseReport,
    plan: &Plan,
) -> impl Iterator<Item = Failures<'a>> {
    let of = |phase: Phase, samples: usize, failed: Failed| {
        let n: usize = failed.kinds.values().sum();
        let all = if n == samples && samples > 1 { "all " } else { "" };
        let counts = format!("{all}{n} of {samples} {}", phase.in_words());
        Some(Failures { target: &target.name, found, phase, counts, why: why(target, phase, failed, plan)? })
    };
    let warm_up = found.warm_up.as_ref();
    let warm_up = warm_up.and_then(|w| of(Phase::WarmUp, w.samples, Failed::in_warm_up(w)));
    warm_up.into_iter().chain(of(found.phase, found.samples, Failed::of(found)))
}

fn why(target: &TargetReport, phase: Phase, failed: Failed, plan: &Plan) -> Option<String> {
    let why = failed::why(target, failed)?;
    let has_query = phase == Phase::Cold && !plan.caches.no_cache_buster;
    let hint = failed::cold_query_hint(failed).filter(|_| has_query);
    Some(hint.map_or(why.clone(), |hint| format!("{why}; {hint}")))
}

/// `a: 3 of 20 cold and all 80 of 80 warm requests failed (why)`, for each target and reason.
fn told(of: &[Failures]) -> String {
    let mut told: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for Failures { target, counts, why, .. } in of {
        match told.iter_mut().find(|(known, reason, _)| known == target && reason == why) {
            Some((_, _, all)) => all.push(counts),
            None => told.push((target, why, vec![counts])),
        }
    }
    let told = told
        .iter()
        .map(|(target, why, counts)| format!("{target}: {} requests failed ({why})", counts.join(" and ")));
    told.collect::<Vec<_>>().join(", ")
}
