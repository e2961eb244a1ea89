//! The report as bars: sizes, memory, start-ups.

use super::MatrixReport;
use super::figures::{Cell, Spread};
use super::parts::{NAMES, ORDER, PartReport, named};
use super::rounds::Rounds;
use super::row::{MemoryReport, Row};
use crate::args::PlotKind;
use crate::matrix::packaging::Code;
use crate::report::Distribution;
use crate::report::picture::Figure;
use crate::report::picture::bars::{self, Chart, Lengths, Unit};

/// Charts that are read together.
pub struct Theme {
    /// What they are of.
    pub kind: PlotKind,
    /// Those in which there is something to draw.
    pub figures: Vec<Figure>,
}

impl Theme {
    /// Distinct within a report.
    pub fn id(&self) -> String {
        format!("{:?}", self.kind).to_lowercase()
    }
}

/// What is drawn, of what could be measured.
pub fn of(report: &MatrixReport) -> Vec<Theme> {
    let rounds = report.rounds();
    let rows = report.rows.iter().enumerate();
    let rows: Vec<Numbered> = rows.filter(|(_, row)| row.missing.is_none() && row.failed.is_none()).collect();
    let theme = |kind, charts: Vec<Chart>| {
        let figures: Vec<Figure> = charts.into_iter().filter_map(bars::figure).collect();
        (!figures.is_empty()).then_some(Theme { kind, figures })
    };
    let themes = [
        theme(PlotKind::Sizes, sizes(&rows)),
        theme(PlotKind::Start, vec![once(&rows, rounds), start(&rows, rounds)]),
        theme(PlotKind::Parts, vec![parts(&rows, rounds)]),
        theme(PlotKind::Memory, memory(&rows, rounds)),
    ];
    themes.into_iter().flatten().collect()
}

type Numbered<'a> = (usize, &'a Row);

fn drawn<'a>(
    rows: &[Numbered<'a>],
    lengths: impl Fn(&'a Row) -> Result<Lengths, String>,
) -> Vec<bars::Row<'a>> {
    rows.iter()
        .map(|(number, row)| bars::Row { number: *number, name: &row.name, lengths: lengths(row) })
        .collect()
}

fn known<T>(cell: &Cell<T>) -> Result<&T, String> {
    match cell {
        Cell::Value(value) => Ok(value),
        Cell::Withheld(why) => Err(why.clone()),
    }
}

fn sizes<'a>(rows: &[Numbered<'a>]) -> Vec<Chart<'a>> {
    let needs_runtime =
        rows.iter().any(|(_, row)| row.kind.code == Code::Wasm && row.runtime_bytes.value() != Some(&0));
    let without_runtime =
        needs_runtime.then_some("The runtime that Wasm needs beside it is not in the bars.");
    let chart = |id, title, of: fn(&Row) -> &Cell<u64>| Chart {
        id,
        title,
        axis: "bytes: 1 kB is 1000",
        unit: Unit::Bytes,
        parts: &["bytes"],
        whole: None,
        caption: std::iter::once("Exact: the bytes of the files, which have no interval.")
            .chain(without_runtime)
            .map(str::to_owned)
            .collect(),
        rows: drawn(rows, |row| {
            known(of(row)).map(|bytes| Lengths { parts: vec![Some(*bytes as f64)], ..Lengths::default() })
        }),
        reach: 0.0,
    };
    vec![
        chart("sizes-program", "The program's own file", |row| &row.artefact_bytes),
        chart("sizes-image", "Image, as it is stored and sent", |row| &row.image_compressed_bytes),
        chart("sizes-unpacked", "Image, unpacked", |row| &row.image_unpacked_bytes),
    ]
}

fn once<'a>(rows: &[Numbered<'a>], rounds: Rounds) -> Chart<'a> {
    times("start-once", "MODE=once, from the spawn of the command to its end", rows, rounds, |row| {
        &row.once_us
    })
}

fn start<'a>(rows: &[Numbered<'a>], rounds: Rounds) -> Chart<'a> {
    times("start-serving", "From the spawn of what serves to its first answer", rows, rounds, |row| {
        &row.start_us
    })
}

fn times<'a>(
    id: &'static str,
    title: &'static str,
    rows: &[Numbered<'a>],
    rounds: Rounds,
    of: fn(&Row) -> &Cell<Spread>,
) -> Chart<'a> {
    Chart {
        id,
        title,
        axis: "median",
        unit: Unit::Time,
        parts: &["p50"],
        whole: None,
        caption: vec![
            "Medians over rounds, with caches warm; the line with two ends is the 95 % interval, which needs 6 rounds.".into(),
        ],
        rows: drawn(rows, |row| {
            let distribution = &known(of(row))?.distribution;
            let p50 = distribution.p50.ok_or_else(|| rounds.no_median())?;
            Ok(Lengths { parts: vec![Some(p50)], ci95: distribution.ci95.p50, ..Lengths::default() })
        }),
        reach: 0.0,
    }
}

fn parts<'a>(rows: &[Numbered<'a>], rounds: Rounds) -> Chart<'a> {
    let lengths = |row: &Row| {
        let once = known(&row.once_us)?;
        let of = |part| {
            let found = row.parts.iter().find(|report| report.part == part)?;
            // As in the table: what may be nothing has no length.
            found.shown().or(found.difference_us.distribution.p50.filter(|_| found.is_less()))
        };
        if row.parts.iter().all(|report| report.difference_us.distribution.p50.is_none()) {
            return Err(rounds.no_median());
        }
        let parts: Vec<_> = ORDER.map(of).into();
        let Distribution { p50: whole, ci95, .. } = &once.distribution;
        Ok(Lengths { parts, whole: *whole, ci95: ci95.p50, ..Lengths::default() })
    };
    Chart {
        id: "parts-once",
        title: "MODE=once, part by part",
        axis: "medians of how much longer it takes with that part",
        unit: Unit::Time,
        parts: &NAMES,
        whole: Some("MODE=once"),
        caption: vec![
            "Each part is the median of what a command with it takes longer than the one without it, in the same round. \
             Medians add up only roughly, so the upright line is MODE=once as it was measured, with its 95 % interval."
                .into(),
            "Compiling is what a start without the cache takes more, and comes after that line.".into(),
        ]
        .into_iter()
        .chain(not_drawn(rows))
        .collect(),
        rows: drawn(rows, lengths),
        reach: 0.0,
    }
}

/// Which parts have no length, and why.
fn not_drawn(rows: &[Numbered]) -> impl Iterator<Item = String> {
    let those = |is_meant: fn(&PartReport) -> bool| -> Option<String> {
        let of = |(_, row): &Numbered| -> Vec<String> {
            let meant = row.parts.iter().filter(|report| is_meant(report));
            meant.map(|report| format!("{} of {}", named(report.part), row.name)).collect()
        };
        let names: Vec<_> = rows.iter().flat_map(of).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let is_lost = |part: &PartReport| {
        part.difference_us.distribution.p50.is_some() && part.shown().is_none() && !part.is_less()
    };
    let lost = those(is_lost).map(|names| {
        format!(
            "Not drawn, since the 95 % interval holds nought: {names}. That is lost in what rounds differ by."
        )
    });
    let less = those(PartReport::is_less).map(|names| {
        format!(
            "Told in words and not drawn, since the whole 95 % interval lies below nought: {names}. The command with it takes \
             less time than the one without."
        )
    });
    lost.into_iter().chain(less)
}

fn memory<'a>(rows: &[Numbered<'a>], rounds: Rounds) -> Vec<Chart<'a>> {
    let most = |of: fn(&Row) -> &Cell<MemoryReport>| {
        let reports = rows.iter().filter_map(move |(_, row)| of(row).value());
        reports.filter_map(|report| {
            let high = report.pss_bytes.distribution.ci95.p50.map_or(0.0, |[_, high]| high);
            Some(high.max(report.pss_bytes.distribution.p50?))
        })
    };
    let [idle, loaded]: [fn(&Row) -> &Cell<MemoryReport>; 2] =
        [|row| &row.memory_idle, |row| &row.memory_loaded];
    let has_median = |of: fn(&Row) -> &Cell<MemoryReport>| {
        let reports = || rows.iter().filter_map(|(_, row)| of(row).value());
        reports().any(|report| report.pss_bytes.distribution.p50.is_some())
    };
    let reach = most(idle).chain(most(loaded)).fold(0.0, f64::max);
    let chart = |id, title, of: fn(&Row) -> &Cell<MemoryReport>| {
        Chart {
        id,
        title,
        axis: "PSS: of each page its share; 1 MB is 1,000,000 bytes",
        unit: Unit::Bytes,
        parts: &["its own", "executable", "other files"],
        whole: Some("median"),
        caption: vec![
            "Bars are the round in the middle. Its own: heap, stacks, Wasm's memory, compiled code. Executable: pages of \
             the executables of all processes that serve: of Wasm the runtime's, which a second process of the same runtime \
             shares, of a container its shim's too. Other files: libraries and what else is mapped."
                .into(),
        ]
        .into_iter()
        .chain(has_median(of).then(|| "The upright line is the median over rounds, with its 95 % interval.".into()))
        .collect(),
        rows: drawn(rows, |row| known(of(row)).map(|report| consists(report, &rounds))),
        reach,
    }
    };
    vec![
        chart("memory-idle", "Memory, idle after the first answer", idle),
        chart("memory-loaded", "Memory after a load", loaded),
    ]
}

fn consists(report: &MemoryReport, rounds: &Rounds) -> Lengths {
    let seen = report.consists_of;
    let rest = seen.pss.saturating_sub(seen.anonymous_pss.saturating_add(seen.executable_pss));
    let median = &report.pss_bytes.distribution;
    Lengths {
        parts: [seen.anonymous_pss, seen.executable_pss, rest].map(|bytes| Some(bytes as f64)).into(),
        whole: median.p50,
        no_whole: median.p50.is_none().then(|| format!("no median: {}", rounds.no_median())),
        ci95: median.ci95.p50,
    }
}
