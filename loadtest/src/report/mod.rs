//! What was found: computed from samples alone, then rendered. Nothing here measures, and nothing prints.

pub mod answer;
pub(crate) mod apart;
mod censored;
mod compare;
pub mod csv;
mod deployment;
mod distribution;
pub(crate) mod failed;
mod fold;
pub mod gates;
pub mod html;
mod interval;
pub mod json;
pub(crate) mod lab;
pub(crate) mod labels;
pub mod load;
pub mod markdown;
pub mod markup;
pub(crate) mod outline;
pub(crate) mod overview;
pub mod picture;
mod provenance;
pub(crate) mod ratio;
mod span;
pub(crate) mod summary;
pub mod text;
mod times;
mod verdict;
mod warning;
mod withheld;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use distribution::{Distribution, Intervals};
pub use gates::{GateReport, Judgement};
pub use provenance::{CloudReport, HeaderReport, ProvenanceReport, ValueReport};
pub use summary::observed;
pub use verdict::{Bound, Verdict};

use crate::environment::Environment;
use crate::parallel;
use crate::plan::Plan;
use crate::sample::{Outcome, Phase, Sample};
use crate::stats::Observation;
use crate::target::{Shipped, Target};
use crate::until::Until;

/// The version of the report's fields. New fields may be added; none changes its meaning.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// What was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Of its fields.
    pub schema_version: u32,
    /// Whether the user ended the measurement before its end.
    pub interrupted: bool,
    /// How many rounds there were, if every phase had as many.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rounds: Option<usize>,
    /// From the first request to the last answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_us: Option<f64>,
    /// What was to be done.
    pub plan: Plan,
    /// Where it was done.
    pub environment: Environment,
    /// What was found of each target.
    pub targets: Vec<TargetReport>,
    /// How each target compares with those before it.
    pub comparisons: Vec<Comparison>,
    /// Doubts about what was found, with their remedies; those first that could change a decision.
    pub warnings: Vec<String>,
    /// How many those are.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decisive_warnings: Option<usize>,
    /// What came of each `--fail-if`.
    #[serde(default)]
    pub gates: Vec<GateReport>,
}

/// What was found of a target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TargetReport {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// What was started afresh in every round to serve it; absent of a server that ran already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub command: Option<String>,
    /// The file that is shipped, in bytes, where it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size_bytes: Option<u64>,
    /// The median over the rounds of the memory of the processes that served it (PSS), in bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memory_bytes: Option<f64>,
    /// What is shipped and what runs it, of a packaging of the matrix.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub packaging: Option<Shipped>,
    /// The median over the rounds of ok answers a second under load.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub throughput_per_s: Option<f64>,
    /// By whom it was answered, if headers tell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provenance: Option<ProvenanceReport>,
    /// In the order they were done.
    pub phases: Vec<PhaseReport>,
}

/// What was found of a target in a phase.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PhaseReport {
    /// Which.
    pub phase: Phase,
    /// How many were taken.
    pub samples: usize,
    /// How many of them count in `latency_us`: ok, and not against the evidence.
    pub counted: usize,
    /// How many were not ok, by kind.
    pub failures: BTreeMap<String, usize>,
    /// How many of the failures that are `transport` had which cause.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub causes: BTreeMap<String, usize>,
    /// How many were neither, since this client was stopped meanwhile. In no figure.
    #[serde(skip_serializing_if = "is_none", default)]
    pub client_stopped: usize,
    /// How many were sent again, on a new connection, since the server was closing the kept one.
    #[serde(skip_serializing_if = "is_none", default)]
    pub retried: usize,
    /// Of those that count, how many include this client's wait for an address that did not answer.
    #[serde(skip_serializing_if = "is_none", default)]
    pub waited: usize,
    /// The first wrong answer: how it differs, and how its body begins.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wrong_answer: Option<String>,
    /// Which instances answered.
    pub evidence: EvidenceReport,
    /// Done − sent, in microseconds.
    pub latency_us: Distribution,
    /// Resolving the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_us: Option<Distribution>,
    /// The TCP handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_us: Option<Distribution>,
    /// The TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_us: Option<Distribution>,
    /// From the connection being ready to the answer's headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte_us: Option<Distribution>,
    /// From there to the end of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_us: Option<Distribution>,
    /// Of the first byte, what the server says its handler took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handler_us: Option<Distribution>,
    /// Ok samples that the evidence speaks against: reused when cold, fresh when warm. Told apart, never pooled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contradicting: Option<Contradicting>,
    /// What was asked before it was warm. In no other figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<WarmUpReport>,
    /// What a load has besides.
    #[serde(flatten)]
    pub load: Option<load::LoadReport>,
    /// How tight the interval is that was to be so tight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Tightness>,
    #[serde(skip)]
    pub(crate) handler_not_believed: bool,
    #[serde(skip)]
    pub(crate) observed_us: Vec<Observation>,
}

impl TargetReport {
    /// What was found in a phase, if anything was asked in it.
    pub fn phase(&self, phase: Phase) -> Option<&PhaseReport> {
        self.phases.iter().find(|report| report.phase == phase)
    }
}

impl PhaseReport {
    /// Whether the samples that count do so by the server's own word: cold ones fresh, warm ones reused, or all fresh.
    pub fn is_proven(&self) -> bool {
        let EvidenceReport { fresh, reused, .. } = self.evidence;
        self.phase == Phase::Once
            || !self.evidence.is_mostly_unknown() && (fresh > 0 || self.phase == Phase::Warm && reused > 0)
    }

    /// Ok samples that are in no figure, since they are not what the phase says.
    pub fn excluded(&self) -> usize {
        self.contradicting.as_ref().map_or(0, |excluded| excluded.samples)
    }

    /// Whether more samples would be excluded too: none counts although requests were answered, or a process that lives on
    /// was cold once.
    pub fn has_no_more_to_count(&self) -> bool {
        let most = usize::from(self.phase == Phase::Cold);
        self.excluded() > 0 && self.counted <= most
    }

    /// How many samples percentiles are of: those that count, and time-outs, which took longer.
    pub fn timed(&self) -> usize {
        self.counted + self.failures.get(Outcome::Timeout.kind().as_ref()).copied().unwrap_or(0)
    }

    /// How many requests failed.
    pub fn failed(&self) -> usize {
        self.failures.values().sum()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// How tight an interval is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tightness {
    /// How tight it was to be.
    pub asked: Until,
    /// By how many percent of the percentile it reaches to the farther side.
    pub percent: Option<f64>,
    /// Whether that is as asked; else the phase ended at its cap, or more samples would not have helped.
    pub reached: bool,
    /// Whether the last rounds had no sample that counts, so that the phase ended before its cap.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub hopeless: bool,
}

/// Ok samples that the evidence speaks against.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contradicting {
    /// How many.
    pub samples: usize,
    /// Their own distribution.
    pub latency_us: Distribution,
}

/// Samples that were taken before a target was warm.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WarmUpReport {
    /// How many.
    pub samples: usize,
    /// How many of them failed.
    #[serde(default)]
    pub failed: usize,
    /// The same by kind.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub failures: BTreeMap<String, usize>,
    /// How many of the failures that are `transport` had which cause.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub causes: BTreeMap<String, usize>,
    /// How the first wrong answer differed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wrong_answer: Option<String>,
    /// How many of the first rounds are nothing but warm-up.
    pub rounds: usize,
    /// Of those that were ok.
    pub latency_us: Distribution,
}

/// Which instances answered the ok samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceReport {
    /// By one that had answered nothing before.
    pub fresh: usize,
    /// By one that had.
    pub reused: usize,
    /// Not told.
    pub unknown: usize,
    /// How many different ones.
    pub instances: usize,
}

impl EvidenceReport {
    /// Whether more answers do not tell of their instance than do.
    pub fn is_mostly_unknown(self) -> bool {
        self.unknown > self.fresh + self.reused
    }
}

/// How a candidate compares with a baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The name of what is compared with.
    pub baseline: String,
    /// The name of what is compared.
    pub candidate: String,
    /// In which phase.
    pub phase: Phase,
    /// Whether of both targets every sample is what the phase says by the server's own word.
    pub proven: bool,
    /// Median of the candidate over median of the baseline, in the rounds in which both were asked.
    pub ratio_p50: f64,
    /// Whether the true ratio is further from 1, since the client's own time is in both medians.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bound: Option<Bound>,
    /// Of the ratio, by percentile bootstrap of rounds.
    pub ci95: [f64; 2],
    /// Of swapping the targets' names within rounds, corrected for the number of comparisons (Holm).
    pub p_value: f64,
    /// What may be said.
    pub verdict: Verdict,
    /// Where no difference is shown, the least one that these data would have shown in 80 % of measurements, as a share.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detectable: Option<f64>,
}

/// Computes a report from samples.
pub fn build(
    plan: &Plan,
    environment: Environment,
    targets: &[Target],
    samples: &[Sample],
    interrupted: bool,
) -> Report {
    let found = parallel::map(targets, |target| TargetReport {
        name: target.name.clone(),
        url: target.url.to_string(),
        command: target.command.clone(),
        size_bytes: target.size_bytes,
        memory_bytes: middle(&target.name, samples, |sample| Some(sample.memory_bytes? as f64)),
        packaging: target.packaging.clone(),
        throughput_per_s: middle(&target.name, samples, |sample| sample.throughput_per_s),
        provenance: provenance::of(&target.name, samples),
        phases: summary::phases(&target.name, samples, plan),
    });
    let comparisons = compare::all(&found, plan, environment.floor);
    let (warnings, decisive) = warning::ranked(warning::all(&found, &comparisons, plan, &environment));
    Report {
        schema_version: SCHEMA_VERSION,
        interrupted,
        rounds: span::rounds(samples),
        duration_us: span::duration_us(samples),
        comparisons,
        warnings,
        decisive_warnings: Some(decisive),
        plan: plan.clone(),
        environment,
        targets: found,
        gates: Vec::new(),
    }
}

/// The median of what samples of a target have once a round.
fn middle(target: &str, samples: &[Sample], of: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
    let mut values: Vec<f64> =
        samples.iter().filter(|sample| sample.target == target).filter_map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

/// Of what did not come to its end.
pub(crate) fn ended_early(by: Option<&str>) -> String {
    let what = |by: &str| format!(" What ended it: {}.", by.trim_end_matches('.'));
    format!("Ended early: this is what was measured until then.{}", by.map_or(String::new(), what))
}

impl Report {
    /// That it did not come to its end, if so, and what it did not come to.
    pub(crate) fn ended_early(&self) -> Option<String> {
        let told = self.interrupted.then(|| ended_early(self.environment.ended_by.as_deref()))?;
        let not_begun: Vec<_> = self.not_begun().map(Phase::in_words).collect();
        Some(if not_begun.is_empty() {
            told
        } else {
            format!("{told} Nothing was measured yet of: {}.", not_begun.join(", "))
        })
    }

    /// Phases that were planned, and of which there is no sample.
    fn not_begun(&self) -> impl Iterator<Item = Phase> {
        let plan = &self.plan;
        let planned = Phase::ONE_BY_ONE.map(|phase| (phase, plan.samples(phase)));
        let phases = || self.targets.iter().flat_map(|target| &target.phases);
        let is_missing = move |phase| phases().all(|found| found.phase != phase);
        let is_load = self.is_of_load();
        let missing = planned.into_iter().filter(move |(phase, n)| !is_load && *n > 0 && is_missing(*phase));
        missing.map(|(phase, _)| phase)
    }

    /// Adds a doubt that could change a decision, unless it is there already.
    pub(crate) fn warn(&mut self, warning: String) {
        if self.warnings.contains(&warning) {
            return;
        }
        let place = self.decisive_warnings.unwrap_or(self.warnings.len()).min(self.warnings.len());
        self.warnings.insert(place, warning);
        self.decisive_warnings = self.decisive_warnings.map(|decisive| decisive + 1);
    }

    /// The doubts that could change a decision; of a report that does not say which, all.
    pub(crate) fn decisive(&self) -> &[String] {
        let decisive = self.decisive_warnings.unwrap_or(self.warnings.len());
        &self.warnings[..decisive.min(self.warnings.len())]
    }

    /// Of its targets.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().map(|target| target.name.as_str())
    }

    /// Whether requests were counted, many at a time.
    pub fn is_of_load(&self) -> bool {
        self.targets.iter().flat_map(|target| &target.phases).any(|phase| phase.load.is_some())
    }

    /// Whether every target gave an answer in every phase.
    pub fn has_figures(&self) -> bool {
        let mut phases = self.targets.iter().flat_map(|target| &target.phases);
        phases.all(failed::has_answers)
    }
}

#[cfg(test)]
pub(crate) mod fixtures;
