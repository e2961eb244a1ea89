//! The gates of a measurement: read and checked before it, held against its report after it.

use std::collections::BTreeSet;
use std::path::Path;

use crate::comparable::{self, NOT_OF_A_REQUEST};
use crate::error::Error;
use crate::gate::{Condition, Gate};
use crate::input::Input;
use crate::plan::Plan;
use crate::rendering;
use crate::report::gates::{Limit, failures, slower_than};
use crate::report::{GateReport, Report, TargetReport};
use crate::sample::Phase;
use crate::shards::Measured;
use crate::target::Target;

/// The gates of a measurement.
pub struct Gatekeeper {
    gates: Vec<(Gate, Option<Baseline>)>,
    /// That are measured.
    phases: Vec<Phase>,
}

/// An earlier measurement.
struct Baseline {
    targets: Vec<Target>,
    report: Report,
}

impl Gatekeeper {
    /// Reads gates, and the earlier measurements that they name, for a measurement by `plan`.
    ///
    /// # Errors
    ///
    /// When one of them is none, is of a phase that is not measured, or names what cannot be compared.
    pub fn open(texts: &[String], plan: &Plan) -> Result<Self, Error> {
        let phases = [Phase::Startup, Phase::Cold, Phase::Warm];
        Self::of_phases(
            texts,
            Some(plan),
            phases.into_iter().filter(|phase| plan.samples(*phase) > 0).collect(),
        )
    }

    /// For a report that is there already.
    ///
    /// # Errors
    ///
    /// As [`Gatekeeper::open`].
    pub fn of_report(texts: &[String], report: &Report) -> Result<Self, Error> {
        let phases: BTreeSet<_> =
            report.targets.iter().flat_map(|target| &target.phases).map(|phase| phase.phase).collect();
        Self::of_phases(texts, Some(&report.plan), phases.into_iter().collect())
    }

    /// For a load, of which no samples are kept.
    ///
    /// # Errors
    ///
    /// As [`Gatekeeper::open`].
    pub fn of_load(texts: &[String]) -> Result<Self, Error> {
        Self::of_phases(texts, None, vec![Phase::Load])
    }

    fn of_phases(texts: &[String], plan: Option<&Plan>, phases: Vec<Phase>) -> Result<Self, Error> {
        let open = |text: &String| {
            let gate: Gate = text.parse().map_err(Error::Usage)?;
            let baseline = match &gate.condition {
                Condition::Beyond { phase, .. } | Condition::Failures { phase, .. } => {
                    only(*phase, &phases).map_err(|why| refused(&gate, &with_phase(why, &gate, &phases)))?;
                    None
                }
                Condition::SlowerThan { baseline, .. } => {
                    let plan =
                        plan.ok_or_else(|| refused(&gate, "a load keeps no samples that could be compared"))?;
                    Some(Baseline::read(baseline, plan).map_err(|e| of_gate(&gate, e))?)
                }
            };
            Ok((gate, baseline))
        };
        Ok(Self { gates: texts.iter().map(open).collect::<Result<_, Error>>()?, phases })
    }

    /// Whether some gate needs samples, which a saved report has not.
    pub fn needs_samples(&self) -> bool {
        self.gates.iter().any(|(_, baseline)| baseline.is_some())
    }

    /// Whether there is what the gates are of.
    ///
    /// # Errors
    ///
    /// When a gate names another target, or one that it could be compared with is missing or asked elsewhere.
    pub fn check(&self, targets: &[Target]) -> Result<(), Error> {
        for (gate, baseline) in &self.gates {
            if let Some(baseline) = baseline {
                baseline.check(targets).map_err(|why| refused(gate, &why))?;
            }
            if let Condition::Beyond { target: Some(name), .. }
            | Condition::Failures { target: Some(name), .. } = &gate.condition
                && targets.iter().all(|target| target.name != *name)
            {
                let why = format!("there is no target {name:?}, only {}", comparable::list(targets));
                return Err(refused(gate, &why));
            }
        }
        Ok(())
    }

    /// Says in the report what came of each gate.
    pub fn judge(&self, report: &mut Report) {
        report.gates =
            self.gates.iter().flat_map(|(gate, baseline)| self.of(gate, baseline, report)).collect();
        if self.gates.iter().any(|(_, baseline)| baseline.is_some())
            && !report.warnings.iter().any(|warning| warning == ANOTHER_TIME)
        {
            report.warnings.push(ANOTHER_TIME.into());
        }
    }

    fn of(&self, gate: &Gate, baseline: &Option<Baseline>, report: &Report) -> Vec<GateReport> {
        let judged = |target: &Option<String>, phase, judge: &dyn Fn(&TargetReport, Phase) -> GateReport| {
            let Ok(phase) = only(phase, &self.phases) else { return Vec::new() };
            let meant = |report: &&TargetReport| target.as_ref().is_none_or(|name| report.name == *name);
            report.targets.iter().filter(meant).map(|target| judge(target, phase)).collect()
        };
        match (&gate.condition, baseline) {
            (Condition::Beyond { target, phase, metric, side, limit_us }, _) => {
                let limit = Limit { text: &gate.text, metric: *metric, side: *side, limit_us: *limit_us };
                judged(target, *phase, &|target, phase| limit.judge(target, phase))
            }
            (Condition::Failures { target, phase, side, limit }, _) => {
                judged(target, *phase, &|target, phase| failures(&gate.text, *side, *limit, target, phase))
            }
            (Condition::SlowerThan { margin, .. }, Some(baseline)) => {
                let of = |old: usize, new: usize| (&baseline.report.targets[old], &report.targets[new]);
                let names: Vec<_> = report.targets.iter().map(|target| target.name.as_str()).collect();
                let pairs = comparable::pairs(&baseline.names(), &names);
                let pairs: Vec<_> = pairs.into_iter().map(|(old, new)| of(old, new)).collect();
                slower_than(&gate.text, *margin, &pairs, report.plan.seed)
            }
            (Condition::SlowerThan { .. }, None) => Vec::new(),
        }
    }
}

/// What a comparison with a saved measurement is worth.
const ANOTHER_TIME: &str = "slower-than compares with what was measured at another time: whatever else changed since, \
on the machine too, is in it, which no statistics can mend";

impl Baseline {
    fn read(file: &Path, plan: &Plan) -> Result<Self, Error> {
        let refused = |why: &str| Err(Error::Usage(why.into()));
        let file = Input::open(file)?;
        if rendering::is_report(&file)? {
            return refused(
                "it is a report, and comparing needs the samples: keep the file of --samples, and name that",
            );
        }
        let measured = Measured::read(&[file])?;
        match comparable::plans(&measured.header.plan, plan, &NOT_OF_A_REQUEST) {
            Some(difference) => refused(&format!("it was measured in another way: {difference}")),
            None => Ok(Self { targets: measured.header.targets.clone(), report: measured.report() }),
        }
    }

    fn names(&self) -> Vec<&str> {
        self.targets.iter().map(|target| target.name.as_str()).collect()
    }

    fn check(&self, targets: &[Target]) -> Result<(), String> {
        let names: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
        let pairs = comparable::pairs(&self.names(), &names);
        if pairs.len() < targets.len() {
            return Err(format!("its targets are {}", comparable::list(&self.targets)));
        }
        pairs.into_iter().try_for_each(|(old, new)| comparable::paths(&self.targets[old], &targets[new]))
    }
}

/// The phase that is meant.
fn only(phase: Option<Phase>, phases: &[Phase]) -> Result<Phase, String> {
    let names: Vec<_> = phases.iter().map(|phase| phase.name()).collect();
    match (phase, phases) {
        (Some(phase), _) if phases.contains(&phase) => Ok(phase),
        (Some(phase), _) => Err(format!("{} is not measured, only {}", phase.name(), names.join(" and "))),
        (None, [phase]) => Ok(*phase),
        (None, _) => Err(format!("it names no phase, and {} are measured", names.join(" and "))),
    }
}

/// Where a gate names no phase, what to write instead.
fn with_phase(why: String, gate: &Gate, phases: &[Phase]) -> String {
    let named = gate.condition.phase().is_some();
    match phases.first().filter(|_| !named) {
        Some(phase) => format!("{why}: name one, like '{}'", gate.text_with(*phase)),
        None => why,
    }
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
