//! Requests one after the other.

use super::words::{interval, withheld};
use crate::matrix::report::row::Row;
use crate::report::failed;
use crate::report::outline::{Column, Table, Unit};
use crate::report::{Contradicting, Distribution, PhaseReport};
use crate::sample::Phase;

/// A row for each that was asked in that phase.
pub fn table(title: &str, rows: &[&Row], phase: Phase) -> Table {
    let known: Vec<&Row> = rows.iter().copied().filter(|row| row.phase(phase).is_some()).collect();
    let times = || known.iter().filter_map(|row| row.phase(phase)).map(latency);
    let unit = Unit::for_wide(times().filter_map(|times| Some([times.typical()?; 2])));
    let median = Column::new("p50", unit, times().filter_map(|times| times.p50));
    let tail = Column::new("p99", unit, times().filter_map(|times| times.p99));
    let header = [
        String::new(),
        "ok".into(),
        median.header(),
        median.named("95% CI of p50"),
        tail.header(),
        tail.named("95% CI of p99"),
    ];
    let doubt = |row: &&Row| {
        let report = row.phase(phase)?;
        let mut told: Vec<String> = failed::by_kind(report).collect();
        match &report.contradicting {
            Some(_) if report.counted == 0 => {
                told.push(
                    "one instance stays and answers all: of its requests only the connection is new".into(),
                );
            }
            Some(apart) => {
                told.push(format!("{} were told apart, which the evidence speaks against", apart.samples))
            }
            None => {}
        }
        (!told.is_empty()).then(|| format!("{}: {}", row.name, told.join("; ")))
    };
    let row = |row: &&Row| {
        let Some(report) = row.phase(phase) else { return Vec::new() };
        let latency = latency(report);
        let counted = stays(report).map_or(report.counted, |stays| stays.samples);
        let ok = match counted == report.samples {
            true => counted.to_string(),
            false => format!("{counted}/{}", report.samples),
        };
        vec![
            row.name.clone(),
            ok,
            median.cell(latency.p50),
            interval(latency.ci95.p50, |us| median.cell(Some(us))),
            tail.cell(latency.p99),
            interval(latency.ci95.p99, |us| tail.cell(Some(us))),
        ]
    };
    Table {
        title: format!("{title}{}", unit.told()),
        header: header.into(),
        rows: known.iter().map(row).collect(),
        details: known
            .iter()
            .filter_map(doubt)
            .chain(withheld(rows, |row| row.no_requests.as_deref()))
            .collect(),
    }
}

/// Of a process that stays, every request meets an instance in use: a new connection is all that is cold.
fn stays(report: &PhaseReport) -> Option<&Contradicting> {
    report.contradicting.as_ref().filter(|_| report.counted == 0)
}

fn latency(report: &PhaseReport) -> &Distribution {
    stays(report).map_or(&report.latency_us, |stays| &stays.latency_us)
}
