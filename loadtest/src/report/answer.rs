//! What was found of a load, in a few sentences that the figures support: the first thing that is read, and often the last.

mod load;

use std::fmt::{self, Display};

use super::{Judgement, PhaseReport, Report};
use crate::target::Target;

/// A sentence. Names are told from words, since they may be of any script and any length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentence(pub Vec<Piece>);

#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Words(String),
    Name(String),
}

impl Sentence {
    pub(super) fn say(mut self, words: impl Into<String>) -> Self {
        self.0.push(Piece::Words(words.into()));
        self
    }

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

pub fn of(report: &Report) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    sentences.extend(report.ended_early().map(|told| Sentence::default().say(&told)));
    sentences.extend(load::sentences(report));
    sentences.extend(failures(report));
    sentences.extend(gates(report));
    if sentences.is_empty() {
        sentences.push(Sentence::default().say("Nothing was measured."));
    }
    sentences
}

fn failures(report: &Report) -> Option<Sentence> {
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
    Some(Sentence::default().say(told))
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
