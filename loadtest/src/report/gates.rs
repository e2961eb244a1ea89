//! What came of each gate: it fails or passes only where the whole 95 % interval says so.

use serde::{Deserialize, Serialize};

use super::compare;
use super::{Comparison, Distribution, PhaseReport, Report, TargetReport, Verdict};
use crate::gate::{Metric, Side};
use crate::plan::Plan;
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
    /// What the figure does not show: samples that failed or are excluded.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
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
        let found = target.phase(phase);
        let (measured, ci95) = found.map_or((None, None), |found| figure(&found.latency_us, self.metric));
        let outcome = judge(ci95, self.side, self.limit_us);
        GateReport {
            gate: self.text.to_owned(),
            target: target.name.clone(),
            phase,
            measured,
            ci95,
            is_ratio: false,
            is_share: false,
            outcome,
            why: (outcome == Judgement::Undecided).then(|| why_undecided(found, self.metric, ci95.is_some())),
            note: found.and_then(left_out),
        }
    }
}

/// Why nothing follows, with the remedy; more samples are one only where they can help.
fn why_undecided(found: Option<&PhaseReport>, metric: Metric, has_interval: bool) -> String {
    let Some(found) = found else { return "nothing was measured of it".into() };
    let more = more(found);
    let timed_out = found.failures.contains_key(Outcome::Timeout.kind().as_ref());
    if has_interval {
        return format!("the limit lies within the interval; {more} decide it");
    }
    if found.counted == 0 || found.has_no_more_to_count() {
        return none_counts(found);
    }
    if metric == Metric::Mean && timed_out {
        return "there is no mean, since some requests timed out; gate a percentile".into();
    }
    match metric.quantile().map(stats::least).filter(|least| found.timed() < *least) {
        Some(least) => {
            format!(
                "{} needs {least} samples that count, and has {}; {more} decide it",
                metric.name(),
                found.timed()
            )
        }
        None => format!("its rounds are too few, or differ too much, for an interval; {more} may decide it"),
    }
}

/// Why a phase has no figures at all, which more of the same samples do not change.
fn none_counts(found: &PhaseReport) -> String {
    match (found.has_no_more_to_count(), found.phase) {
        (true, Phase::Cold) => format!(
            "{} cold start was observed, and more samples will not change that: every other request reached a running \
             instance; raise --idle, or measure start-up instead",
            if found.counted == 0 { "no" } else { "only one" }
        ),
        (true, _) => "no sample counts: all are excluded, since they are not what the phase says".into(),
        (false, _) => "no request was answered as it should be; gate failures".into(),
    }
}

fn more(found: &PhaseReport) -> &'static str {
    match (found.phase, found.until) {
        (Phase::Load, _) => "more requests (-n or -z)",
        (_, Some(_)) => "more samples (a tighter --until)",
        (_, None) => "more samples (-n)",
    }
}

/// What a gate of times does not see.
fn left_out(found: &PhaseReport) -> Option<String> {
    let timeouts = found.failures.get(Outcome::Timeout.kind().as_ref()).copied().unwrap_or(0);
    let told = [
        (found.excluded(), found.samples, "samples are excluded"),
        (found.client_stopped, found.samples, "are excluded since this client was stopped"),
        (found.failed() - timeouts, found.samples, "requests failed and have no time here"),
        found.warm_up.as_ref().map_or((0, 0, ""), |w| (w.failed, w.samples, "warm-up requests failed")),
    ];
    let told: Vec<_> = told
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, all, what)| format!("{n} of {all} {what}"))
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// Holds the share of failures against a limit. That there was none is a matter of counting.
pub fn failures(text: &str, side: Side, limit: f64, target: &TargetReport, phase: Phase) -> GateReport {
    let found = target.phase(phase);
    let counts = found.map(|found| worst(found, side));
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
        why: (outcome == Judgement::Undecided).then(|| match found {
            Some(found) => format!("the limit lies within the interval; {} decide it", more(found)),
            None => "nothing was measured of it".into(),
        }),
        note: found.and_then(in_warm_up),
    }
}

/// How many of how many requests failed: of the phase, or with its warm-up, whichever is worse for the gate.
fn worst(found: &PhaseReport, side: Side) -> (usize, usize) {
    let alone = (found.failed(), found.samples);
    let Some(warm_up) = &found.warm_up else { return alone };
    let all = (alone.0 + warm_up.failed, alone.1 + warm_up.samples);
    let is_larger = all.0 * alone.1 > alone.0 * all.1;
    if is_larger == (side == Side::Above) { all } else { alone }
}

fn in_warm_up(found: &PhaseReport) -> Option<String> {
    let warm_up = found.warm_up.as_ref().filter(|warm_up| warm_up.failed > 0)?;
    let told = format!("{} of {} warm-up requests failed", warm_up.failed, warm_up.samples);
    Some(format!("{told}, and {} of {} after it", found.failed(), found.samples))
}

/// Holds targets against those of an earlier measurement, of which every median may be larger by `margin`, a share.
///
/// It fails only where a p-value that is corrected over all of them says so too.
pub fn slower_than(
    text: &str,
    margin: f64,
    pairs: &[(&TargetReport, &TargetReport)],
    phases: &[Phase],
    plan: &Plan,
) -> Vec<GateReport> {
    let compared = compare::apart(pairs, plan, None);
    let mut judged = Vec::new();
    for (baseline, target) in pairs {
        for phase in target.phases.iter().filter(|phase| phases.contains(&phase.phase)) {
            let Some(before) = baseline.phase(phase.phase) else { continue };
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
                why: (outcome == Judgement::Undecided)
                    .then(|| why_not_slower(before, phase, ratio, margin, plan)),
                note: left_out(phase),
            });
        }
    }
    judged
}

fn why_not_slower(
    before: &PhaseReport,
    phase: &PhaseReport,
    ratio: Option<&Comparison>,
    margin: f64,
    plan: &Plan,
) -> String {
    let (name, more) = (phase.phase.in_words(), more(phase));
    match ratio {
        None => format!("{name} has no ratio: {}", why_no_ratio(before, phase)),
        Some(ratio) if margin == 0.0 && ratio.verdict == Verdict::Same => {
            format!("{name} is the same within {}: slower-than(FILE, 5%) has a margin", plan.margin)
        }
        Some(_) if margin == 0.0 => format!(
            "{name} may be the same; {more} may tell, and a margin, like slower-than(FILE, 5%), can be kept"
        ),
        Some(_) => format!("{name} may be within the margin or not; {more} decide it"),
    }
}

/// Which side has no median that could be compared.
fn why_no_ratio(before: &PhaseReport, phase: &PhaseReport) -> String {
    let least = stats::COMPARED;
    for (whose, found) in [("the baseline", before), ("this measurement", phase)] {
        if found.latency_us.p50.is_some_and(f64::is_infinite) {
            return format!("so many requests of {whose} timed out that its median is not known; raise -t");
        }
        if found.counted == 0 || found.has_no_more_to_count() {
            return format!("in {whose}, {}", none_counts(found));
        }
        if found.timed() < least {
            return format!("{whose} has {} samples that count, and {least} are the least", found.timed());
        }
    }
    "its rounds are too few; more samples (-n) may tell".into()
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
    use crate::evidence::Freshness;
    use crate::report::fixtures::{in_round, plan, report, sample, twice_as_slow};
    use crate::sample::Sample;

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
        let why = gate.why.unwrap();
        assert_eq!(why, "p99 needs 368 samples that count, and has 40; more samples (-n) decide it");
        let missing = Limit { text: "", metric: Metric::P50, side: Side::Above, limit_us: 1.0 };
        let missing = missing.judge(&report(&twice_as_slow()).targets[0], Phase::Warm);
        assert_eq!(missing.outcome, Judgement::Undecided);
        assert_eq!(missing.why.unwrap(), "nothing was measured of it");
    }

    #[test]
    fn where_no_cold_start_is_possible_more_samples_are_no_remedy() {
        let mut samples = twice_as_slow();
        samples.iter_mut().for_each(|sample| sample.freshness = Freshness::Reused);
        let report = report(&samples);
        let gate = Limit { text: "", metric: Metric::P50, side: Side::Above, limit_us: 1.0 };
        let why = gate.judge(&report.targets[0], Phase::Cold).why.unwrap();
        assert!(why.contains("no cold start was observed") && !why.contains("decide it"), "{why}");
        let pair = [(&report.targets[0], &report.targets[0])];
        let why = slower_than("", 0.0, &pair, &[Phase::Cold], &plan()).remove(0).why.unwrap();
        assert!(why.contains("in the baseline, no cold start was observed"), "{why}");
    }

    #[test]
    fn a_gate_of_times_says_what_it_does_not_see() {
        let mut samples = twice_as_slow();
        samples[0].outcome = Outcome::Status(500);
        samples[2].freshness = Freshness::Reused;
        samples[4].outcome = Outcome::Timeout;
        let gate = Limit { text: "", metric: Metric::P50, side: Side::Above, limit_us: 1e9 };
        let gate = gate.judge(&report(&samples).targets[0], Phase::Cold);
        let note = "1 of 40 samples are excluded; 1 of 40 requests failed and have no time here";
        assert_eq!((gate.outcome, gate.note.as_deref()), (Judgement::Passed, Some(note)));
    }

    #[test]
    fn failures_in_warm_up_fail_a_gate_and_do_not_dilute_those_after_it() {
        let of = |phase, failed: usize| {
            (0..40).map(move |n| {
                let ok = Sample { round: n as u32, ..sample("a", phase, 500) };
                if n < failed { Sample { outcome: Outcome::Status(503), ..ok } } else { ok }
            })
        };
        let judged = |in_warm_up, after, percent: f64| {
            let samples: Vec<_> = of(Phase::WarmUp, in_warm_up).chain(of(Phase::Warm, after)).collect();
            failures("", Side::Above, percent / 100.0, &report(&samples).targets[0], Phase::Warm)
        };
        let gate = judged(3, 0, 0.0);
        assert_eq!((gate.outcome, gate.measured), (Judgement::Failed, Some(3.0 / 80.0)));
        assert_eq!(gate.note.unwrap(), "3 of 40 warm-up requests failed, and 0 of 40 after it");
        assert_eq!(judged(0, 20, 30.0).outcome, Judgement::Failed);
        assert_eq!(judged(0, 0, 0.0).outcome, Judgement::Passed);
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
        slower_than("gate", margin, &[(&old.targets[0], &new.targets[0])], &[Phase::Cold], &plan()).remove(0)
    }

    #[test]
    fn what_is_slower_beyond_the_margin_fails() {
        use Judgement::{Failed, Passed, Undecided};
        let outcomes = [(120, 0.0), (120, 0.3), (100, 0.0), (100, 0.05), (80, 0.0)]
            .map(|(factor, margin)| slower(factor, margin).outcome);
        assert_eq!(outcomes, [Failed, Passed, Undecided, Passed, Passed]);
        let same = "cold is the same within 2 %: slower-than(FILE, 5%) has a margin";
        assert_eq!(slower(100, 0.0).why.as_deref(), Some(same));
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
