//! From values, in rounds, to what may be said of a goal: pure.

use std::collections::BTreeMap;

use loadtest::stats::{self, Observation};

use crate::goals::{How, Source, Wants};

/// Of so many values, that all of them lie where they should is a word about the goal; of fewer it is none.
const FEW: usize = 3;

/// Everything that was measured.
pub type Observed = BTreeMap<Source, Vec<Observation>>;

/// What was measured of a goal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The best guess.
    pub value: f64,
    /// Between which the truth lies; `None` where too little was measured to say.
    pub range: Option<Range>,
}

/// Between which the truth lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// With 95 % confidence.
    Interval([f64; 2]),
    /// Too few for that: the least and the most of so many values.
    Of(usize, [f64; 2]),
    /// It is what it is.
    Exact,
}

/// What may be said of a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval lies where it should.
    Reached,
    /// None of it does.
    NotReached,
    /// Some of it does, or too little was measured.
    Undecided,
}

/// What was measured of a goal; `None` where there is nothing to tell it from.
pub fn estimate(how: &How, observed: &Observed, seed: u64) -> Option<Estimate> {
    match how {
        How::Ratio(of, to) => ratio(observed.get(of)?, observed.get(to)?, seed),
        How::Added(of, to) => value(added(observed.get(of)?, observed.get(to)?)),
        How::Value(of) => value(observed.get(of)?.clone()),
    }
}

/// A ratio of medians, of rounds in which both took turns.
fn ratio(of: &[Observation], to: &[Observation], seed: u64) -> Option<Estimate> {
    match stats::median_ratio(to, of, seed) {
        Some(found) => Some(Estimate { value: found.ratio, range: Some(Range::Interval(found.interval)) }),
        None => Some(Estimate { value: median(of)? / median(to)?, range: None }),
    }
}

/// What the median of each round of the one is more than that of the other.
fn added(of: &[Observation], to: &[Observation]) -> Vec<Observation> {
    let (of, to) = (medians(of), medians(to));
    let both = of.into_iter().filter_map(|(round, of)| Some((round, of - to.get(&round)?)));
    both.map(|(round, value)| Observation { value, round }).collect()
}

fn value(observations: Vec<Observation>) -> Option<Estimate> {
    let value = median(&observations)?;
    let sorted = stats::sorted(observations);
    let range = match (stats::percentile_interval(&sorted, 0.5), &sorted[..]) {
        (Some(interval), _) => Some(Range::Interval(interval)),
        (None, [_]) => None,
        (None, [first, .., last]) => Some(Range::Of(sorted.len(), [first.value, last.value])),
        (None, []) => None,
    };
    Some(Estimate { value, range })
}

/// The median of each round.
pub fn medians(observations: &[Observation]) -> BTreeMap<u32, f64> {
    let mut rounds: BTreeMap<u32, Vec<Observation>> = BTreeMap::new();
    observations.iter().for_each(|o| rounds.entry(o.round).or_default().push(*o));
    rounds.into_iter().filter_map(|(round, values)| Some((round, median(&values)?))).collect()
}

/// The median by nearest rank, of however few.
pub fn median(observations: &[Observation]) -> Option<f64> {
    let sorted = stats::sorted(observations.to_vec());
    sorted.get(sorted.len().saturating_sub(1) / 2).map(|o| o.value)
}

impl Estimate {
    /// Of what is the same every time.
    pub fn exact(self) -> Self {
        Self { range: Some(Range::Exact), ..self }
    }
}

impl Wants {
    /// What may be said.
    pub fn verdict(self, estimate: &Estimate) -> Verdict {
        let Some(range) = estimate.range else { return Verdict::Undecided };
        let [low, high] = match range {
            Range::Of(n, _) if n < FEW => return Verdict::Undecided,
            Range::Interval(interval) | Range::Of(_, interval) => interval,
            Range::Exact => [estimate.value; 2],
        };
        let (worst, best) = match self {
            Self::AtLeast(_) => (low, high),
            Self::AtMost(_) => (high, low),
        };
        match (self.holds(worst), self.holds(best)) {
            (true, _) => Verdict::Reached,
            (false, false) => Verdict::NotReached,
            (false, true) => Verdict::Undecided,
        }
    }

    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;
    use crate::turn::{Figure, Turn};

    const OURS: Source = (Turn::Client(Client::Loadtest, 1), Figure::Median);
    const THEIRS: Source = (Turn::Client(Client::Wrk, 1), Figure::Median);

    fn values(values: impl IntoIterator<Item = f64>) -> Vec<Observation> {
        (0..).zip(values).map(|(round, value)| Observation { value, round }).collect()
    }

    fn within(interval: [f64; 2]) -> Estimate {
        Estimate { value: interval[0], range: Some(Range::Interval(interval)) }
    }

    #[test]
    fn a_goal_is_reached_where_the_whole_interval_is_and_not_where_none_of_it_is() {
        let least = Wants::AtLeast(1.1);
        assert_eq!(least.verdict(&within([1.1, 1.3])), Verdict::Reached);
        assert_eq!(least.verdict(&within([1.0, 1.3])), Verdict::Undecided);
        assert_eq!(least.verdict(&within([0.9, 1.09])), Verdict::NotReached);
        let most = Wants::AtMost(1.1);
        assert_eq!(most.verdict(&within([0.9, 1.1])), Verdict::Reached);
        assert_eq!(most.verdict(&within([1.11, 1.3])), Verdict::NotReached);
    }

    #[test]
    fn without_an_interval_nothing_is_decided() {
        assert_eq!(Wants::AtLeast(1.0).verdict(&Estimate { value: 9.0, range: None }), Verdict::Undecided);
    }

    #[test]
    fn a_size_is_what_it_is() {
        let size = Estimate { value: 69.9, range: None }.exact();
        assert_eq!(Wants::AtMost(70.0).verdict(&size), Verdict::Reached);
        assert_eq!(Wants::AtMost(69.0).verdict(&size), Verdict::NotReached);
    }

    #[test]
    fn a_ratio_is_of_the_first_to_the_second_with_an_interval_from_twenty_rounds_on() {
        let of = |n: u32| {
            let theirs = values((0..n).map(|i| 100.0 + f64::from(i * 7 % 11)));
            let ours = theirs.iter().map(|o| Observation { value: o.value * 2.0, ..*o }).collect();
            estimate(&How::Ratio(OURS, THEIRS), &Observed::from([(OURS, ours), (THEIRS, theirs)]), 1).unwrap()
        };
        assert_eq!((of(5).value, of(5).range), (2.0, None));
        assert!(matches!(of(20).range, Some(Range::Interval([low, high])) if 1.5 < low && high < 2.5));
    }

    #[test]
    fn what_is_added_is_added_in_each_round_whatever_the_round_is_like() {
        let theirs = values((0..30).map(|i| f64::from(10 + i)));
        let ours = values((0..30).map(|i| f64::from(12 + i)));
        let observed = Observed::from([(OURS, ours), (THEIRS, theirs)]);
        let added = estimate(&How::Added(OURS, THEIRS), &observed, 1).unwrap();
        assert_eq!((added.value, added.range), (2.0, Some(Range::Interval([2.0, 2.0]))));
    }

    #[test]
    fn of_a_few_values_the_extremes_are_told_and_of_nothing_nothing() {
        let few = Observed::from([(OURS, values([3.0, 1.0, 2.0]))]);
        let told = estimate(&How::Value(OURS), &few, 1).unwrap();
        assert_eq!(told, Estimate { value: 2.0, range: Some(Range::Of(3, [1.0, 3.0])) });
        assert_eq!(estimate(&How::Value(THEIRS), &few, 1), None);
        assert_eq!(Wants::AtMost(3.0).verdict(&told), Verdict::Reached);
        let fewer = Estimate { value: 2.0, range: Some(Range::Of(2, [1.0, 3.0])) };
        assert_eq!(Wants::AtMost(3.0).verdict(&fewer), Verdict::Undecided);
    }
}
