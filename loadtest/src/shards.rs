//! Files of samples as one measurement: shards of it, merged sample by sample, never figure by figure.

use std::collections::{BTreeMap, BTreeSet};

use crate::comparable;
use crate::error::Error;
use crate::evidence;
use crate::input::Input;
use crate::plan::Plan;
use crate::report::{self, Report};
use crate::sample::{Phase, Sample};
use crate::saved::{Header, Saved};
use crate::warm_up;

/// What a plan of one shard may have otherwise than that of another.
const OF_A_SHARD: [&str; 5] = ["seed", "startup_samples", "cold_samples", "warm_samples", "margin"];

#[derive(Clone, Debug)]
pub struct Measured {
    pub header: Header,
    /// Rounds of different files are different rounds, numbered without gaps.
    pub samples: Vec<Sample>,
    pub interrupted: bool,
    pub notes: Vec<String>,
}

impl Measured {
    /// Of files that are of the same requests and waits to the same targets.
    pub fn merge(shards: Vec<Saved>) -> Result<Self, Error> {
        let [first, others @ ..] = shards.as_slice() else {
            return Err(Error::Usage("there is no file to report: name one".into()));
        };
        for (index, shard) in shards.iter().enumerate() {
            check(first, shard)?;
            shards[..index].iter().try_for_each(|earlier| check_distinct(earlier, shard))?;
        }
        let mut header = first.header.clone();
        header.plan = others.iter().fold(header.plan, |sum, shard| add(sum, &shard.header.plan));
        let interrupted = !shards.iter().all(Saved::is_complete);
        let notes = notes(first, others);
        let mut numbering = Numbering::default();
        let renumbered = |mut shard: Saved| {
            // Each shard had a beginning of its own, and a server that may have been started anew.
            evidence::review(&mut shard.samples);
            warm_up::tell_apart(&mut shard.samples);
            numbering.renumber(shard.samples)
        };
        let samples = shards.into_iter().flat_map(renumbered).collect();
        Ok(Self { header, samples, interrupted, notes })
    }

    /// Reads and merges files.
    ///
    /// # Errors
    ///
    /// As [`Saved::of`] and [`Measured::merge`].
    pub fn read(files: &[Input]) -> Result<Self, Error> {
        Self::merge(files.iter().map(Saved::of).collect::<Result<_, _>>()?)
    }

    /// Gives its targets names that no other measurement has: `name`, or if they are several, that before their own.
    pub fn rename(&mut self, name: &str) {
        let only = self.header.targets.len() == 1;
        let renamed = |target: &str| if only { name.to_owned() } else { format!("{name} {target}") };
        for target in &mut self.header.targets {
            target.name = renamed(&target.name);
        }
        for sample in &mut self.samples {
            sample.target = renamed(&sample.target).into();
        }
    }

    pub fn report(&self) -> Report {
        let Header { plan, environment, targets, .. } = &self.header;
        let mut report = report::build(plan, environment.clone(), targets, &self.samples, self.interrupted);
        report.warnings.extend(self.notes.iter().cloned());
        report
    }
}

fn check(first: &Saved, shard: &Saved) -> Result<(), Error> {
    let (one, other) = (&first.header, &shard.header);
    let difference =
        comparable::plans(&one.plan, &other.plan, &OF_A_SHARD).or_else(|| comparable::targets(one, other));
    match difference {
        None => Ok(()),
        Some(difference) => Err(Error::Usage(format!(
            "{} and {} are not of one measurement: {difference}; report them apart",
            first.path.display(),
            shard.path.display()
        ))),
    }
}

/// Whoever counts samples twice believes them too much.
fn check_distinct(one: &Saved, other: &Saved) -> Result<(), Error> {
    if !are_copies((&one.header, &one.samples), (&other.header, &other.samples)) {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "{} and {} have the same samples: leave one out",
        one.path.display(),
        other.path.display()
    )))
}

pub fn are_copies(one: (&Header, &[Sample]), other: (&Header, &[Sample])) -> bool {
    one.0.environment.started_at == other.0.environment.started_at
        && one.0.plan.seed == other.0.plan.seed
        && one.1.first() == other.1.first()
}

fn add(sum: Plan, plan: &Plan) -> Plan {
    Plan {
        startup_samples: sum.startup_samples.saturating_add(plan.startup_samples),
        cold_samples: sum.cold_samples.saturating_add(plan.cold_samples),
        warm_samples: sum.warm_samples.saturating_add(plan.warm_samples),
        ..sum
    }
}

fn notes(first: &Saved, others: &[Saved]) -> Vec<String> {
    if others.is_empty() {
        return Vec::new();
    }
    let names: Vec<_> =
        [first].into_iter().chain(others).map(|shard| shard.path.display().to_string()).collect();
    let mut notes = vec![format!("merged of {}", names.join(", "))];
    let differs = |shard: &Saved| comparable::machines(&first.header.environment, &shard.header.environment);
    notes.extend(others.iter().find_map(differs).map(|difference| {
        format!("the merged files are of different machines or programs, and their figures a mixture: {difference}")
    }));
    notes
}

/// The same samples with rounds that are numbered without gaps, whatever numbers stand in the file.
pub fn renumbered(samples: Vec<Sample>) -> Vec<Sample> {
    Numbering::default().renumber(samples)
}

#[derive(Default)]
struct Numbering {
    /// How many are given out. Warm-up counts as warm.
    given: BTreeMap<Phase, u32>,
}

impl Numbering {
    /// The next numbers, for the rounds of one file in their order. As large as there are rounds, whatever numbers
    /// stand in the file.
    fn renumber(&mut self, mut samples: Vec<Sample>) -> Vec<Sample> {
        let rounds: BTreeSet<_> =
            samples.iter().map(|sample| (counted_as(sample.phase), sample.round)).collect();
        let mut number = |phase| {
            let next = self.given.entry(phase).or_default();
            *next += 1;
            *next - 1
        };
        let numbers: BTreeMap<_, _> = rounds.into_iter().map(|key| (key, number(key.0))).collect();
        for sample in &mut samples {
            sample.round = numbers[&(counted_as(sample.phase), sample.round)];
        }
        samples
    }
}

fn counted_as(phase: Phase) -> Phase {
    if phase == Phase::WarmUp { Phase::Warm } else { phase }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Ended;
    use crate::report::fixtures::{header, in_round, sample, twice_as_slow};

    fn saved(name: &str, seed: u64, samples: Vec<Sample>) -> Saved {
        let mut header = header();
        header.plan.seed = seed;
        header.environment.started_at = seed;
        let ended = Some(Ended::Completely);
        Saved { path: name.into(), header, samples, ended, length: 0, ends: vec![], header_ends: [0; 2] }
    }

    #[test]
    fn one_file_is_reported_as_it_was_measured() {
        let measured = Measured::merge(vec![saved("a", 1, twice_as_slow())]).unwrap();
        assert_eq!(measured.samples, twice_as_slow());
        assert_eq!((measured.header.plan.seed, measured.interrupted), (1, false));
        assert!(measured.notes.is_empty());
    }

    #[test]
    fn percentiles_are_of_all_samples_and_rounds_of_two_files_are_not_one() {
        let (half, other): (Vec<_>, Vec<_>) =
            twice_as_slow().into_iter().partition(|sample| sample.round < 20);
        let whole = Measured::merge(vec![saved("x", 1, twice_as_slow())]).unwrap().report();
        let merged = Measured::merge(vec![saved("a", 1, half), saved("b", 2, other)]).unwrap();
        assert_eq!(merged.samples, twice_as_slow());
        assert_eq!(merged.header.plan.cold_samples, 80);
        let latency = |report: &Report| report.targets[0].phases[0].latency_us.clone();
        assert_eq!(latency(&merged.report()), latency(&whole));
        assert_eq!(merged.report().comparisons, whole.comparisons);
        assert!(merged.report().warnings.contains(&"merged of a, b".into()));
    }

    #[test]
    fn numbers_of_rounds_are_only_names() {
        let far = |round| [in_round(round, "a", 1), in_round(round, "b", 2)];
        let samples = [far(u32::MAX), far(7), far(u32::MAX - 1)].concat();
        let rounds: Vec<_> =
            Measured::merge(vec![saved("a", 1, samples)]).unwrap().samples.iter().map(|s| s.round).collect();
        assert_eq!(rounds, [2, 2, 0, 0, 1, 1]);
    }

    #[test]
    fn warm_samples_stay_in_the_round_of_their_warm_up() {
        let of = |phase, round| Sample { round, ..sample("a", phase, 1) };
        let shard = || vec![of(Phase::WarmUp, 0), of(Phase::Warm, 0), of(Phase::Cold, 0)];
        let mut other = shard();
        other[0].done_ns += 1;
        let merged = Measured::merge(vec![saved("a", 1, shard()), saved("b", 2, other)]).unwrap();
        assert_eq!(merged.samples.iter().map(|s| s.round).collect::<Vec<_>>(), [0, 0, 0, 1, 1, 1]);
    }
}
