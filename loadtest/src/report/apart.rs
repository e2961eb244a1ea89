//! One report of measurements that were made apart, and were compared afterwards.

use std::time::{Duration, UNIX_EPOCH};

use super::{Report, TargetReport, compare, warning};
use crate::comparable;
use crate::margin::Margin;
use crate::sample::Phase;
use crate::shards::Measured;

/// The first second that has no date of four digits.
const YEAR_10_000: u64 = 253_402_300_800;

/// Of measurements whose targets have distinct names; `pairs` are the places of baseline and candidate among all of
/// them.
pub fn build(
    all: &[&Measured],
    pairs: &[(usize, usize)],
    seed: Option<u64>,
    margin: Option<Margin>,
) -> Report {
    let mut reports: Vec<Report> = all.iter().map(|measured| measured.report()).collect();
    let targets: Vec<TargetReport> = reports.iter_mut().flat_map(|report| report.targets.drain(..)).collect();
    let environment = all[0].header.environment.clone();
    let mut plan = all[0].header.plan.clone();
    plan.seed = seed.unwrap_or(plan.seed);
    plan.margin = margin.unwrap_or(plan.margin);
    let pairs: Vec<_> = pairs.iter().map(|(old, new)| (&targets[*old], &targets[*new])).collect();
    let comparisons = compare::apart(&pairs, &plan, environment.floor);
    let mut merged = Report {
        schema_version: super::SCHEMA_VERSION,
        interrupted: reports.iter().any(|report| report.interrupted),
        rounds: None,
        duration_us: None,
        warnings: Vec::new(),
        decisive_warnings: Some(0),
        gates: Vec::new(),
        environment,
        plan,
        targets: Vec::new(),
        comparisons,
    };
    let blunted = warning::overhead(&targets, &merged.comparisons, &merged.environment);
    let counts = pairs.iter().flat_map(|(old, new)| other_counts((&old.name, old), (&new.name, new)));
    let of_each = reports.iter().flat_map(|report| report.decisive().iter().cloned());
    let decisive = [at_different_times(all)].into_iter().chain(on_different_machines(all)).chain(counts);
    let decisive = decisive.chain(blunted.iter().map(ToString::to_string)).chain(of_each);
    decisive.for_each(|warning| merged.warn(warning));
    for warning in reports.iter().flat_map(|report| &report.warnings[report.decisive().len()..]) {
        if !merged.warnings.contains(warning) {
            merged.warnings.push(warning.clone());
        }
    }
    Report { targets, ..merged }
}

fn at_different_times(all: &[&Measured]) -> String {
    let times: Vec<_> = all.iter().map(|measured| time(measured.header.environment.started_at)).collect();
    format!(
        "these were measured at different times ({}): whatever else changed between them is in the comparison; loadtest \
         compare NAME=URL NAME=URL measures them in turn",
        times.join(", ")
    )
}

fn on_different_machines(all: &[&Measured]) -> Option<String> {
    let first = &all[0].header.environment;
    let differs = |measured: &&Measured| comparable::machines(first, &measured.header.environment);
    let difference = all.iter().find_map(differs)?;
    Some(format!("these were measured by different machines or programs: {difference}"))
}

/// How two targets that are compared differ in their samples, in words: whoever compares 20 with 1000 is to know.
pub fn other_counts(one: (&str, &TargetReport), other: (&str, &TargetReport)) -> Vec<String> {
    let samples = |target: &TargetReport, phase| target.phase(phase).map_or(0, |found| found.samples);
    let told = |phase: Phase| {
        let (name, [few, many]) = (phase.in_words(), [one, other].map(|(_, target)| samples(target, phase)));
        match (few, many) {
            _ if few == many => None,
            (0, _) => Some(format!("{} has no {name} samples: {name} is not compared", one.0)),
            (_, 0) => Some(format!("{} has no {name} samples: {name} is not compared", other.0)),
            _ => Some(format!("{} has {few} {name} samples, and {} has {many}", one.0, other.0)),
        }
    };
    Phase::ONE_BY_ONE.into_iter().filter_map(told).collect()
}

pub(super) fn time(unix_seconds: u64) -> String {
    match unix_seconds {
        ..YEAR_10_000 => {
            humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(unix_seconds)).to_string()
        }
        _ => "at no known time".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{report, sample, twice_as_slow};

    #[test]
    fn other_counts_and_phases_are_said() {
        let cold = twice_as_slow();
        let warm = sample("a", Phase::Warm, 1);
        let (one, other) = (report(&cold), report(&[cold[..20].to_vec(), vec![warm]].concat()));
        let told = |a: &Report, b: &Report| other_counts(("a", &a.targets[0]), ("b", &b.targets[0]));
        assert_eq!(
            told(&one, &other),
            ["a has 40 cold samples, and b has 10", "a has no warm samples: warm is not compared"]
        );
        assert!(told(&one, &one).is_empty());
    }

    #[test]
    fn a_time_that_is_none_is_told_as_none() {
        assert_eq!(time(1_776_887_217), "2026-04-22T19:46:57Z");
        assert_eq!([time(YEAR_10_000), time(u64::MAX)], ["at no known time", "at no known time"]);
        assert_eq!(time(YEAR_10_000 - 1), "9999-12-31T23:59:59Z");
    }
}
