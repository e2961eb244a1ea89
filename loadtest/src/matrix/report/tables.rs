//! The report as tables: one a theme, each narrow enough for a terminal.

mod absent;
mod chosen;
mod kinds;
mod lab;
mod left_out;
mod memory;
mod notes;
mod parts;
mod requests;
mod sizes;
mod throughput;
mod times;
mod words;

pub use self::chosen::told as chosen;
pub use self::notes::notes;
pub(super) use self::words::{bytes, percent, time};
use super::MatrixReport;
use super::row::Row;
use super::same_file;
use crate::report::outline::{Outline, machine, own};
use crate::sample::Phase;

const ONCE: &str = "MODE=once: from the spawn of the command to its end";
const START: &str = "From the spawn of what serves to its first correct answer";
const COLD: &str = "Cold: a request on a new connection";
const WARM: &str = "Warm: one request after the other on one connection";

/// All of it; `wide` if lines may be longer than a terminal's.
pub fn outline(report: &MatrixReport, wide: bool) -> Outline {
    let rows = &report.rows;
    let measured: Vec<&Row> =
        rows.iter().filter(|row| row.missing.is_none() && row.failed.is_none()).collect();
    let plan = &report.plan;
    let tables = [
        kinds::table(&measured, wide),
        sizes::table(&measured),
        times::table(ONCE, &measured, |row| &row.once_us, |row| &row.once_cold_caches_us),
        parts::table(&measured),
        times::table(START, &measured, |row| &row.start_us, |row| &row.start_cold_caches_us),
        requests::table(COLD, &measured, Phase::Cold, plan),
        requests::table(WARM, &measured, Phase::Warm, plan),
        throughput::table(&measured),
        same_file::table(&report.same_file),
        memory::table(&measured),
    ];
    let tables = std::iter::once(lab::table(report, wide))
        .chain(tables.map(left_out::without_empty_columns))
        .filter(|table| !table.rows.is_empty())
        .chain(absent::table(rows))
        .collect();
    let about = about(report).into_iter().chain(chosen(report)).chain(report.unmeasured.clone()).collect();
    Outline { about, tables, notes: report.notes.clone() }
}

/// What was measured where, a line each.
pub(super) fn about(report: &MatrixReport) -> Vec<String> {
    let mut about = vec![machine(&report.environment)];
    let spawned = report.spawn_us.value().and_then(|spread| spread.distribution.p50);
    about.extend(spawned.map(|us| format!("spawning a process that does nothing: {}", time(us))));
    about.extend(report.environment.floor.map(own));
    let plan = &report.plan;
    let rounds = match report.rounds_taken {
        Some(taken) if report.interrupted => format!("{taken} of {} rounds, ended early", plan.rounds),
        None if report.interrupted => format!("{} rounds asked for, ended early", plan.rounds),
        _ => format!("{} rounds", plan.rounds),
    };
    about.push(format!("loadtest {}, {rounds}, seed {}", report.environment.loadtest, plan.requests.seed));
    about
}
