//! The steps of a ramp, as one phase.

use std::collections::BTreeMap;

use super::{Kept, KneeReport, LoadReport, StepReport};
use crate::report::PhaseReport;

/// One phase of all steps: with the figures of the highest rate that was sustained, or of the first. What was sent and what
/// failed are of all: a target that dies at a higher rate has died.
pub fn together(phases: Vec<PhaseReport>) -> Option<PhaseReport> {
    let steps: Vec<_> = phases.iter().filter_map(step).collect();
    let (sustained, lost) = knee(&steps);
    let rate = |at: Option<usize>| at.map(|at| steps[at].asked_rate);
    let found = KneeReport { rate: rate(sustained), lost_at: rate(lost) };
    let samples = phases.iter().map(|phase| phase.samples).sum();
    let failures = summed(phases.iter().map(|phase| &phase.failures));
    let causes = summed(phases.iter().map(|phase| &phase.causes));
    let client_stopped = phases.iter().map(|phase| phase.client_stopped).sum();
    let retried = phases.iter().map(|phase| phase.retried).sum();
    let wrong_answer = phases.iter().find_map(|phase| phase.wrong_answer.clone());
    let mut phase = phases.into_iter().nth(sustained.unwrap_or(0))?;
    let load = phase.load.take()?;
    let load = Some(LoadReport { steps, knee: Some(found), ..load });
    Some(PhaseReport { samples, client_stopped, retried, failures, causes, wrong_answer, load, ..phase })
}

/// The last step that was sustained, and the first after it that was not.
fn knee(steps: &[StepReport]) -> (Option<usize>, Option<usize>) {
    let sustained = steps.iter().rposition(|step| step.kept() == Kept::Up);
    let above = sustained.map_or(0, |last| last + 1);
    let lost = steps[above..].iter().position(|step| step.kept() == Kept::Behind);
    (sustained, lost.map(|at| above + at))
}

fn summed<'a>(counts: impl Iterator<Item = &'a BTreeMap<String, usize>>) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for (name, n) in counts.flatten() {
        *all.entry(name.clone()).or_default() += n;
    }
    all
}

fn step(phase: &PhaseReport) -> Option<StepReport> {
    let load = phase.load.as_ref()?;
    Some(StepReport {
        asked_rate: load.asked_rate?,
        achieved_rate: load.achieved_rate,
        throughput: load.throughput,
        saturated: load.saturated?,
        failing: load.failing,
        undecided: load.undecided,
        duration_us: Some(load.duration.as_secs_f64() * 1e6),
        unsent: load.unsent,
        failed: phase.failures.values().sum(),
        failures: Some(phase.failures.clone()),
        latency_us: phase.latency_us.clone(),
        service_us: load.service_us.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::load::fixtures::{load, ramp};

    #[test]
    fn the_knee_is_the_last_sustained_rate_whatever_a_lower_one_did() {
        use Kept::{Behind, Undecided, Up};
        let step = load(&ramp()).steps.remove(0);
        let found = |kept: &[Kept]| {
            let of = |kept: &Kept| StepReport {
                saturated: *kept == Behind,
                undecided: (*kept == Undecided).then_some(super::super::Undecided::TooShort),
                ..step.clone()
            };
            knee(&kept.iter().map(of).collect::<Vec<_>>())
        };
        assert_eq!(found(&[Up, Up, Undecided, Behind]), (Some(1), Some(3)));
        assert_eq!(found(&[Up, Behind, Up, Behind]), (Some(2), Some(3)));
        assert_eq!(found(&[Up, Up]), (Some(1), None));
        assert_eq!(found(&[Behind, Behind]), (None, Some(0)));
        assert_eq!(found(&[Undecided]), (None, None));
        assert_eq!(found(&[]), (None, None));
    }
}
