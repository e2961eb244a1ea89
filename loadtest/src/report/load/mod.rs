//! What was found of a load.

mod behind;
mod doubt;
mod figures;
#[cfg(test)]
pub(crate) mod fixtures;
mod ramp;
mod slices;
mod tables;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::slices::SliceReport;
pub(super) use self::tables::{failed_of, kept_up, short, tables, verdict};
use super::{Distribution, Report, SCHEMA_VERSION, TargetReport, warning};
use crate::load::Stage;
use crate::load::recording::Head;
use crate::micros;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadReport {
    #[serde(rename = "loop")]
    pub kind: Loop,
    /// Requests a second, asked for; `null` in a closed loop.
    pub asked_rate: Option<f64>,
    pub achieved_rate: f64,
    pub throughput: f64,
    pub connections: usize,
    /// Connections made, again where they were lost.
    pub connections_made: u64,
    #[serde(rename = "duration_us", with = "micros")]
    pub duration: Duration,
    /// Whether the schedule was not kept; `null` in a closed loop, which has none.
    pub saturated: Option<bool>,
    /// Whether more than one in a hundred requests failed, for certain: then the rate is not sustained either.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub failing: bool,
    /// Why it is not known whether the rate was sustained, where neither that nor the opposite is shown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undecided: Option<Undecided>,
    /// Who fell behind, if the schedule was not kept.
    pub behind: Option<Behind>,
    /// The share of the time that this program's threads were busy; `null` where the system does not tell.
    pub client_busy: Option<f64>,
    /// Requests that were due, and for which no connection was free in time. In `latency_us`, they only push
    /// percentiles up.
    pub unsent: u64,
    pub unfinished: u64,
    pub service_us: Distribution,
    /// Sent − intended where a connection was free: this client's own lateness; `null` in a closed loop.
    pub client_late_us: Option<Distribution>,
    /// The times in `latency_us`, and how often each.
    #[serde(skip)]
    pub(crate) spread_us: Vec<(f64, u64)>,
    /// The same of `service_us`.
    #[serde(skip)]
    pub(crate) service_spread_us: Vec<(f64, u64)>,
    /// Twentieths of the load, in which `latency_us` is by itself.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub slices: Vec<SliceReport>,
    /// The rates of a ramp. The other figures here are those of the knee, or of the first rate if there is none; but the
    /// phase's `samples`, `failures` and `causes` are of all of them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub steps: Vec<StepReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knee: Option<KneeReport>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Loop {
    Open,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Behind {
    Target,
    Client,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepReport {
    pub asked_rate: f64,
    pub achieved_rate: f64,
    pub throughput: f64,
    pub saturated: bool,
    /// Whether more than one in a hundred requests failed, for certain: then the rate is not sustained either.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub failing: bool,
    /// Why it is not known whether the rate was sustained, where neither that nor the opposite is shown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undecided: Option<Undecided>,
    /// How long requests were sent, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_us: Option<f64>,
    pub unsent: u64,
    pub failed: usize,
    /// Those by kind; missing in older reports.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failures: Option<BTreeMap<String, usize>>,
    pub latency_us: Distribution,
    pub service_us: Distribution,
}

impl StepReport {
    pub fn kept(&self) -> Kept {
        kept(self.saturated || self.failing, self.undecided)
    }
}

impl LoadReport {
    /// Whether the rate was sustained; `None` in a closed loop, which asks for none.
    pub fn kept(&self) -> Option<Kept> {
        Some(kept(self.saturated? || self.failing, self.undecided))
    }

    pub fn shown(&self) -> Option<&StepReport> {
        self.steps.iter().find(|step| Some(step.asked_rate) == self.asked_rate)
    }
}

fn kept(is_behind: bool, undecided: Option<Undecided>) -> Kept {
    match (is_behind, undecided) {
        (true, _) => Kept::Behind,
        (false, Some(_)) => Kept::Undecided,
        (false, None) => Kept::Up,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Up,
    Behind,
    Undecided,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undecided {
    /// There were too few answers before the end, or they varied too much.
    #[serde(alias = "failing", alias = "too_few", alias = "rising", alias = "uneven")]
    TooShort,
    Client,
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "too few answers, or too uneven ones; a longer -z tells",
            Self::Client => {
                "this client itself was late by as much as is missing; measure from a machine that does nothing else"
            }
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KneeReport {
    pub rate: Option<f64>,
    pub lost_at: Option<f64>,
}

pub fn build(head: &Head, stages: &[Stage], interrupted: bool) -> Report {
    let (plan, environment) = (head.plan.clone(), head.environment.clone());
    let connections = head.load.connections;
    let phases: Vec<_> = stages.iter().map(|stage| figures::phase(connections, stage, plan.seed)).collect();
    let is_ramp = head.load.stages.len() > 1;
    let phases = if is_ramp { ramp::together(phases).into_iter().collect() } else { phases };
    let target = TargetReport {
        name: head.target.name.clone(),
        url: head.target.url.to_string(),
        command: head.target.command.clone(),
        size_bytes: head.target.size_bytes,
        memory_bytes: None,
        packaging: None,
        throughput_per_s: None,
        // Of so many answers, none keeps its headers.
        provenance: None,
        phases,
    };
    let targets = vec![target];
    let mut warnings: Vec<_> =
        warning::all(&targets, &[], &plan, &environment).iter().map(ToString::to_string).collect();
    let phases = targets.iter().flat_map(|target| &target.phases);
    let loads = phases.filter_map(|phase| Some((phase, phase.load.as_ref()?)));
    warnings.extend(loads.flat_map(|(phase, load)| doubt::of(phase, load)));
    Report {
        schema_version: SCHEMA_VERSION,
        interrupted,
        rounds: None,
        duration_us: None,
        plan,
        environment,
        comparisons: Vec::new(),
        gates: Vec::new(),
        warnings,
        decisive_warnings: None,
        targets,
    }
}

#[cfg(test)]
mod tests {
    use super::fixtures::{dies, late, ramp, ramp_that_dies};
    use crate::look::Look;
    use crate::report::{answer, text};

    #[test]
    fn what_is_said_of_loads() {
        let loads = [
            late(10),
            late(2000),
            dies(Some(1000.0), 4000, 1500),
            dies(None, 4000, 1500),
            ramp(),
            ramp_that_dies(600, 0.5),
        ];
        let told = loads.map(|report| {
            format!("{}\n\n{}", answer::of(&report).join(" "), text::render(&report, Look::PLAIN))
        });
        insta::assert_snapshot!(told.join("\n=====\n\n"));
    }
}
