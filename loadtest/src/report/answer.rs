//! What was found, in a few sentences that the figures support: the first thing that is read, and often the last.

mod compared;
mod load;
mod single;

use std::fmt::{self, Display};

use super::{Judgement, PhaseReport, Report, TargetReport};
use crate::sample::Phase;
use crate::target::Target;

/// A sentence. Names are told from words, since they may be of any script and any length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentence(pub Vec<Piece>);

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Words of this program.
    Words(String),
    /// A name that the user gave.
    Name(String),
}

impl Sentence {
    /// Goes on with words.
    pub(super) fn say(mut self, words: impl Into<String>) -> Self {
        self.0.push(Piece::Words(words.into()));
        self
    }

    /// Goes on with a name.
    pub(super) fn name(mut self, name: &str) -> Self {
        if name == Target::UNNAMED {
            return self.say("the target");
        }
        self.0.push(Piece::Name(name.to_owned()));
        self
    }

    /// Goes on with names: `a, b and c`.
    pub(super) fn names(self, names: &[&str]) -> Self {
        let last = names.len().saturating_sub(1);
        names.iter().enumerate().fold(self, |sentence, (place, name)| match place {
            0 => sentence.name(name),
            place if place == last => sentence.say(" and ").name(name),
            _ => sentence.say(", ").name(name),
        })
    }
}

impl Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Words(text) | Piece::Name(text) => f.write_str(text),
        })
    }
}

/// What is to be said first.
pub fn of(report: &Report) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    sentences.extend(report.ended_early().map(|told| Sentence::default().say(&told)));
    for phase in [Phase::Startup, Phase::Cold, Phase::Warm] {
        match report.targets.iter().filter(|target| target.phases.iter().any(|p| p.phase == phase)).count() {
            0 => {}
            1 => sentences.extend(single::sentence(report, phase)),
            _ => sentences.push(compared::sentence(report, phase)),
        }
    }
    sentences.extend(load::sentences(report));
    sentences.extend(failures(report));
    sentences.extend(excluded(report));
    sentences.extend(gates(report));
    if sentences.is_empty() {
        sentences.push(Sentence::default().say("Nothing was measured."));
    }
    sentences
}

/// How a phase begins a sentence.
fn opening(phase: Phase, proven: bool) -> String {
    let name = match phase {
        Phase::Startup => "Start-up",
        Phase::Cold => "Cold",
        Phase::WarmUp => "Warm-up",
        Phase::Warm => "Warm",
        Phase::Load => "Under load",
    };
    if proven { format!("{name}, ") } else { format!("{name} (instances unproven), ") }
}

fn failures(report: &Report) -> Option<Sentence> {
    let phases = || report.targets.iter().flat_map(|target| &target.phases);
    let warm_up = || phases().filter_map(|phase| phase.warm_up.as_ref());
    let in_warm_up: usize = warm_up().map(|warm_up| warm_up.failed).sum();
    let all: usize =
        phases().map(|phase| phase.samples).chain(warm_up().map(|warm_up| warm_up.samples)).sum();
    let failed = phases().map(PhaseReport::failed).sum::<usize>() + in_warm_up;
    let is_ramp = phases().any(|phase| phase.load.as_ref().is_some_and(|load| load.knee.is_some()));
    let at = if is_ramp { " at all rates" } else { "" };
    let sentence = match failed {
        0 => return None,
        _ if failed == all => return Some(Sentence::default().say(format!("All {all} requests failed."))),
        _ => Sentence::default().say(format!("Of {all} requests{at} {failed} failed")),
    };
    let sentence = whose(sentence, report);
    let sentence = match in_warm_up {
        0 => sentence,
        n => sentence.say(format!(" ({n} in warm-up)")),
    };
    if is_ramp {
        // Its times are of one rate, which was told with them.
        return Some(sentence.say("."));
    }
    // Percentiles know of them: they took longer than whatever was answered.
    let timed_out = phases().any(|phase| phase.failures.contains_key("timeout"));
    let above = if timed_out { ", and time-outs count as longer than any" } else { "" };
    Some(sentence.say(format!("; times are of the others{above}.")))
}

/// Of so many targets it is said which failed how often.
const NAMED: usize = 3;

fn whose(sentence: Sentence, report: &Report) -> Sentence {
    let of_phase = |phase: &PhaseReport| phase.failed() + phase.warm_up.as_ref().map_or(0, |w| w.failed);
    let failed = |target: &TargetReport| target.phases.iter().map(of_phase).sum();
    let failing = report.targets.iter().map(|target| (target.name.as_str(), failed(target)));
    let failing: Vec<(&str, usize)> = failing.filter(|(_, failed)| *failed > 0).collect();
    match failing.as_slice() {
        _ if report.targets.len() == 1 || failing.len() > NAMED => sentence,
        [(name, _)] => sentence.say(", all of them to ").name(name),
        several => several.iter().enumerate().fold(sentence, |sentence, (place, (name, failed))| {
            let before = if place == 0 { ": " } else { ", " };
            sentence.say(format!("{before}{failed} to ")).name(name)
        }),
    }
}

/// Answers that are in no figure, since they are not what their phase says.
fn excluded(report: &Report) -> Option<Sentence> {
    let all = report.targets.iter().flat_map(|target| target.phases.iter().map(move |phase| (target, phase)));
    let found: Vec<_> = all.filter(|(_, phase)| phase.excluded() > 0).collect();
    if found.len() > NAMED {
        let n: usize = found.iter().map(|(_, phase)| phase.excluded()).sum();
        return Some(
            Sentence::default().say(format!("Excluded, since they are not what their phase says: {n}.")),
        );
    }
    let listed = found.iter().enumerate().fold(Sentence::default(), |sentence, (place, (target, phase))| {
        let before = if place == 0 { "Excluded: " } else { ", " };
        let (n, all, name) = (phase.excluded(), phase.samples, phase.phase.in_words());
        sentence.say(format!("{before}{n} of {all} {name} samples of ")).name(&target.name)
    });
    (!found.is_empty()).then(|| listed.say("."))
}

fn gates(report: &Report) -> Option<Sentence> {
    let count = |judgement| report.gates.iter().filter(|gate| gate.outcome == judgement).count();
    let told =
        [(Judgement::Failed, "failed"), (Judgement::Undecided, "undecided"), (Judgement::Passed, "passed")];
    let told: Vec<_> = told
        .into_iter()
        .map(|(judgement, word)| (count(judgement), word))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    (!told.is_empty()).then(|| Sentence::default().say(format!("Gates: {}.", told.join(", "))))
}

#[cfg(test)]
mod tests;
