//! What was measured of a packaging: series of figures, and why there is none.

use std::collections::BTreeMap;

use serde::Serialize;

use super::packaging::{Caches, Part, Why};
use crate::server::memory::Memory;
use crate::stats::Observation;

/// What a series is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// `MODE=once`, from its spawn to its end, in microseconds.
    Once(Caches),
    /// The rung with this index, from its spawn to its end, in microseconds.
    Rung(usize),
    /// From the spawn of what serves to its first correct answer, in microseconds.
    Start(Caches),
    /// Ok answers a second, as fast as it answers.
    Throughput,
    /// Proportional set size of what serves, in bytes.
    Memory(When),
    /// Requests one after the other, whose samples are kept elsewhere.
    Requests,
}

/// When memory was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// After the first answer.
    Idle,
    /// After a load.
    Loaded,
}

/// What was measured of a packaging.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// A value for each round.
    pub series: BTreeMap<Figure, Vec<Observation>>,
    /// What a rung adds, and in words what it is; by index.
    pub rungs: Vec<(Part, String)>,
    /// What the memory consists of, as it was seen first and last.
    pub memory: BTreeMap<When, Vec<Memory>>,
    /// What is in its memory, or is not, that is not obvious.
    pub memory_note: Option<String>,
    /// Why it is no command that runs once, if that is its nature.
    pub no_once: Option<Why>,
    /// Why it does not serve, if that is its nature.
    pub no_server: Option<Why>,
    /// Requests under load that were not ok.
    pub failed_under_load: usize,
    /// Why there is no figure, or none any more.
    pub why: BTreeMap<Figure, Why>,
    /// How often a command that went well at first failed later, and why the last time.
    pub failures: BTreeMap<Figure, (usize, Why)>,
}

/// So many failures are no mishap any more.
const TOO_MANY: usize = 3;

impl Measured {
    /// Takes a value of a round; of what only prepares, nothing.
    pub fn add(&mut self, figure: Figure, round: Option<u32>, value: f64) {
        if let Some(round) = round {
            self.series.entry(figure).or_default().push(Observation { value, round });
        }
    }

    /// Takes what memory consisted of.
    pub fn add_memory(&mut self, when: When, round: Option<u32>, memory: Memory) {
        self.add(Figure::Memory(when), round, memory.pss as f64);
        if round.is_some() {
            self.memory.entry(when).or_default().push(memory);
        }
    }

    /// There is no such figure from now on.
    pub fn give_up(&mut self, figure: Figure, why: Why) {
        self.why.entry(figure).or_insert(why);
    }

    /// It failed in that round: counted beside the others, like a request that fails; of what only prepares, the end of it.
    pub fn fail(&mut self, figure: Figure, round: Option<u32>, why: Why) {
        let failures = self.failures.entry(figure).or_default();
        *failures = (failures.0 + 1, why.clone());
        if round.is_none() || failures.0 == TOO_MANY {
            self.give_up(figure, why);
        }
    }

    /// Whether there is still to be such a figure.
    pub fn wants(&self, figure: Figure) -> bool {
        !self.why.contains_key(&figure)
    }

    /// What there is of a figure.
    pub fn of(&self, figure: Figure) -> &[Observation] {
        self.series.get(&figure).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mishap_is_counted_and_what_fails_at_first_or_again_and_again_is_given_up() {
        let once = Figure::Once(Caches::Warm);
        let mut measured = Measured::default();
        measured.fail(once, Some(0), "lost".into());
        measured.fail(once, Some(1), "lost again".into());
        assert!(measured.wants(once));
        assert_eq!(measured.failures[&once], (2, "lost again".into()));
        measured.fail(once, Some(2), "gone".into());
        assert_eq!(measured.why[&once], "gone");
        let mut measured = Measured::default();
        measured.fail(once, None, "broken".into());
        assert!(!measured.wants(once));
    }
}
