//! Requests one after the other.

use super::words::{header, interval, withheld};
use crate::matrix::report::row::Row;
use crate::report::failed;
use crate::report::outline::{Table, Unit, WITHHELD};
use crate::report::{Contradicting, Distribution, PhaseReport};
use crate::sample::Phase;

/// A row for each that was asked in that phase.
pub fn table(title: &str, rows: &[&Row], phase: Phase) -> Table {
    let known: Vec<&Row> = rows.iter().copied().filter(|row| row.phase(phase).is_some()).collect();
    let unit = Unit::for_all(known.iter().filter_map(|row| row.phase(phase)?.latency_us.min));
    let time = |us: f64| unit.format(us);
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
        let told = |us: Option<f64>| us.map_or(WITHHELD.into(), time);
        let counted = stays(report).map_or(report.counted, |stays| stays.samples);
        let ok = match counted == report.samples {
            true => counted.to_string(),
            false => format!("{counted}/{}", report.samples),
        };
        vec![
            row.name.clone(),
            ok,
            told(latency.p50),
            interval(latency.ci95.p50, time),
            told(latency.p99),
            interval(latency.ci95.p99, time),
        ]
    };
    Table {
        title: format!("{title} (times in {})", unit.name()),
        header: header(["", "ok", "p50", "95% CI of p50", "p99", "95% CI of p99"]),
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
