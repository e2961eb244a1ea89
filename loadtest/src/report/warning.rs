//! Doubts about what was found, each with its remedy: those first that could change a decision.

mod compared;
mod failures;
mod phase;

use std::fmt;

pub(super) use self::compared::overhead;
use super::answer;
use super::{Comparison, TargetReport};
use crate::environment::Environment;
use crate::plan::Plan;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Warning {
    weight: Weight,
    text: String,
}

/// How much a doubt could change a decision; the weightiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Meaningless,
    Failed,
    Copies,
    Included,
    NotKnown,
    TooFew,
    Overhead,
    Unsteady,
    Skipped,
    /// Verdicts are of processes, not of programs.
    OfProcesses,
    Unproven,
    Disturbed,
    /// It explains a figure, and changes no decision.
    Explains,
}

impl Warning {
    fn new(weight: Weight, text: impl Into<String>) -> Self {
        Self { weight, text: text.into() }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// In words, the weightiest first; and how many could change a decision.
pub(super) fn ranked(mut warnings: Vec<Warning>) -> (Vec<String>, usize) {
    warnings.sort_by_key(|warning| warning.weight);
    let decisive = warnings.iter().filter(|warning| warning.weight < Weight::Explains).count();
    (warnings.iter().map(ToString::to_string).collect(), decisive)
}

/// All doubts: about everything with what failed, about what may be concluded, and about single figures.
pub(super) fn all(
    targets: &[TargetReport],
    comparisons: &[Comparison],
    plan: &Plan,
    environment: &Environment,
) -> Vec<Warning> {
    let mut warnings = about_everything(environment);
    warnings.extend(failures::of(targets, plan));
    warnings.extend(compared::all(targets, comparisons, plan));
    warnings.extend(overhead(targets, comparisons, environment));
    warnings.extend(of_phases(targets));
    warnings.extend(targets.iter().filter_map(phase::shared_cores));
    let skipped = environment.skipped.iter();
    warnings.extend(skipped.map(|what| Warning::new(Weight::Skipped, format!("skipped: {what}"))));
    warnings
}

/// About phases: what holds of several targets in the same words, in one.
fn of_phases(targets: &[TargetReport]) -> Vec<Warning> {
    let mut told: Vec<(Vec<&TargetReport>, Warning)> = Vec::new();
    for target in targets {
        for warning in target.phases.iter().flat_map(phase::all) {
            match told.iter_mut().find(|(_, known)| *known == warning) {
                Some((those, _)) => those.push(target),
                None => told.push((vec![target], warning)),
            }
        }
    }
    let named = |(those, warning): (Vec<&TargetReport>, Warning)| {
        Warning::new(warning.weight, format!("{}: {}", names(those), warning.text))
    };
    told.into_iter().map(named).collect()
}

fn about_everything(environment: &Environment) -> Vec<Warning> {
    let debug = environment.debug_build.then(|| {
        let text = "this is a debug build, whose times mean nothing; measure with `cargo run --release`";
        Warning::new(Weight::Meaningless, text)
    });
    let resumed = (environment.resumed > 0).then(|| {
        let often =
            if environment.resumed == 1 { "once".into() } else { format!("{} times", environment.resumed) };
        let text = format!(
            "this was resumed {often}: it met the machine, and whatever else changed, at several times"
        );
        Warning::new(Weight::Explains, text)
    });
    debug.into_iter().chain(resumed).collect()
}

/// `a, b and c`.
fn names<'a>(targets: impl IntoIterator<Item = &'a TargetReport>) -> String {
    let names: Vec<&str> = targets.into_iter().map(|target| target.name.as_str()).collect();
    answer::names(&names)
}

#[cfg(test)]
mod tests;
