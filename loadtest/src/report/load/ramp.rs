//! The steps of a ramp, as one phase.

use std::collections::BTreeMap;

use super::{KneeReport, LoadReport, StepReport};
use crate::load::knee::{Knee, Step, knee};
use crate::report::PhaseReport;

/// One phase of all steps: with the figures of the highest rate that was kept up with, or of the first. What was sent and what
/// failed are of all: a target that dies at a higher rate has died.
pub fn together(phases: Vec<PhaseReport>) -> Option<PhaseReport> {
    let steps: Vec<_> = phases.iter().filter_map(step).collect();
    let shown = shown(&steps);
    let Knee { last_kept_up, first_lost, bend } = knee(&shown);
    let rate = |at: Option<usize>| at.map(|at| shown[at].rate);
    let found = KneeReport { rate: rate(last_kept_up), lost_at: rate(first_lost), bends_at: rate(bend) };
    let samples = phases.iter().map(|phase| phase.samples).sum();
    let failures = summed(phases.iter().map(|phase| &phase.failures));
    let causes = summed(phases.iter().map(|phase| &phase.causes));
    let client_stopped = phases.iter().map(|phase| phase.client_stopped).sum();
    let retried = phases.iter().map(|phase| phase.retried).sum();
    let wrong_answer = phases.iter().find_map(|phase| phase.wrong_answer.clone());
    let mut phase = phases.into_iter().nth(last_kept_up.unwrap_or(0))?;
    let load = phase.load.take()?;
    let load = Some(LoadReport { steps, knee: Some(found), ..load });
    Some(PhaseReport { samples, client_stopped, retried, failures, causes, wrong_answer, load, ..phase })
}

fn summed<'a>(counts: impl Iterator<Item = &'a BTreeMap<String, usize>>) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for (name, n) in counts.flatten() {
        *all.entry(name.clone()).or_default() += n;
    }
    all
}

/// What a knee is looked for in: with the 99th percentiles, or the medians where one of those is withheld.
pub fn shown(steps: &[StepReport]) -> Vec<Step> {
    let tail = steps.iter().all(|step| step.latency_us.p99.is_some());
    let of = |step: &StepReport| Step {
        rate: step.asked_rate,
        kept: step.kept(),
        latency: if tail { step.latency_us.p99 } else { step.latency_us.p50 },
    };
    steps.iter().map(of).collect()
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
