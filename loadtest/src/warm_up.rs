//! Warm samples that were taken before the targets were warm.

use std::collections::BTreeMap;

use crate::sample::{Phase, Sample};
use crate::stats;

/// With fewer samples of a target in a round, their median says more of them than of the round.
const TELLING: usize = 5;

/// Makes warm-up of the warm samples of the first rounds, where those were slower than the later ones: of one
/// measurement, in the order it was taken.
pub fn tell_apart(samples: &mut [Sample]) {
    let first = first_warm_round(samples.iter());
    for sample in samples.iter_mut().filter(|sample| sample.phase == Phase::Warm && sample.round < first) {
        sample.phase = Phase::WarmUp;
    }
}

/// The number of the first round that is warm: the one after the last that was slower.
///
/// A round is judged by all targets together, so that nothing here depends on which is which: what is dropped of one is
/// dropped of all, and names could still be swapped. A round with too few answers is not judged, so it is not slower.
pub fn first_warm_round<'a>(samples: impl Iterator<Item = &'a Sample>) -> u32 {
    let mut rounds: BTreeMap<u32, BTreeMap<&str, Vec<u64>>> = BTreeMap::new();
    for sample in samples.filter(|sample| sample.phase == Phase::Warm && sample.outcome.is_ok()) {
        let targets = rounds.entry(sample.round).or_default();
        targets.entry(sample.target.as_ref()).or_default().push(sample.service_ns());
    }
    let all = rounds.values().map(BTreeMap::len).max().unwrap_or(0);
    // Where a target gave hardly an answer, the others say nothing of the round.
    let tells = |targets: &BTreeMap<_, Vec<u64>>| {
        targets.len() == all && targets.values().all(|times| times.len() >= TELLING)
    };
    rounds.retain(|_, targets| tells(targets));
    let levels: Vec<f64> =
        rounds.values().map(|targets| targets.values().map(|times| level(times)).sum()).collect();
    let mean: Vec<f64> = levels.iter().map(|sum| sum / all as f64).collect();
    // Rounds without enough answers were dropped, so a place among the levels is not the number of a round.
    let last_slow = stats::unsettled(&mean).checked_sub(1).and_then(|place| rounds.keys().nth(place));
    last_slow.map_or(0, |round| round.saturating_add(1))
}

fn level(times: &[u64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    (times[(times.len() - 1) / 2].max(1) as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::sample;
    use crate::sample::Outcome;

    /// Thirty rounds of five of each target, of which the first `slow` took three times as long.
    fn measured(slow: u32) -> Vec<Sample> {
        let of = |round: u32, name, micros: u64| {
            let micros = if round < slow { 3 * micros } else { micros } + u64::from(round * 7 % 5);
            Sample { round: round + 7, ..sample(name, Phase::Warm, micros) }
        };
        let round = |round| (0..5).flat_map(move |_| [of(round, "a", 100), of(round, "b", 900)]);
        (0..30).flat_map(round).collect()
    }

    #[test]
    fn the_first_rounds_are_warm_up_where_they_were_slower() {
        let mut samples = measured(2);
        tell_apart(&mut samples);
        let warm_up: Vec<_> = samples.iter().filter(|s| s.phase == Phase::WarmUp).map(|s| s.round).collect();
        assert_eq!(warm_up, [[7; 10], [8; 10]].concat());
    }

    #[test]
    fn a_round_of_few_samples_tells_nothing() {
        let mut seen = BTreeMap::new();
        let mut few = measured(2);
        few.retain(|s| {
            let n: &mut u32 = seen.entry((s.round, s.target.clone())).or_default();
            *n += 1;
            *n < 5
        });
        assert_eq!(first_warm_round(few.iter()), 0);
    }

    #[test]
    fn a_failed_first_round_is_not_a_slow_one() {
        let mut samples = measured(0);
        for sample in samples.iter_mut().filter(|sample| sample.round == 7) {
            sample.outcome = Outcome::Status(503);
        }
        assert_eq!(first_warm_round(samples.iter()), 0);
    }

    #[test]
    fn a_failed_round_does_not_shift_the_slow_ones_after_it() {
        let mut samples = measured(3);
        for sample in samples.iter_mut().filter(|sample| sample.round == 8) {
            sample.outcome = Outcome::Status(503);
        }
        assert_eq!(first_warm_round(samples.iter()), 10);
    }

    #[test]
    fn what_was_warm_stays_as_it_is() {
        let mut samples = measured(0);
        tell_apart(&mut samples);
        assert_eq!(samples, measured(0));
        assert_eq!(first_warm_round([].iter()), 0);
    }
}
