//! What came of each gate: it fails or passes only where the whole 95 % interval says so.

use serde::{Deserialize, Serialize};

use super::compare;
use super::{Distribution, PhaseReport, Report, TargetReport};
use crate::gate::{Condition, Gate, Metric, Side};
use crate::plan::Plan;
use crate::sample::{Outcome, Phase};
use crate::stats::{self, SIGNIFICANT};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateReport {
    pub gate: String,
    pub target: String,
    pub phase: Phase,
    /// The figure, in microseconds, or a ratio of medians; absent where it is withheld.
    pub measured: Option<f64>,
    #[serde(deserialize_with = "super::interval::read", default)]
    pub ci95: Option<[f64; 2]>,
    pub is_ratio: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub is_share: bool,
    pub outcome: Judgement,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// What the figure does not show: failures in warm-up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    Passed,
    Undecided,
    Failed,
}

/// Holds a gate that is no comparison against a phase of a target.
pub fn judge(gate: &Gate, target: &TargetReport, phase: Phase) -> Option<GateReport> {
    match &gate.condition {
        Condition::Beyond { metric, side, limit_us, .. } => {
            Some(beyond(gate, (*metric, *side, *limit_us), target, phase))
        }
        Condition::Failures { side, limit, .. } => Some(failures(gate, *side, *limit, target, phase)),
        Condition::SlowerThan { .. } => None,
    }
}

impl GateReport {
    fn of(gate: &Gate, target: &TargetReport, phase: Phase) -> Self {
        Self {
            gate: gate.text.clone(),
            target: target.name.clone(),
            phase,
            measured: None,
            ci95: None,
            is_ratio: false,
            is_share: false,
            outcome: Judgement::Undecided,
            why: None,
            note: None,
        }
    }
}

fn beyond(
    gate: &Gate,
    (metric, side, limit_us): (Metric, Side, f64),
    target: &TargetReport,
    phase: Phase,
) -> GateReport {
    let found = target.phase(phase);
    let (measured, ci95) = found.map_or((None, None), |found| figure(&found.latency_us, metric));
    let outcome = decided(ci95, side, limit_us);
    let why = (outcome == Judgement::Undecided).then(|| match (ci95, found) {
        (None, Some(found)) if metric == Metric::Mean && has_timed_out(found) => {
            "there is no mean, since some requests timed out; gate a percentile".into()
        }
        (None, Some(found)) => too_few(found),
        _ => within(found),
    });
    GateReport { measured, ci95, outcome, why, ..GateReport::of(gate, target, phase) }
}

fn has_timed_out(found: &PhaseReport) -> bool {
    found.failures.contains_key(Outcome::Timeout.kind().as_ref())
}

fn within(found: Option<&PhaseReport>) -> String {
    found.map_or("nothing was measured of it".into(), |found| {
        format!("the limit lies within the interval; {} may decide it", more(found))
    })
}

/// Why there is no interval, with the remedy; more samples are one only where they can help.
fn too_few(found: &PhaseReport) -> String {
    match (found.has_no_more_to_count(), found.phase) {
        (true, Phase::Cold) => {
            "too few cold starts were observed, and more samples will not change that: raise --idle, or measure start-up instead"
                .into()
        }
        (false, _) if found.counted == 0 => "no request was answered as it should be; gate failures".into(),
        (true, _) => "no sample counts: all are excluded, since they are not what the phase says".into(),
        (false, _) => format!("too few samples count ({}); {} may decide it", found.timed(), more(found)),
    }
}

fn more(found: &PhaseReport) -> &'static str {
    match (found.phase, found.until) {
        (Phase::Load, _) => "more requests (-n or -z)",
        (_, Some(_)) => "more samples (a tighter --until)",
        (_, None) => "more samples (-n)",
    }
}

/// Holds the share of failures against a limit. That there was none is a matter of counting.
fn failures(gate: &Gate, side: Side, limit: f64, target: &TargetReport, phase: Phase) -> GateReport {
    let found = target.phase(phase);
    let counts = found.map(|found| worst(found, side));
    let ci95 = counts.and_then(|(failed, all)| stats::share_interval(failed, all));
    let outcome = match counts {
        Some((0, 1..)) if limit == 0.0 && side == Side::Above => Judgement::Passed,
        _ => decided(ci95, side, limit),
    };
    GateReport {
        measured: counts.filter(|(_, all)| *all > 0).map(|(failed, all)| failed as f64 / all as f64),
        ci95,
        is_share: true,
        outcome,
        why: (outcome == Judgement::Undecided).then(|| within(found)),
        note: found.and_then(in_warm_up),
        ..GateReport::of(gate, target, phase)
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
    gate: &Gate,
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
            let outcome = match decided(ci95, Side::Above, 1.0 + margin) {
                Judgement::Failed if by_chance => Judgement::Undecided,
                outcome => outcome,
            };
            judged.push(GateReport {
                measured: ratio.map(|ratio| ratio.ratio_p50),
                ci95,
                is_ratio: true,
                outcome,
                why: (outcome == Judgement::Undecided).then(|| match ratio {
                    None => no_ratio(before, phase),
                    Some(_) if margin == 0.0 => {
                        "it may be the same; a margin, like slower-than(FILE, 5%), can be kept".into()
                    }
                    Some(_) => within(Some(phase)),
                }),
                ..GateReport::of(gate, target, phase.phase)
            });
        }
    }
    judged
}

fn no_ratio(before: &PhaseReport, phase: &PhaseReport) -> String {
    let lacks = |found: &PhaseReport| found.timed() < stats::COMPARED || found.has_no_more_to_count();
    match [("the baseline", before), ("this measurement", phase)].into_iter().find(|(_, found)| lacks(found)) {
        Some((whose, found)) => format!("in {whose}, {}", too_few(found)),
        None => "so many requests timed out, or so few rounds were measured, that there is no ratio; raise -t or -n".into(),
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

fn decided(ci95: Option<[f64; 2]>, bad: Side, limit: f64) -> Judgement {
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

    fn judged(gate: &str, samples: &[Sample], phase: Phase) -> GateReport {
        judge(&gate.parse().unwrap(), &report(samples).targets[0], phase).unwrap()
    }

    #[test]
    fn only_a_whole_interval_decides() {
        use Judgement::{Failed, Passed, Undecided};
        let outcomes =
            |gates: [&str; 3]| gates.map(|gate| judged(gate, &twice_as_slow(), Phase::Cold).outcome);
        assert_eq!(outcomes(["p50>400us", "p50>519us", "p50>600us"]), [Failed, Undecided, Passed]);
        assert_eq!(outcomes(["p50<400us", "p50<519us", "p50<600us"]), [Passed, Undecided, Failed]);
    }

    #[test]
    fn what_decides_nothing_says_why() {
        let with = |change: fn(&mut Sample)| {
            let mut samples = twice_as_slow();
            samples.iter_mut().for_each(change);
            samples
        };
        let reused = with(|sample| sample.freshness = Freshness::Reused);
        let failed = with(|sample| sample.outcome = Outcome::Status(500));
        let mut late = twice_as_slow();
        late[0].outcome = Outcome::Timeout;
        let told = [
            judged("p50>519us", &twice_as_slow(), Phase::Cold),
            judged("p99>1us", &twice_as_slow(), Phase::Cold),
            judged("p50>1us", &twice_as_slow(), Phase::Warm),
            judged("p50>1us", &reused, Phase::Cold),
            judged("p50>1us", &failed, Phase::Cold),
            judged("mean>1us", &late, Phase::Cold),
            judged("failures>1%", &twice_as_slow(), Phase::Cold),
            slower(100, 0.0),
            slower(105, 0.05),
        ];
        insta::assert_debug_snapshot!(told.map(|gate| (gate.gate, gate.outcome, gate.why)));
    }

    #[test]
    fn failures_in_warm_up_fail_a_gate_and_do_not_dilute_those_after_it() {
        let of = |phase, failed: usize| {
            (0..40).map(move |n| {
                let ok = Sample { round: n as u32, ..sample("a", phase, 500) };
                if n < failed { Sample { outcome: Outcome::Status(503), ..ok } } else { ok }
            })
        };
        let judged = |in_warm_up, after, gate| {
            let samples: Vec<_> = of(Phase::WarmUp, in_warm_up).chain(of(Phase::Warm, after)).collect();
            judged(gate, &samples, Phase::Warm)
        };
        let gate = judged(3, 0, "failures>0%");
        assert_eq!((gate.outcome, gate.measured), (Judgement::Failed, Some(3.0 / 80.0)));
        assert_eq!(gate.note.unwrap(), "3 of 40 warm-up requests failed, and 0 of 40 after it");
        assert_eq!(judged(0, 20, "failures>30%").outcome, Judgement::Failed);
        assert_eq!(judged(0, 0, "failures>0%").outcome, Judgement::Passed);
    }

    #[test]
    fn a_share_of_failures_is_judged_by_its_interval_and_none_by_counting() {
        use Judgement::{Failed, Passed, Undecided};
        let mut samples = twice_as_slow();
        let outcome = |samples: &[_], percent: u32| {
            judged(&format!("failures>{percent}%"), samples, Phase::Cold).outcome
        };
        assert_eq!([0, 1, 10].map(|percent| outcome(&samples, percent)), [Passed, Undecided, Passed]);
        samples.iter_mut().take(20).for_each(|sample| sample.outcome = Outcome::Status(500));
        // Ten of forty.
        assert_eq!(
            [0, 10, 20, 50].map(|percent| outcome(&samples, percent)),
            [Failed, Failed, Undecided, Passed]
        );
    }

    fn slower(factor: u32, margin: f64) -> GateReport {
        let of = |factor: u32| -> Vec<_> {
            (0..40).map(|n| in_round(n, "a", factor * (500 + n * 7 % 11))).collect()
        };
        let (old, new) = (report(&of(100)), report(&of(factor)));
        let gate = "slower-than(old.ndjson)".parse().unwrap();
        slower_than(&gate, margin, &[(&old.targets[0], &new.targets[0])], &[Phase::Cold], &plan()).remove(0)
    }

    #[test]
    fn what_is_slower_beyond_the_margin_fails_and_the_worst_gate_counts() {
        use Judgement::{Failed, Passed, Undecided};
        let outcomes = [(120, 0.0), (120, 0.3), (100, 0.0), (100, 0.05), (80, 0.0)]
            .map(|(factor, margin)| slower(factor, margin).outcome);
        assert_eq!(outcomes, [Failed, Passed, Undecided, Passed, Passed]);
        let mut report = report(&[]);
        assert_eq!(report.judgement(), Passed);
        report.gates = vec![slower(100, 0.0), slower(80, 0.0)];
        assert_eq!(report.judgement(), Undecided);
        report.gates.push(slower(120, 0.0));
        assert_eq!(report.judgement(), Failed);
    }
}
