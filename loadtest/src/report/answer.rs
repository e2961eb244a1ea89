//! What was found of a load, in a few sentences that the figures support: the first thing that is read, and often the last.

mod load;

use super::{Judgement, PhaseReport, Report};
use crate::target::Target;

/// `a, b and c`.
pub(super) fn names(names: &[&str]) -> String {
    let told: Vec<&str> =
        names.iter().map(|name| if *name == Target::UNNAMED { "the target" } else { *name }).collect();
    match told.split_last() {
        Some((last, before @ [_, ..])) => format!("{} and {last}", before.join(", ")),
        _ => told.concat(),
    }
}

pub fn of(report: &Report) -> Vec<String> {
    let mut sentences: Vec<_> = report.ended_early().into_iter().map(|told| told.to_string()).collect();
    sentences.extend(load::sentences(report));
    sentences.extend(failures(report));
    sentences.extend(gates(report));
    if sentences.is_empty() {
        sentences.push("Nothing was measured.".into());
    }
    sentences
}

fn failures(report: &Report) -> Option<String> {
    let phases = || report.targets.iter().flat_map(|target| &target.phases);
    let all: usize = phases().map(|phase| phase.samples).sum();
    let failed: usize = phases().map(PhaseReport::failed).sum();
    let is_ramp = phases().any(|phase| phase.load.as_ref().is_some_and(|load| load.knee.is_some()));
    // Percentiles know of them: they took longer than whatever was answered.
    let timed_out = phases().any(|phase| phase.failures.contains_key("timeout"));
    let told = match failed {
        0 => return None,
        _ if failed == all => format!("All {all} requests failed."),
        // Its times are of one rate, which was told with them.
        _ if is_ramp => format!("Of {all} requests at all rates {failed} failed."),
        _ if timed_out => format!(
            "Of {all} requests {failed} failed; times are of the others, and time-outs count as longer than any."
        ),
        _ => format!("Of {all} requests {failed} failed; times are of the others."),
    };
    Some(told)
}

fn gates(report: &Report) -> Option<String> {
    let count = |judgement| report.gates.iter().filter(|gate| gate.outcome == judgement).count();
    let told =
        [(Judgement::Failed, "failed"), (Judgement::Undecided, "undecided"), (Judgement::Passed, "passed")];
    let told: Vec<_> = told
        .into_iter()
        .map(|(judgement, word)| (count(judgement), word))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    (!told.is_empty()).then(|| format!("Gates: {}.", told.join(", ")))
}
