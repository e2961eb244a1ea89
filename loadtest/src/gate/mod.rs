//! The gates of a measurement: read and checked before it, held against its report after it.

mod baseline;
mod condition;

use std::collections::BTreeMap;

use self::baseline::Baseline;
pub use self::condition::{Condition, Gate, Metric, Side};
use crate::comparable;
use crate::error::Error;
use crate::load::plan::LoadPlan;
use crate::plan::Plan;
use crate::report::gates::{judge, slower_than};
use crate::report::{GateReport, PhaseReport, Report, TargetReport};
use crate::sample::Phase;
use crate::schedule::warm_rounds;
use crate::stats;
use crate::target::Target;

pub struct Gatekeeper {
    gates: Vec<Held>,
}

struct Held {
    gate: Gate,
    baseline: Option<Baseline>,
    phases: Vec<Phase>,
    /// Why it is not held against other phases.
    notes: Vec<String>,
}

struct Measured<'a> {
    /// `None` of a load.
    plan: Option<&'a Plan>,
    /// Each phase, and how many samples it has, where that is known.
    phases: Vec<(Phase, Option<usize>)>,
    /// Whether it is still to be done, and can be done in another way.
    is_ahead: bool,
}

impl Gatekeeper {
    /// Reads gates, and the earlier measurements that they name, for a measurement by `plan`.
    pub fn open(texts: &[String], plan: &Plan) -> Result<Self, Error> {
        let phases = Phase::ONE_BY_ONE.map(|phase| (phase, plan.samples(phase)));
        let phases = phases.into_iter().filter(|(_, samples)| *samples > 0);
        let phases = phases.map(|(phase, samples)| (phase, Some(samples))).collect();
        Self::of(texts, &Measured { plan: Some(plan), phases, is_ahead: true })
    }

    pub fn of_report(texts: &[String], report: &Report) -> Result<Self, Error> {
        let mut phases = BTreeMap::new();
        for found in report.targets.iter().flat_map(|target| &target.phases) {
            // As many as were planned, so that the same gates are judged as when it was measured.
            let samples = report.plan.samples(found.phase).max(found.samples);
            let most = phases.entry(found.phase).or_insert(samples);
            *most = samples.max(*most);
        }
        let phases = phases.into_iter().map(|(phase, samples)| (phase, Some(samples))).collect();
        Self::of(texts, &Measured { plan: Some(&report.plan), phases, is_ahead: false })
    }

    pub fn of_load(texts: &[String], plan: &LoadPlan) -> Result<Self, Error> {
        let phases = vec![(Phase::Load, plan.most_requests())];
        Self::of(texts, &Measured { plan: None, phases, is_ahead: true })
    }

    fn of(texts: &[String], measured: &Measured) -> Result<Self, Error> {
        let open = |text: &String| {
            let gate: Gate = text.parse().map_err(Error::Usage)?;
            Held::new(gate.clone(), measured).map_err(|e| of_gate(&gate, e))
        };
        Ok(Self { gates: texts.iter().map(open).collect::<Result<_, Error>>()? })
    }

    /// Whether some gate needs samples, which a saved report has not.
    pub fn needs_samples(&self) -> bool {
        self.gates.iter().any(|held| held.baseline.is_some())
    }

    pub fn check(&self, targets: &[Target]) -> Result<(), Error> {
        self.gates.iter().try_for_each(|held| held.check(targets).map_err(|why| refused(&held.gate, &why)))
    }

    pub fn judge(&self, report: &mut Report) -> Result<(), Error> {
        let mut empty = None;
        for held in &self.gates {
            let (judged, notes) = held.judge(report);
            if judged.is_empty() {
                empty.get_or_insert(&held.gate);
            }
            report.gates.extend(judged);
            let told = notes.into_iter().map(|note| format!("--fail-if '{}': {note}", held.gate.text));
            let compared = held.baseline.is_some().then(|| ANOTHER_TIME.to_owned());
            told.chain(compared).for_each(|warning| report.warn(warning));
        }
        empty.map_or(Ok(()), |gate| Err(refused(gate, "nothing was measured that it could be held against")))
    }
}

const ANOTHER_TIME: &str = "slower-than compares with what was measured at another time: whatever else changed since, on the \
machine too, is in it; measure both now with loadtest compare";

impl Held {
    fn new(gate: Gate, measured: &Measured) -> Result<Self, Error> {
        let baseline = match (&gate.condition, measured.plan) {
            (Condition::SlowerThan { baseline, .. }, Some(plan)) => Some(Baseline::read(baseline, plan)?),
            (Condition::SlowerThan { .. }, None) => {
                return Err(Error::Usage("a load keeps no samples that could be compared".into()));
            }
            _ => None,
        };
        let named = gate.condition.phase();
        let is_meant = |(phase, _): &&(Phase, Option<usize>)| named.is_none_or(|named| named == *phase);
        let meant: Vec<_> = measured.phases.iter().filter(is_meant).collect();
        if meant.is_empty() {
            return Err(Error::Usage(not_measured(named, &measured.phases)));
        }
        let mut notes = Vec::new();
        let mut keep = |phases: Vec<Phase>, can: &dyn Fn(Phase) -> Result<(), String>| -> Vec<Phase> {
            phases.into_iter().filter(|phase| can(*phase).map_err(|why| notes.push(why)).is_ok()).collect()
        };
        let samples =
            |phase| meant.iter().find(|(meant, _)| *meant == phase).and_then(|(_, samples)| *samples);
        let there = keep(meant.iter().map(|(phase, _)| *phase).collect(), &|phase| {
            baseline.as_ref().map_or(Ok(()), |baseline| baseline.has(phase))
        });
        let mut phases = keep(there.clone(), &|phase| enough_samples(&gate.condition, phase, samples(phase)));
        if phases.is_empty() && !there.is_empty() && !measured.is_ahead {
            // What is measured is as it is: the report says what it does not decide.
            phases = there;
            notes.clear();
        }
        if phases.is_empty() {
            return Err(Error::Usage(format!("nothing could be judged: {}", notes.join("; "))));
        }
        notes.iter_mut().for_each(|why| why.push_str(", so that is not judged"));
        Ok(Self { gate, baseline, phases, notes })
    }

    fn check(&self, targets: &[Target]) -> Result<(), String> {
        self.baseline.as_ref().map_or(Ok(()), |baseline| baseline.check(targets))?;
        match self.gate.condition.target() {
            Some(name) if targets.iter().all(|target| target.name != *name) => {
                Err(format!("there is no target {name:?}, only {}", comparable::list(targets)))
            }
            _ => Ok(()),
        }
    }

    /// What came of it, and what else is to be known of that.
    fn judge(&self, report: &Report) -> (Vec<GateReport>, Vec<String>) {
        let mut notes = self.notes.clone();
        if let (Condition::SlowerThan { margin, .. }, Some(baseline)) = (&self.gate.condition, &self.baseline)
        {
            let pairs = baseline.pairs(report);
            notes.extend(baseline.differences(&pairs));
            return (slower_than(&self.gate, *margin, &pairs, &self.phases, &report.plan), notes);
        }
        let name = self.gate.condition.target();
        let mut judged = Vec::new();
        for target in report.targets.iter().filter(|target| name.is_none_or(|name| target.name == *name)) {
            let (phases, impossible) = self.phases_of(target, report.interrupted);
            judged.extend(phases.into_iter().filter_map(|phase| judge(&self.gate, target, phase)));
            notes.extend(impossible.into_iter().map(|phase| {
                format!("{} is not judged of {}, where hardly a sample counts", phase.in_words(), target.name)
            }));
        }
        (judged, notes)
    }

    /// The phases of a target in which it is judged, and those in which it cannot be. A phase that it names is always
    /// judged; of all others, those that the target has, and in which some sample counts.
    fn phases_of(&self, target: &TargetReport, interrupted: bool) -> (Vec<Phase>, Vec<Phase>) {
        if self.gate.condition.phase().is_some() {
            return (self.phases.clone(), Vec::new());
        }
        let is_there = |phase: &Phase| interrupted || target.phase(*phase).is_some();
        let there: Vec<_> = self.phases.iter().copied().filter(is_there).collect();
        let of_times = matches!(self.gate.condition, Condition::Beyond { .. });
        let is_possible = |phase: &Phase| {
            !(of_times && target.phase(*phase).is_some_and(PhaseReport::has_no_more_to_count))
        };
        let (possible, impossible): (Vec<_>, Vec<_>) = there.iter().partition(|phase| is_possible(phase));
        if possible.is_empty() { (there, Vec::new()) } else { (possible, impossible) }
    }
}

fn not_measured(named: Option<Phase>, measured: &[(Phase, Option<usize>)]) -> String {
    let names: Vec<_> = measured.iter().map(|(phase, _)| phase.name()).collect();
    match (named, names.as_slice()) {
        (Some(phase), [_, ..]) => {
            format!("{} is not measured, only {}", phase.name(), names.join(" and "))
        }
        _ => "nothing is measured that it could be held against".into(),
    }
}

/// Whether so many samples can decide it; a share of failures is decided by any number that fail.
fn enough_samples(condition: &Condition, phase: Phase, samples: Option<usize>) -> Result<(), String> {
    let (what, least) = match condition {
        Condition::Beyond { metric, .. } => (metric.name(), least(*metric, phase)),
        Condition::SlowerThan { .. } => ("a comparison", stats::COMPARED),
        Condition::Failures { .. } => return Ok(()),
    };
    match samples {
        Some(samples) if samples < least => Err(format!(
            "{what} needs at least {least} {} samples (-n {least}), and {samples} are planned",
            phase.in_words()
        )),
        _ => Ok(()),
    }
}

/// The fewest samples of which a figure is told with its interval.
fn least(metric: Metric, phase: Phase) -> usize {
    let rounds = |samples| if phase == Phase::Warm { warm_rounds(samples) } else { samples };
    // Of one round alone, nothing is known of what lies between rounds.
    let (samples, least) = metric.quantile().map_or((1, stats::MIN_ROUNDS), |q| (stats::least(q), 2));
    (samples..).find(|samples| rounds(*samples) >= least).unwrap_or(usize::MAX)
}

/// Of whatever else was wrong, it was a gate that asked for it.
fn of_gate(gate: &Gate, e: Error) -> Error {
    match e {
        Error::Usage(why) => refused(gate, &why),
        other => other,
    }
}

fn refused(gate: &Gate, why: &str) -> Error {
    Error::Usage(format!("--fail-if '{}': {why}", gate.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Freshness;
    use crate::report::fixtures::{plan, report, sample};
    use crate::sample::Sample;

    fn opened(gate: &str, cold: usize, warm: usize) -> Result<Gatekeeper, String> {
        let plan = Plan { cold_samples: cold, warm_samples: warm, ..plan() };
        Gatekeeper::open(&[gate.into()], &plan).map_err(|e| e.to_string())
    }

    #[test]
    fn too_few_samples_for_a_gate_are_refused_with_how_many_it_needs() {
        for (gate, least) in [("p99>1ms", "-n 368"), ("warm.p90>1ms", "-n 36"), ("mean>1s", "-n 10")] {
            let refusal = opened(gate, 5, 5).err().unwrap();
            assert!(refusal.contains(least) && refusal.contains("5 are planned"), "{refusal}");
        }
        assert!(opened("warm.p50>1ms", 20, 0).err().unwrap().contains("warm is not measured, only cold"));
    }

    fn judged(gate: &str, samples: &[Sample]) -> (Report, Result<(), Error>) {
        let keeper = opened(gate, 40, 40).unwrap();
        let mut report = report(samples);
        let judged = keeper.judge(&mut report);
        (report, judged)
    }

    #[test]
    fn a_phase_in_which_no_sample_counts_is_not_judged_and_that_is_said() {
        let of = |phase, freshness| {
            let sample = Sample { freshness, ..sample("a", phase, 500) };
            (0..40).map(move |round| Sample { round, ..sample.clone() })
        };
        let samples: Vec<_> =
            of(Phase::Cold, Freshness::Reused).chain(of(Phase::Warm, Freshness::Reused)).collect();
        let (report, _) = judged("p50>1s", &samples);
        assert_eq!(report.gates.iter().map(|gate| gate.phase).collect::<Vec<_>>(), [Phase::Warm]);
        assert!(report.warnings.join("\n").contains("'p50>1s': cold is not judged of a"), "{report:?}");
        let (named, _) = judged("cold.p50>1s", &samples);
        assert_eq!(named.judgement(), crate::report::Judgement::Undecided);
    }

    #[test]
    fn a_gate_that_was_held_against_nothing_is_named() {
        let (_, judged) = judged("p50>1s", &[]);
        assert!(judged.unwrap_err().to_string().contains("'p50>1s': nothing was measured"));
    }
}
