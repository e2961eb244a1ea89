//! The lab's table 4.1: metric, traditional, Wasm, improvement.

use serde::{Deserialize, Serialize};

use super::figures::{Cell, NOT_REACHED};
use super::rounds::Rounds;
use super::row::Row;
use crate::matrix::measured::{Figure, Measured, When};
use crate::matrix::packaging::{Caches, Code};
use crate::report::ratio;
use crate::stats::{self, Observation};

/// The lab's table 4.1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lab {
    /// In the lab's order.
    pub rows: Vec<LabRow>,
    /// Whether both columns are containers throughout; else they are the nearest packagings there are.
    pub containers: bool,
}

/// A metric of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabRow {
    /// Which.
    pub metric: Metric,
    /// The name of the traditional packaging.
    pub traditional: Option<String>,
    /// Its figure, in the metric's unit; or why there is none.
    pub traditional_value: Cell<f64>,
    /// The name of the Wasm packaging.
    pub wasm: Option<String>,
    /// Its figure.
    pub wasm_value: Cell<f64>,
    /// By the lab's formula, or why it is not told.
    pub improvement: Cell<Improvement>,
    /// Whether both are called by the same command, so that the difference is not one of clients; `null` for what has
    /// nothing to do with it.
    pub same_client: Option<bool>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// In bytes.
    ArtefactSize,
    /// In bytes, compressed.
    ImageSize,
    /// In bytes, unpacked.
    ImageUnpacked,
    /// `MODE=once`, in microseconds, median.
    Once,
    /// From the spawn of what serves to its first correct answer, in microseconds, median.
    Start,
    /// PSS after the first answer, in bytes, median.
    MemoryIdle,
    /// PSS after a load, in bytes, median.
    MemoryLoaded,
}

/// How much better Wasm is, by the lab's formulas.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Improvement {
    /// (traditional − Wasm) ÷ traditional × 100 of sizes and memory; traditional ÷ Wasm of times.
    pub value: f64,
    /// Its 95 % interval; `null` of what is exact.
    pub ci95: Option<[f64; 2]>,
    /// Whether the interval includes that there is none: then none is shown.
    pub includes_none: bool,
}

impl Improvement {
    /// As a factor, in digits.
    pub fn digits(&self) -> ratio::Digits {
        ratio::digits(self.value, self.ci95.unwrap_or([self.value; 2]))
    }
}

impl Metric {
    const ALL: [Self; 7] = [
        Self::ArtefactSize,
        Self::ImageSize,
        Self::ImageUnpacked,
        Self::Once,
        Self::Start,
        Self::MemoryIdle,
        Self::MemoryLoaded,
    ];

    /// Whether its improvement is a factor; else it is a reduction in per cent.
    pub fn is_factor(self) -> bool {
        matches!(self, Self::Once | Self::Start)
    }

    fn figure(self) -> Option<Figure> {
        match self {
            Self::ArtefactSize | Self::ImageSize | Self::ImageUnpacked => None,
            Self::Once => Some(Figure::Once(Caches::Warm)),
            Self::Start => Some(Figure::Start(Caches::Warm)),
            Self::MemoryIdle => Some(Figure::Memory(When::Idle)),
            Self::MemoryLoaded => Some(Figure::Memory(When::Loaded)),
        }
    }

    /// Whether there is anything of it, be it too little for a median.
    fn is_measured(self, row: &Row) -> bool {
        match self {
            Self::ArtefactSize => row.artefact_bytes.value().is_some(),
            Self::ImageSize => row.image_compressed_bytes.value().is_some(),
            Self::ImageUnpacked => row.image_unpacked_bytes.value().is_some(),
            Self::Once => row.once_us.value().is_some(),
            Self::Start => row.start_us.value().is_some(),
            Self::MemoryIdle => row.memory_idle.value().is_some(),
            Self::MemoryLoaded => row.memory_loaded.value().is_some(),
        }
    }

    fn value(self, row: &Row, rounds: &Rounds) -> Cell<f64> {
        let exact = |bytes: &Cell<u64>| bytes.map(|bytes| *bytes as f64);
        let median = |p50: Option<f64>| p50.map_or_else(|| Cell::Withheld(rounds.too_few()), Cell::Value);
        let of = |p50: Cell<Option<f64>>| match p50 {
            Cell::Value(p50) => median(p50),
            Cell::Withheld(why) => Cell::Withheld(why),
        };
        match self {
            Self::ArtefactSize => exact(&row.artefact_bytes),
            Self::ImageSize => exact(&row.image_compressed_bytes),
            Self::ImageUnpacked => exact(&row.image_unpacked_bytes),
            Self::Once => of(row.once_us.map(|spread| spread.distribution.p50)),
            Self::Start => of(row.start_us.map(|spread| spread.distribution.p50)),
            Self::MemoryIdle => of(row.memory_idle.map(|memory| memory.pss_bytes.distribution.p50)),
            Self::MemoryLoaded => of(row.memory_loaded.map(|memory| memory.pss_bytes.distribution.p50)),
        }
    }
}

/// What the table is computed from.
struct Found<'a> {
    rows: &'a [Row],
    /// In the same order.
    series: &'a [&'a Measured],
    rounds: &'a Rounds,
    seed: u64,
}

impl Lab {
    /// Of what was found, and the series behind it, in the same order.
    pub(super) fn of(rows: &[Row], series: &[&Measured], rounds: &Rounds, seed: u64) -> Self {
        let found = Found { rows, series, rounds, seed };
        let both = |container| [Code::Native, Code::Wasm].map(|code| pick(rows, code, container, |_| true));
        let containers = both(true).iter().all(Option::is_some);
        let mut table: Vec<LabRow> = Metric::ALL
            .into_iter()
            .map(|metric| {
                let fits = |row: &Row| metric.is_measured(row);
                let of = |code, container| pick(rows, code, container, fits);
                let pair = [of(Code::Native, containers), of(Code::Wasm, containers)];
                row(metric, pair, &found)
            })
            .collect();
        for metric in Metric::ALL.into_iter().filter(|metric| metric.is_factor()) {
            if let Some(alike) = same_client(metric, &found, &table) {
                let after =
                    table.iter().position(|row| row.metric == metric).map_or(table.len(), |place| place + 1);
                table.insert(after, alike);
            }
        }
        Self { rows: table, containers }
    }
}

impl Lab {
    /// Whether there are two packagings in any row.
    pub fn compares(&self) -> bool {
        self.rows.iter().any(|row| row.traditional.is_some() && row.wasm.is_some())
    }
}

/// The first row of that kind with the figure, or without it where none has it.
fn pick(rows: &[Row], code: Code, container: bool, fits: impl Fn(&Row) -> bool) -> Option<usize> {
    let is_kind =
        |row: &Row| row.kind.code == code && row.kind.container == container && row.missing.is_none();
    let found = (0..rows.len()).find(|index| is_kind(&rows[*index]) && fits(&rows[*index]));
    found.or_else(|| (0..rows.len()).find(|index| is_kind(&rows[*index])))
}

/// A start-up again, of two that are called by the same command, where the first pair is not.
fn same_client(metric: Metric, found: &Found, table: &[LabRow]) -> Option<LabRow> {
    let rows = found.rows;
    let first = table.iter().find(|row| row.metric == metric)?;
    if first.same_client != Some(false) {
        return None;
    }
    let has_figure = |index: &usize| metric.is_measured(&rows[*index]);
    let of = |code| (0..rows.len()).filter(has_figure).filter(move |index| rows[*index].kind.code == code);
    let mut pairs = of(Code::Native).flat_map(|native| of(Code::Wasm).map(move |wasm| (native, wasm)));
    let (native, wasm) = pairs.find(|(native, wasm)| are_called_alike(&rows[*native], &rows[*wasm]))?;
    Some(row(metric, [Some(native), Some(wasm)], found))
}

fn are_called_alike(a: &Row, b: &Row) -> bool {
    a.client.is_some() && a.client == b.client
}

fn row(metric: Metric, pair: [Option<usize>; 2], found: &Found) -> LabRow {
    let Found { rows, series, rounds, .. } = *found;
    let name = |index: Option<usize>| index.map(|index| rows[index].name.clone());
    // Both are there in containers, or else both are looked for outside.
    let value = |index: Option<usize>, code| match index {
        None => Cell::Withheld(format!("no {code} packaging outside a container was measured")),
        Some(index) => metric.value(&rows[index], rounds),
    };
    let [traditional, wasm] = pair;
    let (traditional_value, wasm_value) = (value(traditional, "native"), value(wasm, "Wasm"));
    let improvement = match (traditional, wasm, &traditional_value, &wasm_value) {
        (Some(a), Some(b), Cell::Value(x), Cell::Value(y)) => match metric.figure() {
            None => exact(*x, *y),
            Some(figure) => estimated(metric, series[a].of(figure), series[b].of(figure), found),
        },
        _ => Cell::Withheld(why_none([&traditional_value, &wasm_value], rounds)),
    };
    let same_client = traditional.zip(wasm).filter(|_| metric.is_factor());
    LabRow {
        metric,
        same_client: same_client.map(|(a, b)| are_called_alike(&rows[a], &rows[b])),
        traditional: name(traditional),
        wasm: name(wasm),
        traditional_value,
        wasm_value,
        improvement,
    }
}

/// Of two reasons, the one that no more rounds would mend.
fn why_none(values: [&Cell<f64>; 2], rounds: &Rounds) -> String {
    let reasons = || values.into_iter().filter_map(Cell::withheld);
    let too_few = rounds.too_few();
    let lasting = reasons().find(|why| ![too_few.as_str(), NOT_REACHED].contains(why));
    lasting.or_else(|| reasons().next()).unwrap_or("there is nothing to compare").to_owned()
}

/// Of sizes, which have no chance in them.
fn exact(traditional: f64, wasm: f64) -> Cell<Improvement> {
    if traditional == 0.0 {
        return Cell::Withheld("nothing is no measure for the other".into());
    }
    let includes_none = traditional == wasm;
    Cell::Value(Improvement { value: reduction(wasm / traditional), ci95: None, includes_none })
}

/// Of medians, over the rounds that both have.
fn estimated(
    metric: Metric,
    traditional: &[Observation],
    wasm: &[Observation],
    found: &Found,
) -> Cell<Improvement> {
    let (baseline, candidate) = if metric.is_factor() { (wasm, traditional) } else { (traditional, wasm) };
    let Some(ratio) = stats::median_ratio(baseline, candidate, found.seed) else {
        return Cell::Withheld(found.rounds.too_few());
    };
    let [low, high] = ratio.interval;
    let includes_none = !ratio.is_a_difference(ratio.p_value);
    let (value, ci95) = match metric.is_factor() {
        true => (ratio.ratio, [low, high]),
        false => (reduction(ratio.ratio), [reduction(high), reduction(low)]),
    };
    Cell::Value(Improvement { value, ci95: Some(ci95), includes_none })
}

/// In per cent, of what is left.
fn reduction(left: f64) -> f64 {
    (1.0 - left) * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: Rounds = Rounds { asked: 3, taken: Some(3), interrupted: false };
    const NOTHING: Found = Found { rows: &[], series: &[], rounds: &FEW, seed: 1 };

    fn around(center: f64) -> Vec<Observation> {
        (0..20).map(|round| Observation { value: center + f64::from(round * 7 % 20), round }).collect()
    }

    fn improvement(metric: Metric, traditional: f64, wasm: f64) -> Improvement {
        *estimated(metric, &around(traditional), &around(wasm), &NOTHING).value().unwrap()
    }

    #[test]
    fn the_formulas_are_the_labs() {
        assert_eq!(exact(4.5, 0.9).value().unwrap().value.round(), 80.0);
        let faster = improvement(Metric::Once, 3000.0, 1000.0);
        assert!((faster.value - 3.0).abs() < 0.03 && !faster.includes_none, "{faster:?}");
        let smaller = improvement(Metric::MemoryIdle, 4000.0, 1000.0);
        assert!((smaller.value - 75.0).abs() < 1.0 && !smaller.includes_none, "{smaller:?}");
    }

    #[test]
    fn what_is_worse_is_below_one_or_below_zero() {
        assert!(improvement(Metric::Once, 1000.0, 3000.0).value < 0.4);
        let more = improvement(Metric::MemoryIdle, 1000.0, 4000.0);
        let [low, high] = more.ci95.unwrap();
        assert!(more.value < -250.0 && low <= more.value && more.value <= high, "{more:?}");
    }

    #[test]
    fn an_interval_with_none_in_it_says_so() {
        let same = improvement(Metric::Once, 1000.0, 1000.0);
        assert!(same.includes_none && same.value == 1.0, "{same:?}");
        assert!(exact(5.0, 5.0).value().unwrap().includes_none);
        assert!(exact(0.0, 5.0).withheld().is_some());
    }

    #[test]
    fn of_two_reasons_the_one_is_told_that_no_more_rounds_mend() {
        let [few, never] = [FEW.too_few(), "it is no command here".into()].map(Cell::<f64>::Withheld);
        for pair in [[&few, &never], [&never, &few]] {
            assert_eq!(why_none(pair, &FEW), "it is no command here");
        }
        assert_eq!(why_none([&few, &few], &FEW), FEW.too_few());
        assert_eq!(why_none([&Cell::Value(1.0), &few], &FEW), FEW.too_few());
    }

    #[test]
    fn too_few_rounds_are_not_compared() {
        let few = &around(1000.0)[..19];
        let cell = estimated(Metric::Once, few, few, &NOTHING);
        assert!(cell.withheld().unwrap().contains("-n 20"));
    }
}
