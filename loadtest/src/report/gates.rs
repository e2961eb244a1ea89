//! What came of each gate: it fails or passes only where the whole 95 % interval says so.

use serde::{Deserialize, Serialize};

use super::compare;
use super::{Distribution, PhaseReport, Report, TargetReport};
use crate::gate::{Metric, Side};
use crate::sample::{Outcome, Phase};
use crate::stats::{self, SIGNIFICANT};

/// What came of a gate, for one target in one phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateReport {
    /// As it was written.
    pub gate: String,
    /// The target it was held against.
    pub target: String,
    /// The phase it was held against.
    pub phase: Phase,
    /// The figure, in microseconds, or a ratio of medians; absent where it is withheld.
    pub measured: Option<f64>,
    /// Its 95 % interval.
    #[serde(deserialize_with = "super::interval::read", default)]
    pub ci95: Option<[f64; 2]>,
    /// Whether these are ratios.
    pub is_ratio: bool,
    /// Whether they are shares of all requests.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub is_share: bool,
    /// What follows.
    pub outcome: Judgement,
    /// Where nothing does, why, with the remedy.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
}

/// What follows from an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// The whole interval is on the good side.
    Passed,
    /// The interval holds the limit, or there is none.
    Undecided,
    /// The whole interval is beyond the limit.
    Failed,
}

/// A figure and the side of a limit where it must not be.
pub struct Limit<'a> {
    /// The gate as it was written.
    pub text: &'a str,
    /// The figure.
    pub metric: Metric,
    /// The bad side.
    pub side: Side,
    /// In microseconds.
    pub limit_us: f64,
}

impl Limit<'_> {
    /// Holds it against a phase of a target.
    pub fn judge(&self, target: &TargetReport, phase: Phase) -> GateReport {
        let found = target.phases.iter().find(|report| report.phase == phase);
        let (measured, ci95) = found.map_or((None, None), |found| figure(&found.latency_us, self.metric));
        let outcome = judge(ci95, self.side, self.limit_us);
        let timed_out =
            found.is_some_and(|found| found.failures.contains_key(Outcome::Timeout.kind().as_ref()));
        let why = match (outcome, ci95) {
            (Judgement::Undecided, Some(_)) => {
                Some("the limit lies within the interval; more samples (-n) decide it")
            }
            (Judgement::Undecided, None) if self.metric == Metric::Mean && timed_out => Some(
                "nobody knows how long the requests took that timed out, and so no mean; gate a percentile",
            ),
            (Judgement::Undecided, None) => {
                Some("the samples are too few for this figure or its interval; more samples (-n) decide it")
            }
            _ => None,
        };
        GateReport {
            gate: self.text.to_owned(),
            target: target.name.clone(),
            phase,
            measured,
            ci95,
            is_ratio: false,
            is_share: false,
            outcome,
            why: why.map(Into::into),
        }
    }
}

/// Holds the share of failures against a limit. That there was none is a matter of counting.
pub fn failures(text: &str, side: Side, limit: f64, target: &TargetReport, phase: Phase) -> GateReport {
    let found = target.phases.iter().find(|report| report.phase == phase);
    let counts = found.map(|found| (found.failures.values().sum::<usize>(), found.samples));
    let ci95 = counts.and_then(|(failed, all)| stats::share_interval(failed, all));
    let outcome = match counts {
        Some((0, 1..)) if limit == 0.0 && side == Side::Above => Judgement::Passed,
        _ => judge(ci95, side, limit),
    };
    GateReport {
        gate: text.to_owned(),
        target: target.name.clone(),
        phase,
        measured: counts.filter(|(_, all)| *all > 0).map(|(failed, all)| failed as f64 / all as f64),
        ci95,
        is_ratio: false,
        is_share: true,
        outcome,
        why: (outcome == Judgement::Undecided)
            .then(|| "the limit lies within the interval; more samples (-n) decide it".into()),
    }
}

/// Holds targets against those of an earlier measurement, of which every median may be larger by `margin`, a share.
///
/// It fails only where a p-value that is corrected over all of them says so too.
pub fn slower_than(
    text: &str,
    margin: f64,
    pairs: &[(&TargetReport, &TargetReport)],
    seed: u64,
) -> Vec<GateReport> {
    let compared = compare::apart(pairs, seed);
    let mut judged = Vec::new();
    for (baseline, target) in pairs {
        for phase in target.phases.iter().filter(|phase| has(baseline, phase.phase)) {
            let ratio = compared.iter().find(|c| c.candidate == target.name && c.phase == phase.phase);
            let ci95 = ratio.map(|ratio| ratio.ci95);
            let by_chance = ratio.is_some_and(|ratio| ratio.p_value > SIGNIFICANT);
            let outcome = match judge(ci95, Side::Above, 1.0 + margin) {
                Judgement::Failed if by_chance => Judgement::Undecided,
                outcome => outcome,
            };
            judged.push(GateReport {
                gate: text.to_owned(),
                target: target.name.clone(),
                phase: phase.phase,
                measured: ratio.map(|ratio| ratio.ratio_p50),
                ci95,
                is_ratio: true,
                is_share: false,
                outcome,
                why: (outcome == Judgement::Undecided).then(|| why_not_slower(phase, ci95, margin)),
            });
        }
    }
    judged
}

fn has(target: &TargetReport, phase: Phase) -> bool {
    target.phases.iter().any(|report| report.phase == phase)
}

fn why_not_slower(phase: &PhaseReport, ci95: Option<[f64; 2]>, margin: f64) -> String {
    let name = phase.phase.in_words();
    match ci95 {
        None => format!("{name} has too few samples on one side; -n 20 is the least"),
        Some(_) if margin == 0.0 => format!(
            "{name} may be the same; more samples (-n) may tell, and a margin, like slower-than(FILE, 5%), can be kept"
        ),
        Some(_) => format!("{name} may be within the margin or not; more samples (-n) decide it"),
    }
}

fn figure(latency: &Distribution, metric: Metric) -> (Option<f64>, Option<[f64; 2]>) {
    let ci95 = &latency.ci95;
    match metric {
        Metric::P50 => (latency.p50, ci95.p50),
        Metric::P90 => (latency.p90, ci95.p90),
        Metric::P95 => (latency.p95, ci95.p95),
        Metric::P99 => (latency.p99, ci95.p99),
        Metric::P999 => (latency.p999, ci95.p999),
        Metric::Mean => (latency.mean, ci95.mean),
    }
}

fn judge(ci95: Option<[f64; 2]>, bad: Side, limit: f64) -> Judgement {
    let Some([low, high]) = ci95 else { return Judgement::Undecided };
    let (beyond, within) = match bad {
        Side::Above => (low > limit, high <= limit),
        Side::Below => (high < limit, low >= limit),
    };
    match (beyond, within) {
        (true, _) => Judgement::Failed,
        (_, true) => Judgement::Passed,
        _ => Judgement::Undecided,
    }
}

impl Report {
    /// The worst that came of the gates.
    pub fn judgement(&self) -> Judgement {
        self.gates.iter().map(|gate| gate.outcome).max().unwrap_or(Judgement::Passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{in_round, report, twice_as_slow};

    fn limit(metric: Metric, side: Side, limit_us: f64) -> GateReport {
        let report = report(&twice_as_slow());
        Limit { text: "gate", metric, side, limit_us }.judge(&report.targets[0], Phase::Cold)
    }

    #[test]
    fn only_a_whole_interval_decides() {
        use Judgement::{Failed, Passed, Undecided};
        let outcome = |side, us| limit(Metric::P50, side, us).outcome;
        let above = [400.0, 519.0, 600.0].map(|us| outcome(Side::Above, us));
        assert_eq!(above, [Failed, Undecided, Passed]);
        let below = [400.0, 519.0, 600.0].map(|us| outcome(Side::Below, us));
        assert_eq!(below, [Passed, Undecided, Failed]);
    }

    #[test]
    fn a_figure_that_is_withheld_decides_nothing_and_says_why() {
        let gate = limit(Metric::P99, Side::Above, 1.0);
        assert_eq!((gate.outcome, gate.measured), (Judgement::Undecided, None));
        assert!(gate.why.unwrap().contains("too few for this figure"));
        let missing = Limit { text: "", metric: Metric::P50, side: Side::Above, limit_us: 1.0 };
        let outcome = missing.judge(&report(&twice_as_slow()).targets[0], Phase::Warm).outcome;
        assert_eq!(outcome, Judgement::Undecided);
    }

    #[test]
    fn a_share_of_failures_is_judged_by_its_interval_and_none_by_counting() {
        use Judgement::{Failed, Passed, Undecided};
        let mut samples = twice_as_slow();
        let outcome = |samples: &[_], percent: f64| {
            failures("gate", Side::Above, percent / 100.0, &report(samples).targets[0], Phase::Cold).outcome
        };
        assert_eq!([0.0, 1.0, 10.0].map(|percent| outcome(&samples, percent)), [Passed, Undecided, Passed]);
        for sample in samples.iter_mut().take(20) {
            sample.outcome = Outcome::Status(500);
        }
        // Ten of forty.
        assert_eq!(
            [0.0, 10.0, 20.0, 50.0].map(|percent| outcome(&samples, percent)),
            [Failed, Failed, Undecided, Passed]
        );
    }

    #[test]
    fn a_mean_that_time_outs_hide_is_undecided_for_that_reason() {
        let mut samples = twice_as_slow();
        samples[0].outcome = Outcome::Timeout;
        let gate = Limit { text: "", metric: Metric::Mean, side: Side::Above, limit_us: 1.0 };
        let why = gate.judge(&report(&samples).targets[0], Phase::Cold).why.unwrap();
        assert!(why.contains("gate a percentile"), "{why}");
    }

    fn slower(factor: u32, margin: f64) -> GateReport {
        let of = |factor: u32| -> Vec<_> {
            (0..40).map(|n| in_round(n, "a", factor * (500 + n * 7 % 11))).collect()
        };
        let (old, new) = (report(&of(100)), report(&of(factor)));
        slower_than("gate", margin, &[(&old.targets[0], &new.targets[0])], 1).remove(0)
    }

    #[test]
    fn what_is_slower_beyond_the_margin_fails() {
        use Judgement::{Failed, Passed, Undecided};
        let outcomes = [(120, 0.0), (120, 0.3), (100, 0.0), (100, 0.05), (80, 0.0)]
            .map(|(factor, margin)| slower(factor, margin).outcome);
        assert_eq!(outcomes, [Failed, Passed, Undecided, Passed, Passed]);
        assert!(slower(100, 0.0).why.unwrap().contains("slower-than(FILE, 5%)"));
    }

    #[test]
    fn the_worst_gate_is_what_counts() {
        let mut report = report(&[]);
        assert_eq!(report.judgement(), Judgement::Passed);
        report.gates = vec![slower(100, 0.0), slower(80, 0.0)];
        assert_eq!(report.judgement(), Judgement::Undecided);
        report.gates.push(slower(120, 0.0));
        assert_eq!(report.judgement(), Judgement::Failed);
    }
}
