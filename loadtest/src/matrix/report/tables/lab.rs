//! Table 4.1 as the lab has it.

mod pairs;

use super::words::{bytes, header, percent, time};
use crate::matrix::report::MatrixReport;
use crate::matrix::report::answers::runtime_beside;
use crate::matrix::report::figures::Cell;
use crate::matrix::report::lab::{Improvement, LabRow, Metric};
use crate::matrix::report::rounds::Rounds;
use crate::matrix::report::row::Row;
use crate::report::outline::{NO_INTERVAL, Table, WITHHELD, marked};
use crate::report::ratio::Digits;
use pairs::Pairs;

/// Whoever divides the two figures in a row may come to another one.
const FORMULAS: &str = "Improvement is traditional ÷ Wasm of times, and (traditional − Wasm) ÷ traditional of sizes and memory. \
                        Of what is measured, it is taken from the rounds that both have, without what falls on a whole round: \
                        it need not be exactly that of the two medians.";

/// Table 4.1, and the answers under it.
pub fn table(report: &MatrixReport, wide: bool) -> Table {
    let title = match report.lab.containers {
        true => "Table 4.1: traditional container and Wasm container",
        false => "Table 4.1: traditional and Wasm, neither in a container",
    };
    let mut header = header(["Metric", "Traditional", "Wasm", "Improvement"]);
    let lab_rows = report.lab.rows.iter().map(|of| row(of, &report.rows));
    let mut rows: Vec<_> = lab_rows.chain(texts(report)).collect();
    let mut details = report.answers.clone();
    details.push(FORMULAS.into());
    if rows.iter().flatten().any(|cell| cell.ends_with(NO_INTERVAL)) {
        let too_few = report.rounds().too_few();
        details.push(format!("{NO_INTERVAL}: no 95 % interval, and no difference is shown: {too_few}."));
    }
    if wide {
        header.push("Notes".into());
        let rounds = report.rounds();
        let notes =
            report.lab.rows.iter().map(|row| note(row, &report.rows, &rounds)).chain(text_notes(report));
        rows.iter_mut().zip(notes).for_each(|(row, note)| row.push(note));
    } else {
        let pairs = Pairs::of(report);
        if pairs.differ() {
            header.push("of".into());
            rows.iter_mut().zip(pairs.letters()).for_each(|(row, letter)| row.push(letter));
        }
        details.splice(0..0, pairs.told());
    }
    Table { title: title.into(), header, rows, details }
}

/// Which packagings a row compares, and how sure it is.
fn note(row: &LabRow, rows: &[Row], rounds: &Rounds) -> String {
    let interval = |improvement: &Improvement| {
        let ([low, high], Digits { low: least, high: most, .. }) = (improvement.ci95?, improvement.digits());
        Some(match row.metric.is_factor() {
            true => format!("95 % CI {least}× to {most}×"),
            false => format!("95 % CI {} to {}", percent(low), percent(high)),
        })
    };
    let no_interval = || if row.metric.is_exact() { "exact".into() } else { rounds.too_few() };
    let known = row.improvement.value().map(|improvement| interval(improvement).unwrap_or_else(no_interval));
    let client = (row.same_client == Some(false) && row.improvement.value().is_some())
        .then(|| "started by different commands".to_owned());
    let why = row.improvement.withheld().map(str::to_owned);
    pair(row)
        .into_iter()
        .chain(known)
        .chain(row.improvement.value().and_then(|_| runtime_beside(row, rows)))
        .chain(client)
        .chain(why)
        .collect::<Vec<_>>()
        .join("; ")
}

fn pair(row: &LabRow) -> Option<String> {
    Some(format!("{} and {}", row.traditional.as_ref()?, row.wasm.as_ref()?))
}

fn named(row: &LabRow) -> &'static str {
    match row.metric {
        Metric::ArtefactSize => "Program size",
        Metric::ImageSize => "Image size",
        Metric::ImageUnpacked => "Image, unpacked",
        Metric::Once if row.same_client == Some(true) => "MODE=once, same client",
        Metric::Once => "MODE=once",
        Metric::Start if row.same_client == Some(true) => "Start, same client",
        Metric::Start => "Start to first answer",
        Metric::MemoryIdle => "Memory idle (PSS)",
        Metric::MemoryLoaded => "Memory after load",
    }
}

fn row(row: &LabRow, rows: &[Row]) -> Vec<String> {
    let unit = |value: f64| if row.metric.is_factor() { time(value) } else { bytes(value) };
    let value = |cell: &Cell<f64>, name: &Option<String>| {
        let Some(value) = cell.value() else { return WITHHELD.into() };
        let found = rows.iter().find(|row| Some(&row.name) == name.as_ref());
        match found.and_then(|found| row.metric.spread(found)) {
            Some(spread) => marked(&spread.distribution, unit(*value)),
            None => unit(*value),
        }
    };
    vec![
        named(row).into(),
        value(&row.traditional_value, &row.traditional),
        value(&row.wasm_value, &row.wasm),
        row.improvement.value().map_or(WITHHELD.into(), |improvement| improved(row.metric, improvement)),
    ]
}

fn improved(metric: Metric, improvement: &Improvement) -> String {
    let Improvement { value, ci95, includes_none, .. } = *improvement;
    let (told, worse) = match metric.is_factor() {
        true => (format!("{}×", improvement.digits().ratio), (value < 1.0).then_some("slower")),
        false => (percent(value), (value < 0.0).then_some("more")),
    };
    match worse {
        _ if ci95.is_none() && !metric.is_exact() => format!("{told}{NO_INTERVAL}"),
        _ if includes_none => format!("none shown ({told})"),
        Some(worse) => format!("{told} ({worse})"),
        None => told,
    }
}

/// What is no number.
fn texts(report: &MatrixReport) -> impl Iterator<Item = Vec<String>> {
    let base = |row: Option<&Row>| {
        row.and_then(|row| row.base_image.value()).map_or_else(|| WITHHELD.into(), Clone::clone)
    };
    let server = |row: Option<&Row>| match row.and_then(|row| row.server.value()) {
        Some(true) => "yes".into(),
        Some(false) => "no".into(),
        None => WITHHELD.into(),
    };
    let [[a, b], [c, d]] = TEXTS.map(|metric| packagings(report, metric));
    [
        vec!["Base image".into(), base(a), base(b), String::new()],
        vec!["Server mode".into(), server(c), server(d), String::new()],
    ]
    .into_iter()
}

/// Those two packagings are told of that this metric compares.
const TEXTS: [Metric; 2] = [Metric::ImageSize, Metric::Start];

fn text_notes(report: &MatrixReport) -> impl Iterator<Item = String> {
    text_pairs(report).map(Option::unwrap_or_default)
}

fn text_pairs(report: &MatrixReport) -> impl Iterator<Item = Option<String>> {
    TEXTS.map(|metric| report.lab.rows.iter().find(|row| row.metric == metric).and_then(pair)).into_iter()
}

fn packagings(report: &MatrixReport, metric: Metric) -> [Option<&Row>; 2] {
    let compared = report.lab.rows.iter().find(|row| row.metric == metric);
    let named = |name: Option<&String>| report.rows.iter().find(|row| Some(&row.name) == name);
    [
        named(compared.and_then(|row| row.traditional.as_ref())),
        named(compared.and_then(|row| row.wasm.as_ref())),
    ]
}

#[cfg(test)]
mod tests;
