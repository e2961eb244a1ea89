//! What may be said of two medians.

use serde::{Deserialize, Serialize};

use super::{Comparison, Report};
use crate::floor::Floor;
use crate::margin::Margin;
use crate::sample::Phase;
use crate::stats::{self, Overhead, Ratio};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    #[serde(rename = "faster")]
    Faster,
    #[serde(rename = "slower")]
    Slower,
    #[serde(rename = "same")]
    Same,
    #[serde(rename = "no difference shown")]
    NoDifferenceShown,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Same => "same",
            Self::NoDifferenceShown => "no difference shown",
        }
    }

    pub fn is_a_difference(self) -> bool {
        matches!(self, Self::Faster | Self::Slower)
    }
}

/// On which side of the measured ratio the true one lies, where the client's own time blunts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bound {
    #[serde(rename = "at least")]
    AtLeast,
    #[serde(rename = "at most")]
    AtMost,
}

impl Bound {
    pub fn sign(self) -> &'static str {
        match self {
            Self::AtLeast => "≥ ",
            Self::AtMost => "≤ ",
        }
    }
}

impl Comparison {
    /// With what its ratio, interval and p-value say, where `overhead` is the client's own part of both medians.
    pub(super) fn judged(self, margin: Margin, overhead: Option<Overhead>) -> Self {
        let blunted = overhead.filter(Overhead::blunts);
        let corrected = |ratio: f64| blunted.map_or(Some(ratio), |overhead| overhead.corrected(ratio));
        let [low, high] = self.ci95.map(corrected);
        let is_same = low.zip(high).is_some_and(|(low, high)| margin.holds([low, high]));
        let ratio = Ratio { ratio: self.ratio_p50, interval: self.ci95, p_value: self.p_value };
        let verdict = match ratio.is_a_difference(self.p_value) {
            _ if is_same => Verdict::Same,
            true if self.ci95[0] > 1.0 => Verdict::Slower,
            true => Verdict::Faster,
            false => Verdict::NoDifferenceShown,
        };
        let found = || Some(super::compare::rounded(corrected(1.0 + stats::detectable(self.ci95))? - 1.0));
        let bound = match verdict {
            Verdict::Slower => Some(Bound::AtLeast),
            Verdict::Faster => Some(Bound::AtMost),
            Verdict::Same | Verdict::NoDifferenceShown => None,
        };
        Self {
            detectable: if verdict == Verdict::NoDifferenceShown { found() } else { None },
            bound: bound.filter(|_| blunted.is_some()),
            verdict,
            ..self
        }
    }
}

impl Report {
    /// With verdicts by another margin, as if it had been measured with that.
    pub(crate) fn judge_by(&mut self, margin: Margin) {
        let median = |name: &str, phase: Phase| {
            let target = self.targets.iter().find(|target| target.name == name)?;
            target.phase(phase)?.latency_us.p50
        };
        let judged = self.comparisons.iter().map(|comparison| {
            let Comparison { baseline, candidate, phase, .. } = comparison;
            let medians = [baseline, candidate].map(|name| median(name, *phase));
            comparison.clone().judged(margin, overhead(self.environment.floor, *phase, medians))
        });
        self.comparisons = judged.collect();
        self.plan.margin = margin;
    }
}

/// The client's own part of the medians of a baseline and a candidate, where all three are known.
pub(super) fn overhead(floor: Option<Floor>, phase: Phase, medians: [Option<f64>; 2]) -> Option<Overhead> {
    let [baseline, candidate] = medians;
    Some(Overhead { client: floor?.of(phase)?, baseline: baseline?, candidate: candidate? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{report, twice_as_slow};

    fn judged(ci95: [f64; 2], p_value: f64, overhead: Option<Overhead>) -> Comparison {
        let compared = report(&twice_as_slow()).comparisons.remove(0);
        let ratio_p50 = (ci95[0] * ci95[1]).sqrt();
        Comparison { ci95, p_value, ratio_p50, ..compared }.judged(Margin::default(), overhead)
    }

    fn verdict(ci95: [f64; 2], p_value: f64) -> Verdict {
        judged(ci95, p_value, None).verdict
    }

    /// The client's part of a baseline's median of 100.
    fn client(client: f64) -> Option<Overhead> {
        Some(Overhead { client, baseline: 100.0, candidate: 101.0 })
    }

    #[test]
    fn a_difference_takes_both_a_small_p_value_and_an_interval_beside_1() {
        assert_eq!(verdict([0.9, 1.1], 0.01), Verdict::NoDifferenceShown);
        assert_eq!(verdict([0.5, 0.9], 0.06), Verdict::NoDifferenceShown);
        assert_eq!(verdict([0.5, 0.9], 0.05), Verdict::Faster);
        assert_eq!(verdict([1.1, 1.9], 0.05), Verdict::Slower);
    }

    #[test]
    fn what_lies_within_the_margin_is_the_same_however_significant() {
        assert_eq!([verdict([0.99, 1.01], 0.9), verdict([1.005, 1.015], 0.0001)], [Verdict::Same; 2]);
        assert_eq!(verdict([1.005, 1.025], 0.0001), Verdict::Slower);
        assert_eq!(verdict([0.97, 1.01], 0.9), Verdict::NoDifferenceShown);
    }

    #[test]
    fn what_the_data_do_not_decide_says_which_difference_they_would_have_found() {
        let found = judged([0.95, 1.05], 0.9, None).detectable.unwrap();
        assert!((found - 0.0741).abs() < 1e-3, "{found}");
        assert_eq!(judged([1.2, 1.3], 0.01, None).detectable, None);
        let blunted = judged([0.95, 1.05], 0.9, client(90.0)).detectable.unwrap();
        assert!((blunted / found - 10.0).abs() < 1e-3, "of the times without the client's: {blunted}");
        assert_eq!(judged([0.95, 1.05], 0.9, client(100.0)).detectable, None, "nobody knows");
    }

    #[test]
    fn a_ratio_that_the_client_blunts_is_a_bound() {
        assert_eq!(judged([1.9, 2.1], 0.01, client(20.0)).bound, Some(Bound::AtLeast));
        assert_eq!(judged([0.4, 0.5], 0.01, client(20.0)).bound, Some(Bound::AtMost));
        assert_eq!(
            judged([0.9, 1.5], 0.01, client(20.0)).bound,
            None,
            "nothing is shown that could be bounded"
        );
        assert_eq!(judged([1.9, 2.1], 0.01, client(9.0)).bound, None);
    }

    #[test]
    fn nothing_is_called_the_same_that_may_differ_behind_the_clients_own_time() {
        assert_eq!(judged([0.995, 1.015], 0.9, client(9.0)).verdict, Verdict::Same);
        assert_eq!(judged([0.995, 1.015], 0.9, client(90.0)).verdict, Verdict::NoDifferenceShown);
        assert_eq!(judged([0.9999, 1.0015], 0.9, client(90.0)).verdict, Verdict::Same, "1.5 % of the rest");
        let slower = judged([1.005, 1.015], 0.01, client(90.0));
        assert_eq!((slower.verdict, slower.bound), (Verdict::Slower, Some(Bound::AtLeast)));
        assert_eq!(judged([0.9999, 1.0001], 0.9, client(100.0)).verdict, Verdict::NoDifferenceShown);
    }

    #[test]
    fn a_report_is_judged_by_another_margin_as_if_it_had_been_measured_with_it() {
        let mut report = report(&twice_as_slow());
        let before = report.clone();
        report.judge_by("99%".parse().unwrap());
        assert_eq!(report.comparisons[0].verdict, Verdict::Same, "{:?}", report.comparisons);
        report.judge_by(Margin::default());
        assert_eq!((&report.comparisons, &report.plan), (&before.comparisons, &before.plan));
    }
}
