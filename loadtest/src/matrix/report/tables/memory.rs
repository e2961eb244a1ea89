//! What serving takes of memory.

use super::words::{header, interval, withheld};
use crate::matrix::report::row::{MemoryReport, Row};
use crate::report::outline::{Table, WITHHELD};

/// A row for each whose processes are to be seen.
pub fn table(rows: &[&Row]) -> Table {
    let known = rows.iter().filter(|row| row.memory_idle.value().is_some());
    let row = |row: &&Row| {
        let (idle, loaded) = (row.memory_idle.value(), row.memory_loaded.value());
        let of = |report: Option<&MemoryReport>| {
            report
                .and_then(|r| r.pss_bytes.distribution.p50.or(r.pss_bytes.distribution.mean))
                .map_or(WITHHELD.into(), megabytes)
        };
        let idle_ci = idle.and_then(|report| report.pss_bytes.distribution.ci95.p50);
        let consists = idle.map(|report| report.consists_of).unwrap_or_default();
        let peak = loaded.and_then(|report| report.consists_of.cgroup_peak);
        vec![
            row.name.clone(),
            of(idle),
            interval(idle_ci, megabytes),
            of(loaded),
            megabytes(consists.executable_pss as f64),
            megabytes(consists.executable_private as f64),
            megabytes(consists.anonymous_pss as f64),
            peak.map_or(WITHHELD.into(), |peak| megabytes(peak as f64)),
        ]
    };
    let notes = rows
        .iter()
        .filter_map(|row| Some(format!("{}: {}", row.name, row.memory_idle.value()?.note.as_ref()?)));
    Table {
        title: "Memory of what serves, in MB of PSS; exec. and anon. are parts of idle".into(),
        header: header(["", "idle", "95% CI", "loaded", "exec.", "unshared", "anon.", "peak"]),
        rows: known.map(row).collect(),
        details: withheld(rows, |row| row.memory_idle.withheld()).into_iter().chain(notes).collect(),
    }
}

fn megabytes(bytes: f64) -> String {
    format!("{:.2}", bytes / 1e6)
}
