//! What of an unfinished measurement is kept: the rounds in which every target had its whole turn.

use std::collections::HashMap;

use crate::sample::{Phase, Sample};

/// The phase of `names`, together with what warms up for it.
pub struct Turns<'a> {
    pub phase: Phase,
    pub names: &'a [String],
}

impl Turns<'_> {
    /// Whether it is one of theirs.
    pub fn holds(&self, sample: &Sample) -> bool {
        let phase = if sample.phase == Phase::WarmUp { Phase::Warm } else { sample.phase };
        phase == self.phase && self.names.iter().any(|name| *name == sample.target)
    }

    /// How many rounds, from the first, have as many samples of each name as a round should.
    pub fn complete_rounds(&self, samples: &[Sample], in_round: impl Fn(usize) -> usize) -> usize {
        let mut counts: HashMap<(u32, &str), usize> = HashMap::new();
        for sample in samples.iter().filter(|sample| self.holds(sample)) {
            *counts.entry((sample.round, &sample.target)).or_default() += 1;
        }
        let count = |round, name: &String| counts.get(&(round, name.as_str())).copied();
        let is_complete = |round: &u32| {
            self.names.iter().all(|name| count(*round, name) == Some(in_round(*round as usize)))
        };
        (0..).take_while(|round| !counts.is_empty() && is_complete(round)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::sample;

    fn kept(phase: Phase, samples: &[(&'static str, Phase, u32)], in_round: usize) -> usize {
        let samples: Vec<_> = samples
            .iter()
            .map(|(name, phase, round)| Sample { round: *round, ..sample(name, *phase, 1) })
            .collect();
        Turns { phase, names: &["a".into(), "b".into()] }.complete_rounds(&samples, |_| in_round)
    }

    #[test]
    fn a_round_is_complete_when_every_target_had_its_turn() {
        use Phase::{Cold, Startup};
        assert_eq!(kept(Cold, &[], 1), 0);
        assert_eq!(kept(Cold, &[("a", Cold, 0), ("b", Cold, 0), ("b", Cold, 1)], 1), 1);
        assert_eq!(kept(Cold, &[("a", Startup, 0), ("b", Startup, 0)], 1), 0);
        assert_eq!(kept(Cold, &[("a", Cold, 0), ("b", Cold, 0), ("c", Cold, 1), ("a", Cold, 1)], 1), 1);
    }

    #[test]
    fn a_turn_is_whole_with_its_warm_up() {
        use Phase::{Warm, WarmUp};
        let whole = [("b", WarmUp, 0), ("b", Warm, 0), ("a", WarmUp, 0), ("a", Warm, 0)];
        assert_eq!((kept(Warm, &whole, 2), kept(Warm, &whole[..3], 2)), (1, 0));
    }

    #[test]
    fn a_round_that_is_missing_or_twice_there_ends_what_is_kept() {
        use Phase::Cold;
        assert_eq!(kept(Cold, &[("a", Cold, 1), ("b", Cold, 1)], 1), 0);
        assert_eq!(kept(Cold, &[("a", Cold, 0), ("b", Cold, 0), ("b", Cold, 0)], 1), 0);
        assert_eq!(kept(Cold, &[("a", Cold, u32::MAX), ("b", Cold, u32::MAX)], 1), 0);
    }
}
