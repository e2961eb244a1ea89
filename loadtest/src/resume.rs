//! What of an unfinished measurement is kept: the rounds in which every target had its whole turn.

use std::collections::HashMap;

use crate::participant::Measurable;
use crate::sample::{Phase, Sample};
use crate::schedule::Turn;

const PHASES: [Phase; 4] = [Phase::Startup, Phase::WarmUp, Phase::Warm, Phase::Cold];

/// How many samples there are, by round, target and phase.
pub struct Counts(HashMap<(u32, String, Phase), usize>);

impl Counts {
    pub fn of(samples: &[Sample]) -> Self {
        let mut counts = HashMap::new();
        for sample in samples {
            *counts.entry((sample.round, sample.target.to_string(), sample.phase)).or_default() += 1;
        }
        Self(counts)
    }

    /// Whether each target has all of this turn in that round, and no more.
    pub fn hold<C: Measurable>(&self, round: u32, turn: Turn, participants: &[C]) -> bool {
        participants.iter().all(|participant| {
            PHASES.iter().all(|phase| {
                let key = (round, participant.name().to_owned(), *phase);
                let expected = turn.samples(*phase, participant.is_started());
                self.0.get(&key).copied().unwrap_or(0) == expected
            })
        })
    }
}
