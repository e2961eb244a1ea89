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

    fn of<'a>(self, row: &'a Row, measured: &'a Measured) -> &'a [Observation] {
        match self {
            Self::Once => measured.of(Figure::Once(Caches::Warm)),
            Self::Start => measured.of(Figure::Start(Caches::Warm)),
            Self::Warm => row.phase(Phase::Warm).map_or(&[], |phase| &phase.observed_us),
        }
    }
}

/// Of rows, which form of the program each holds, and what was measured of it, in the same order.
pub(super) fn of(rows: &[Row], held: &[Option<Form>], series: &[&Measured], seed: u64) -> Vec<SameFile> {
    let mut found: Vec<(What, usize, usize, Ratio)> = Vec::new();
    for what in What::ALL {
        let observed = |index: usize| what.of(&rows[index], series[index]);
        for candidate in (0..rows.len()).filter(|index| held[*index].is_some()) {
            let is_plainer = |index: &usize| {
                held[*index] == held[candidate]
                    && !rows[*index].kind.container
                    && !observed(*index).is_empty()
            };
            let Some(baseline) = (0..rows.len()).find(is_plainer).filter(|index| *index != candidate) else {
                continue;
            };
            let ratio = stats::median_ratio(observed(baseline), observed(candidate), seed);
            found.extend(ratio.map(|ratio| (what, baseline, candidate, ratio)));
        }
    }
    let corrected = stats::holm(&found.iter().map(|(.., ratio)| ratio.p_value).collect::<Vec<_>>());
    let told = |((what, baseline, candidate, ratio), p_value): ((What, usize, usize, Ratio), f64)| SameFile {
        what,
        baseline: rows[baseline].name.clone(),
        candidate: rows[candidate].name.clone(),
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
