//! What was found of a load.

mod behind;
mod doubt;
mod failing;
mod figures;
#[cfg(test)]
pub(crate) mod fixtures;
mod held_back;
mod ramp;
mod slices;
pub(super) mod stall;
mod tables;
mod undecided;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(super) use self::failing::{failed_of, of_ramp as failed_of_ramp, stopped};
pub use self::slices::SliceReport;
pub(super) use self::tables::{kept_up, long, short, tables, verdict};
pub use self::undecided::Undecided;
use super::{Distribution, Report, SCHEMA_VERSION, TargetReport, warning};
use crate::load::Stage;
use crate::load::knee::Kept;
use crate::load::recording::Head;
use crate::micros;

/// What a load has besides what other phases have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadReport {
    /// Whether requests waited for answers.
    #[serde(rename = "loop")]
    pub kind: Loop,
    /// Requests a second, asked for; `null` in a closed loop.
    pub asked_rate: Option<f64>,
    /// Requests a second, sent.
    pub achieved_rate: f64,
    /// Ok answers a second.
    pub throughput: f64,
    /// The most requests in flight.
    pub connections: usize,
    /// Connections made, again where they were lost.
    pub connections_made: u64,
    /// How long requests were sent.
    #[serde(rename = "duration_us", with = "micros")]
    pub duration: Duration,
    /// Whether the schedule was not kept; `null` in a closed loop, which has none.
    pub saturated: Option<bool>,
    /// Whether more than one in a hundred requests failed, for certain: then the rate is not kept up with either.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub failing: bool,
    /// Why it is not known whether the target kept up, where neither that nor the opposite is shown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undecided: Option<Undecided>,
    /// Who fell behind, if the schedule was not kept.
    pub behind: Option<Behind>,
    /// The share of the time that this program's threads were busy; `null` where the system does not tell.
    pub client_busy: Option<f64>,
    /// Requests that were due, and for which no connection was free in time. In `latency_us`, they only push
    /// percentiles up.
    pub unsent: u64,
    /// Requests that were under way when the user ended it.
    pub unfinished: u64,
    /// Done − sent.
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
    /// What the ramp shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knee: Option<KneeReport>,
}

/// Whether requests wait for answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Loop {
    /// They are due when the schedule says.
    Open,
    /// Each connection's next one waits for its answer.
    Closed,
}

/// Who fell behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Behind {
    /// All connections waited for answers.
    Target,
    /// This program had no time left.
    Client,
}

/// A rate of a ramp.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepReport {
    /// Requests a second, asked for.
    pub asked_rate: f64,
    /// Requests a second, sent.
    pub achieved_rate: f64,
    /// Ok answers a second.
    pub throughput: f64,
    /// Whether the schedule was not kept.
    pub saturated: bool,
    /// Whether more than one in a hundred requests failed, for certain: then the rate is not kept up with either.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub failing: bool,
    /// Why it is not known whether the target kept up, where neither that nor the opposite is shown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undecided: Option<Undecided>,
    /// How long requests were sent, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_us: Option<f64>,
    /// Requests that were due and not sent.
    pub unsent: u64,
    /// Requests that were not ok.
    pub failed: usize,
    /// Those by kind; missing in older reports.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failures: Option<BTreeMap<String, usize>>,
    /// Done − intended.
    pub latency_us: Distribution,
    /// Done − sent.
    pub service_us: Distribution,
}

impl StepReport {
    /// Whether the rate was kept up with.
    pub fn kept(&self) -> Kept {
        kept(self.saturated || self.failing, self.undecided)
    }
}

impl LoadReport {
    /// Whether the rate was kept up with; `None` in a closed loop, which asks for none.
    pub fn kept(&self) -> Option<Kept> {
        Some(kept(self.saturated? || self.failing, self.undecided))
    }

    /// The step of a ramp that the other figures are of.
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

/// What a ramp shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KneeReport {
    /// The highest rate that is shown to be kept up with.
    pub rate: Option<f64>,
    /// The lowest above it that is shown not to be.
    pub lost_at: Option<f64>,
    /// From which rate on the 99th percentile (the median, where that is withheld) is at least twice the lowest.
    pub bends_at: Option<f64>,
}

/// Computes a report from what was counted.
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
        // Of so many answers, none keeps its headers.
        provenance: None,
        phases,
    };
    let targets = vec![target];
    let mut warnings: Vec<_> =
        warning::all(&targets, &[], &plan, &environment).iter().map(ToString::to_string).collect();
    let phases = targets.iter().flat_map(|target| &target.phases);
    let loads = phases.filter_map(|phase| Some((phase, phase.load.as_ref()?)));
    warnings.extend(loads.flat_map(|(phase, load)| doubt::of(phase, load)).map(|doubt| doubt.to_string()));
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
