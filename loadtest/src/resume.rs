//! What of an unfinished measurement is kept: the rounds in which every target had its whole turn.

use std::collections::{HashMap, HashSet};

use crate::participant::Measurable;
use crate::sample::{Phase, Sample};
use crate::schedule::Turn;

/// The phases of a turn.
const PHASES: [Phase; 5] = [Phase::Once, Phase::Startup, Phase::WarmUp, Phase::Warm, Phase::Cold];

/// How many samples there are, by round, target and phase.
pub struct Counts {
    samples: HashMap<(u32, String, Phase), usize>,
    /// Who did not start, in which round.
    absent: HashSet<(u32, String)>,
}

impl Counts {
    pub fn of(samples: &[Sample]) -> Self {
        let mut counts = HashMap::new();
        for sample in samples {
            *counts.entry((sample.round, sample.target.to_string(), sample.phase)).or_default() += 1;
        }
        let failed = samples.iter().filter(|sample| sample.is_failed_start());
        Self {
            samples: counts,
            absent: failed.map(|sample| (sample.round, sample.target.to_string())).collect(),
        }
    }

    /// Whether each target has all of this turn in that round, and no more.
    pub fn hold<C: Measurable>(&self, round: u32, turn: Turn, participants: &[C]) -> bool {
        participants.iter().all(|participant| {
            let is_absent = self.absent.contains(&(round, participant.name().to_owned()));
            PHASES.iter().all(|phase| {
                let key = (round, participant.name().to_owned(), *phase);
                let expected = match phase {
                    Phase::Startup if is_absent => 1,
                    Phase::WarmUp | Phase::Warm | Phase::Cold if is_absent => 0,
                    _ => turn.samples(*phase, participant.abilities()),
                };
                self.samples.get(&key).copied().unwrap_or(0) == expected
            })
        })
    }
}
