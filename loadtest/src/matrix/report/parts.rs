//! What starting up consists of: the differences between commands with more and more in them, round by round.

use serde::{Deserialize, Serialize};

use super::figures::Spread;
use crate::matrix::measured::{Figure, Measured};
use crate::matrix::packaging::{Caches, Part};
use crate::stats::Observation;

/// In the order in which they come.
pub const ORDER: [Part; 6] =
    [Part::Process, Part::Client, Part::Runtime, Part::Network, Part::Program, Part::Compile];

/// What each of them is called.
pub const NAMES: [&str; 6] = ["process", "client", "runtime", "network", "program", "compiling"];

/// What it is called.
pub fn named(part: Part) -> &'static str {
    ORDER.iter().position(|known| *known == part).map_or("", |place| NAMES[place])
}

/// A part of starting up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartReport {
    /// Which.
    pub part: Part,
    /// What was run to tell it apart, in words.
    pub what: String,
    /// How much longer that took than what has it not, in the same round, in microseconds. Where nothing can be told
    /// apart, differences are as often below 0 as above.
    pub difference_us: Spread,
}

impl PartReport {
    /// Its median, of a part that surely takes some time; where the median has no interval, of one that takes some time.
    pub fn shown(&self) -> Option<f64> {
        let distribution = &self.difference_us.distribution;
        let least = distribution.ci95.p50.map_or(distribution.p50, |[low, _]| Some(low));
        distribution.p50.filter(|_| least.is_some_and(|least| least > 0.0))
    }

    /// Whether the command with it surely takes less time than the one without it.
    pub fn is_less(&self) -> bool {
        self.difference_us.distribution.ci95.p50.is_some_and(|[_, high]| high < 0.0)
    }
}

/// The parts of `MODE=once`, in order. They add up where medians do.
pub fn of(measured: &Measured, floor: &Measured, seed: u64) -> Vec<PartReport> {
    let once = measured.of(Figure::Once(Caches::Warm));
    if once.is_empty() {
        return Vec::new();
    }
    let mut steps: Vec<(Part, &str, &[Observation])> = Vec::new();
    for of in [floor, measured] {
        for (place, (part, what)) in of.rungs.iter().enumerate() {
            steps.push((*part, what, of.of(Figure::Rung(place))));
        }
    }
    steps.push((Part::Program, "MODE=once", once));
    let cold = measured.of(Figure::Once(Caches::Cold));
    steps.push((Part::Compile, "MODE=once without the cache", cold));
    let mut before: &[Observation] = &[];
    let mut parts = Vec::new();
    for (part, what, after) in steps.into_iter().filter(|(.., series)| !series.is_empty()) {
        let differences = if part == Part::Process { after.to_vec() } else { differences(before, after) };
        if let Some(difference_us) = Spread::of(&differences, seed) {
            parts.push(PartReport { part, what: what.to_owned(), difference_us });
        }
        before = after;
    }
    parts
}

/// Of rounds that have both.
fn differences(before: &[Observation], after: &[Observation]) -> Vec<Observation> {
    let earlier = |round| before.iter().find(|o| o.round == round);
    after
        .iter()
        .filter_map(|o| Some(Observation { value: o.value - earlier(o.round)?.value, ..*o }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: impl Iterator<Item = f64>) -> Vec<Observation> {
        values.zip(0..).map(|(value, round)| Observation { value, round }).collect()
    }

    #[test]
    fn a_part_is_what_a_command_takes_longer_than_the_one_before_in_the_same_round() {
        let (mut floor, mut measured) = (Measured::default(), Measured::default());
        // A machine that slows down: it falls on both commands of a round.
        let slower = |base: f64| series((0..20).map(move |round| base + 100.0 * f64::from(round)));
        floor.rungs.push((Part::Process, "nothing".into()));
        floor.series.insert(Figure::Rung(0), slower(500.0));
        measured.series.insert(Figure::Rung(0), slower(2_500.0));
        measured.rungs.push((Part::Client, "client".into()));
        measured.series.insert(Figure::Once(Caches::Warm), slower(6_000.0));
        measured.series.insert(Figure::Once(Caches::Cold), slower(16_000.0));
        let parts = of(&measured, &floor, 1);
        let found: Vec<_> =
            parts.iter().map(|p| (p.part, p.difference_us.distribution.p50.unwrap())).collect();
        assert_eq!(
            found,
            [
                (Part::Process, 1_400.0),
                (Part::Client, 2_000.0),
                (Part::Program, 3_500.0),
                (Part::Compile, 10_000.0)
            ]
        );
    }

    #[test]
    fn what_has_no_once_has_no_parts() {
        assert_eq!(of(&Measured::default(), &Measured::default(), 1), []);
    }

    #[test]
    fn a_round_that_lacks_one_of_both_tells_no_difference() {
        let before = series([1.0, 2.0, 3.0].into_iter());
        let after = vec![Observation { value: 5.0, round: 2 }, Observation { value: 9.0, round: 3 }];
        assert_eq!(differences(&before, &after), [Observation { value: 2.0, round: 2 }]);
    }
}
