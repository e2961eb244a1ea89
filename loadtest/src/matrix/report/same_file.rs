//! The same file, run in several ways: how many times as long one takes as the plainest.

use serde::{Deserialize, Serialize};

use super::row::Row;
use crate::local::artefact::Form;
use crate::matrix::measured::{Figure, Measured};
use crate::matrix::packaging::Caches;
use crate::report::outline::{Table, WITHHELD};
use crate::report::ratio;
use crate::sample::Phase;
use crate::stats::{self, Observation, Ratio};

/// Two packagings of the same file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SameFile {
    /// What takes so long.
    pub what: What,
    /// The first one without a container.
    pub baseline: String,
    /// The other.
    pub candidate: String,
    /// The candidate's median ÷ the baseline's, over the rounds that both have.
    pub ratio_p50: f64,
    /// Its 95 % interval.
    pub ci95: [f64; 2],
    /// Of the ratio, corrected over all of these (Holm).
    pub p_value: f64,
}

/// What is compared, each with warm caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// `MODE=once`, from its spawn to its end.
    Once,
    /// From the spawn of what serves to its first correct answer.
    Start,
    /// A request on a kept connection.
    Warm,
}

impl What {
    const ALL: [Self; 3] = [Self::Once, Self::Start, Self::Warm];
}

/// A packaging, as far as it is compared.
pub(super) struct Run<'a> {
    name: &'a str,
    holds: Option<Form>,
    container: bool,
    /// In the order of [`What::ALL`].
    observed: [&'a [Observation]; 3],
}

impl<'a> Run<'a> {
    /// Of what was found of it.
    pub(super) fn of(row: &'a Row, holds: Option<Form>, measured: &'a Measured) -> Self {
        let warm = row.phase(Phase::Warm).map_or(&[][..], |phase| &phase.observed_us);
        let [once, start] = [Figure::Once(Caches::Warm), Figure::Start(Caches::Warm)];
        let observed = [measured.of(once), measured.of(start), warm];
        Self { name: &row.name, holds, container: row.kind.container, observed }
    }
}

/// Compares each with the first of the same file that is no container.
pub(super) fn of(runs: &[Run], seed: u64) -> Vec<SameFile> {
    let mut found: Vec<(What, &str, &str, Ratio)> = Vec::new();
    for (index, what) in What::ALL.into_iter().enumerate() {
        for candidate in runs.iter().filter(|run| run.holds.is_some()) {
            let is_plainer = |run: &&Run| {
                run.holds == candidate.holds && !run.container && !run.observed[index].is_empty()
            };
            let baseline = runs.iter().find(is_plainer).filter(|run| run.name != candidate.name);
            let Some(baseline) = baseline else { continue };
            let ratio = stats::median_ratio(baseline.observed[index], candidate.observed[index], seed);
            found.extend(ratio.map(|ratio| (what, baseline.name, candidate.name, ratio)));
        }
    }
    let corrected = stats::holm(&found.iter().map(|(.., ratio)| ratio.p_value).collect::<Vec<_>>());
    let told = |((what, baseline, candidate, ratio), p_value): ((What, &str, &str, Ratio), f64)| SameFile {
        what,
        baseline: baseline.to_owned(),
        candidate: candidate.to_owned(),
        ratio_p50: ratio.ratio,
        ci95: ratio.interval,
        p_value,
    };
    found.into_iter().zip(corrected).map(told).collect()
}

/// A row for each pair.
pub(super) fn table(all: &[SameFile]) -> Table {
    let mut pairs: Vec<[&str; 2]> = Vec::new();
    for same in all {
        let pair = [same.candidate.as_str(), same.baseline.as_str()];
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let cell = |pair: &[&str; 2], what| {
        let is_meant = |same: &&SameFile| same.what == what && [&same.candidate, &same.baseline] == *pair;
        all.iter().find(is_meant).map_or(WITHHELD.into(), |same| {
            let ratio::Digits { ratio, low, high } = ratio::digits(same.ratio_p50, same.ci95);
            format!("{ratio} ({low}–{high})")
        })
    };
    let row = |pair: &[&str; 2]| {
        let names = pair.map(str::to_owned).into_iter();
        names.chain(What::ALL.map(|what| cell(pair, what))).collect()
    };
    Table {
        title: "The same file, run in two ways: times as long (95% CI)".into(),
        header: ["", "÷", "MODE=once", "start", "warm"].map(str::to_owned).to_vec(),
        rows: pairs.iter().map(row).collect(),
        details: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(center: f64) -> Vec<Observation> {
        (0..20).map(|round| Observation { value: center + f64::from(round * 7 % 20), round }).collect()
    }

    fn run<'a>(name: &'a str, holds: Form, container: bool, once: &'a [Observation]) -> Run<'a> {
        Run { name, holds: Some(holds), container, observed: [once, &[], &[]] }
    }

    #[test]
    fn each_is_compared_with_the_plainest_of_its_own_file() {
        let (quick, slow) = (around(1000.0), around(3000.0));
        let runs = [
            run("docker", Form::Native, true, &slow),
            run("ctr wasm", Form::Module, true, &slow),
            run("native", Form::Native, false, &quick),
            run("wasmtime run", Form::Module, false, &quick),
            Run { name: "a cloud", holds: None, container: false, observed: [&quick, &quick, &quick] },
        ];
        let all = of(&runs, 1);
        let pairs: Vec<_> =
            all.iter().map(|same| (same.candidate.as_str(), same.baseline.as_str())).collect();
        assert_eq!(pairs, [("docker", "native"), ("ctr wasm", "wasmtime run")]);
        for same in &all {
            assert!((same.ratio_p50 - 3.0).abs() < 0.05 && same.p_value <= 0.05, "{same:?}");
            assert!(same.ci95[0] <= same.ratio_p50 && same.ratio_p50 <= same.ci95[1], "{same:?}");
        }
        let table = table(&all);
        assert!(table.rows[0][2].starts_with("2.9") && table.rows[0][3] == WITHHELD, "{:?}", table.rows);
    }

    #[test]
    fn a_container_alone_has_nothing_to_be_compared_with() {
        let times = around(1000.0);
        assert!(of(&[run("docker", Form::Native, true, &times)], 1).is_empty());
        let few = &times[..19];
        let runs = [run("native", Form::Native, false, few), run("docker", Form::Native, true, few)];
        assert!(of(&runs, 1).is_empty());
    }
}
