//! Doubts about what may be concluded.

use super::{Warning, Weight, names};
use crate::environment::Environment;
use crate::plan::Plan;
use crate::report::picture::time_of;
use crate::report::{Comparison, PhaseReport, TargetReport};
use crate::sample::Phase;
use crate::stats::{self, Overhead};

/// A median below so many times the client's own is within its reach.
const WITHIN_REACH: f64 = 2.0;

/// All but those about the client's own time.
pub fn all(targets: &[TargetReport], comparisons: &[Comparison], plan: &Plan) -> Vec<Warning> {
    let asked = |phase: &Phase| targets.iter().any(|target| target.phase(*phase).is_some());
    let phases = Phase::ONE_BY_ONE.into_iter().filter(asked);
    let mut warnings: Vec<Warning> =
        phases.filter_map(|phase| too_few(phase, plan.samples(phase), targets.len())).collect();
    let is_compared = |target: &TargetReport| {
        comparisons.iter().any(|pair| [&pair.baseline, &pair.candidate].contains(&&target.name))
    };
    if targets.iter().any(|target| target.command.is_none() && is_compared(target)) {
        warnings.push(Warning::new(
            Weight::OfProcesses,
            "verdicts are about the processes that answered: a URL is not restarted between rounds; loadtest compare \
             NAME=COMMAND starts each program afresh in every round",
        ));
    }
    let fresh: Vec<_> =
        targets.iter().filter(|target| target.phases.iter().any(is_fresh_when_warm)).collect();
    if !fresh.is_empty() {
        warnings.push(Warning::new(
            Weight::Explains,
            format!(
                "{}: every warm request met a fresh instance, as the host makes one for each: warm means a kept connection \
                 and a running host there",
                names(fresh)
            ),
        ));
    }
    warnings.extend(if plan.caches.allow_cached { Some(caches_allowed()) } else { unproven(targets) });
    warnings.extend(not_compared(targets));
    warnings
}

/// Where so many samples of a phase are asked for that something is not told of them.
pub(super) fn too_few(phase: Phase, samples: usize, targets: usize) -> Option<Warning> {
    let lacks =
        [("a 95 % interval", stats::least(0.5), true), ("a comparison", stats::COMPARED, targets > 1)];
    let lacks = lacks.into_iter().filter(|(_, least, wanted)| *wanted && samples < *least);
    let told: Vec<_> =
        lacks.map(|(what, least, _)| format!("for {what} (-n {least} is the least)")).collect();
    (!told.is_empty()).then(|| {
        Warning::new(Weight::TooFew, format!("{}: too few samples {}", phase.in_words(), told.join(" and ")))
    })
}

fn is_fresh_when_warm(found: &PhaseReport) -> bool {
    found.phase == Phase::Warm && found.evidence.fresh > 0 && found.evidence.reused == 0
}

fn caches_allowed() -> Warning {
    Warning::new(
        Weight::Explains,
        "answers out of caches count here (--allow-cached): times may be those of a cache, and nothing is said about \
         instances",
    )
}

/// Of a load, nothing that is told depends on it.
fn unproven(targets: &[TargetReport]) -> Option<Warning> {
    let of = where_it_holds(targets, |found| {
        found.evidence.unknown > 0 && !found.is_proven() && found.phase != Phase::Load
    })?;
    Some(Warning::new(
        Weight::Unproven,
        format!(
            "{of} unproven: the server does not say which instance answers; have it send Server-Timing: instance;desc=\"…\", \
             served;desc=\"…\""
        ),
    ))
}

/// What would be compared with others but for its time-outs.
fn not_compared(targets: &[TargetReport]) -> Option<Warning> {
    let has_enough = |found: &PhaseReport| found.observed_us.len() >= stats::COMPARED;
    let has_others =
        |phase| targets.iter().filter(|target| target.phase(phase).is_some_and(has_enough)).count() > 1;
    let of = where_it_holds(targets, |found| {
        found.latency_us.p50.is_some_and(f64::is_infinite) && has_others(found.phase)
    })?;
    Some(Warning::new(
        Weight::NotKnown,
        format!(
            "{of} compared with nothing: so many requests timed out that a median is not known; a longer -t may tell it"
        ),
    ))
}

/// `a: cold is`, `a: cold; b: cold and warm are`: those targets and phases of which something holds.
fn where_it_holds(targets: &[TargetReport], holds: impl Fn(&PhaseReport) -> bool) -> Option<String> {
    let mut count = 0;
    let of_target = |target: &TargetReport| {
        let phases = target.phases.iter().filter(|found| holds(found));
        let phases: Vec<_> = phases.map(|found| found.phase.in_words()).collect();
        count += phases.len();
        (!phases.is_empty()).then(|| format!("{}: {}", target.name, phases.join(" and ")))
    };
    let told: Vec<_> = targets.iter().filter_map(of_target).collect();
    (count > 0).then(|| format!("{} {}", told.join("; "), if count == 1 { "is" } else { "are" }))
}

/// Where the client's own time is a large part of medians, or of ratios of them.
pub(in crate::report) fn overhead(
    targets: &[TargetReport],
    comparisons: &[Comparison],
    environment: &Environment,
) -> Vec<Warning> {
    let of_phase = |phase: Phase| {
        let blunts = comparisons.iter().any(|comparison| comparison.phase == phase);
        near_floor(targets, environment.floor?.of(phase)?, phase, blunts)
    };
    [Phase::Cold, Phase::Warm, Phase::Load].into_iter().filter_map(of_phase).collect()
}

/// `blunts` where medians are compared, so that a tenth of one matters; else only half of one does.
pub(super) fn near_floor(
    targets: &[TargetReport],
    floor_us: f64,
    phase: Phase,
    blunts: bool,
) -> Option<Warning> {
    let is_near = |p50: f64| match blunts {
        true => Overhead { client: floor_us, baseline: p50, candidate: p50 }.blunts(),
        false => p50 < WITHIN_REACH * floor_us,
    };
    let median = |target: &TargetReport| target.phase(phase)?.latency_us.p50;
    let near: Vec<_> = targets.iter().filter(|target| median(target).is_some_and(is_near)).collect();
    let (any, name, names) = (!near.is_empty(), phase.in_words(), names(near));
    let text = if blunts {
        format!(
            "{name}: client overhead is {floor_us:.0} µs of each time, more than a tenth of the median of {names}; true ratios \
             are further from 1 than these (with ≥ or ≤: bounds): for their size, measure requests that take over {}",
            time_of(10.0 * floor_us)
        )
    } else {
        format!(
            "{names}: half or more of the {name} median is client overhead ({floor_us:.0} µs); the target may be faster than \
             it looks: measure a request that takes longer"
        )
    };
    any.then(|| Warning::new(Weight::Overhead, text))
}
