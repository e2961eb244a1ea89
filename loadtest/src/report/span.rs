//! How long a measurement took, and how many rounds it had.

use std::collections::{BTreeMap, BTreeSet};

use crate::sample::{Phase, Sample};

/// How many rounds there were, if every phase had as many. Warm-up counts as warm.
pub fn rounds(samples: &[Sample]) -> Option<usize> {
    let mut rounds: BTreeMap<Phase, BTreeSet<u32>> = BTreeMap::new();
    for sample in samples {
        let phase = if sample.phase == Phase::WarmUp { Phase::Warm } else { sample.phase };
        rounds.entry(phase).or_default().insert(sample.round);
    }
    let counts: BTreeSet<usize> = rounds.values().map(BTreeSet::len).collect();
    counts.first().copied().filter(|_| counts.len() == 1)
}

pub fn duration_us(samples: &[Sample]) -> Option<f64> {
    let first = samples.iter().map(|sample| sample.sent_ns).min()?;
    let last = samples.iter().map(|sample| sample.done_ns).max()?;
    Some(last.saturating_sub(first) as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{sample, twice_as_slow};

    #[test]
    fn rounds_are_told_where_every_phase_has_as_many() {
        let mut samples = twice_as_slow();
        assert_eq!((rounds(&samples), rounds(&[])), (Some(40), None));
        let warm = |phase| (0..40).map(move |round| Sample { round, ..sample("a", phase, 1) });
        samples.extend(warm(Phase::Warm));
        assert_eq!(rounds(&samples), Some(40));
        samples.push(Sample { round: 40, ..sample("a", Phase::WarmUp, 1) });
        assert_eq!(rounds(&samples), None);
    }
}
