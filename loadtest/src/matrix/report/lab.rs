//! The lab's table 4.1: metric, traditional, Wasm, improvement.

use serde::{Deserialize, Serialize};

use super::figures::{Cell, NOT_REACHED, Spread};
use super::rounds::Rounds;
use super::row::{MemoryReport, Row};
use crate::matrix::measured::{Figure, Measured, When};
use crate::matrix::packaging::{Caches, Code};
use crate::report::ratio;
use crate::stats::{self, Observation, SIGNIFICANT};

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
    /// Its 95 % interval; `null` of what is exact, and of too few rounds to compare.
    pub ci95: Option<[f64; 2]>,
    /// Of the ratio of medians, corrected over the table (Holm); `null` where there is no interval, and in older files.
    #[serde(default)]
    pub p_value: Option<f64>,
    /// Whether none is shown: the interval includes that there is none, the p-value is above 0.05, or there is neither.
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

    /// Whether its figures are exact, and not medians of rounds.
    pub fn is_exact(self) -> bool {
        self.figure().is_none()
    }

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

    /// Whether there is anything of it.
    fn is_measured(self, row: &Row) -> bool {
        self.spread(row).is_some() || self.is_exact() && self.value(row, "").value().is_some()
    }

    /// What was measured of it in rounds.
    pub fn spread(self, row: &Row) -> Option<&Spread> {
        match self {
            Self::ArtefactSize | Self::ImageSize | Self::ImageUnpacked => None,
            Self::Once => row.once_us.value(),
            Self::Start => row.start_us.value(),
            Self::MemoryIdle => row.memory_idle.value().map(|memory| &memory.pss_bytes),
            Self::MemoryLoaded => row.memory_loaded.value().map(|memory| &memory.pss_bytes),
        }
    }

    fn value(self, row: &Row, no_median: &str) -> Cell<f64> {
        let exact = |bytes: &Cell<u64>| bytes.map(|bytes| *bytes as f64);
        let median = |cell: &Cell<Spread>| median(cell, no_median);
        let memory = |memory: &Cell<MemoryReport>| median(&memory.map(|memory| memory.pss_bytes.clone()));
        match self {
            Self::ArtefactSize => exact(&row.artefact_bytes),
            Self::ImageSize => exact(&row.image_compressed_bytes),
            Self::ImageUnpacked => exact(&row.image_unpacked_bytes),
            Self::Once => median(&row.once_us),
            Self::Start => median(&row.start_us),
            Self::MemoryIdle => memory(&row.memory_idle),
            Self::MemoryLoaded => memory(&row.memory_loaded),
        }
    }
}

/// Of rounds; where they are too few, why there is none.
fn median(cell: &Cell<Spread>, no_median: &str) -> Cell<f64> {
    match cell {
        Cell::Value(spread) => spread.distribution.p50.ok_or_else(|| no_median.to_owned()).into(),
        Cell::Withheld(why) => Cell::Withheld(why.clone()),
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
        correct(&mut table);
        Self { rows: table, containers }
    }
}

/// Corrects the p-values for being several, and with them whether an improvement is shown.
fn correct(table: &mut [LabRow]) {
    let improvements = table.iter_mut().filter_map(|row| match &mut row.improvement {
        Cell::Value(improvement) if improvement.p_value.is_some() => Some(improvement),
        _ => None,
    });
    let improvements: Vec<&mut Improvement> = improvements.collect();
    let p_values: Vec<f64> = improvements.iter().filter_map(|improvement| improvement.p_value).collect();
    for (improvement, p_value) in improvements.into_iter().zip(stats::holm(&p_values)) {
        improvement.p_value = Some(p_value);
        improvement.includes_none |= p_value > SIGNIFICANT;
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
        Some(index) => metric.value(&rows[index], &rounds.no_median()),
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
    let no_median = rounds.no_median();
    let lasting = reasons().find(|why| ![no_median.as_str(), NOT_REACHED].contains(why));
    lasting.or_else(|| reasons().next()).unwrap_or("there is nothing to compare").to_owned()
}

/// Of sizes, which have no chance in them.
fn exact(traditional: f64, wasm: f64) -> Cell<Improvement> {
    if traditional == 0.0 {
        return Cell::Withheld("nothing is no measure for the other".into());
    }
    let includes_none = traditional == wasm;
    Cell::Value(Improvement {
        value: reduction(wasm / traditional),
        ci95: None,
        p_value: None,
        includes_none,
    })
}

/// Of medians, over the rounds that both have; the p-value is not corrected yet. Of too few rounds to compare, the ratio alone.
fn estimated(
    metric: Metric,
    traditional: &[Observation],
    wasm: &[Observation],
    found: &Found,
) -> Cell<Improvement> {
    let (baseline, candidate) = if metric.is_factor() { (wasm, traditional) } else { (traditional, wasm) };
    let told = |ratio: f64| if metric.is_factor() { ratio } else { reduction(ratio) };
    let Some(ratio) = stats::median_ratio(baseline, candidate, found.seed) else {
        let alone = stats::ratio_of_medians(baseline, candidate).map(told);
        return alone
            .map(|value| Improvement { value, ci95: None, p_value: None, includes_none: true })
            .ok_or_else(|| "no round has figures of both".to_owned())
            .into();
    };
    let ci95 = match ratio.interval.map(told) {
        [low, high] if metric.is_factor() => [low, high],
        [most, least] => [least, most],
    };
    Cell::Value(Improvement {
        value: told(ratio.ratio),
        ci95: Some(ci95),
        p_value: Some(ratio.p_value),
        includes_none: !ratio.is_a_difference(ratio.p_value),
    })
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
        let [few, never] = [FEW.no_median(), "it is no command here".into()].map(Cell::<f64>::Withheld);
        for pair in [[&few, &never], [&never, &few]] {
            assert_eq!(why_none(pair, &FEW), "it is no command here");
        }
        assert_eq!(why_none([&few, &few], &FEW), FEW.no_median());
        assert_eq!(why_none([&Cell::Value(1.0), &few], &FEW), FEW.no_median());
    }

    #[test]
    fn six_rounds_have_an_improvement_without_an_interval() {
        let few = |center| around(center)[..6].to_vec();
        let cell = estimated(Metric::Once, &few(3000.0), &few(1000.0), &NOTHING);
        let Improvement { value, ci95, p_value, includes_none } = *cell.value().unwrap();
        assert!((value - 3.0).abs() < 0.05 && includes_none, "{cell:?}");
        assert_eq!((ci95, p_value), (None, None));
        let smaller = estimated(Metric::MemoryIdle, &few(4000.0), &few(1000.0), &NOTHING);
        assert!((smaller.value().unwrap().value - 75.0).abs() < 1.0, "{smaller:?}");
        assert!(estimated(Metric::Once, &[], &few(1000.0), &NOTHING).withheld().is_some());
    }

    #[test]
    fn p_values_are_corrected_for_their_number() {
        let rows = |p_values: &[f64]| -> Vec<LabRow> {
            let row = |p_value: &f64| LabRow {
                metric: Metric::Once,
                traditional: None,
                traditional_value: Cell::Value(1.0),
                wasm: None,
                wasm_value: Cell::Value(1.0),
                improvement: Cell::Value(Improvement {
                    value: 1.1,
                    ci95: Some([1.01, 1.2]),
                    p_value: Some(*p_value),
                    includes_none: false,
                }),
                same_client: None,
            };
            p_values.iter().map(row).collect()
        };
        let shown = |p_values: &[f64]| -> Vec<bool> {
            let mut rows = rows(p_values);
            correct(&mut rows);
            rows.iter().map(|row| !row.improvement.value().unwrap().includes_none).collect()
        };
        assert_eq!(shown(&[0.03]), [true]);
        assert_eq!(shown(&[0.03, 0.04, 0.5]), [false; 3]);
        assert_eq!(shown(&[0.03, 0.001, 0.2]), [false, true, false]);
    }
}
