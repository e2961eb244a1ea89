//! What serving takes of memory.

use super::words::{header, withheld};
use crate::matrix::report::row::{MemoryReport, Row};
use crate::report::Distribution;
use crate::report::outline::{Table, WITHHELD, marked, median};

/// A row for each whose processes are to be seen.
pub fn table(rows: &[&Row]) -> Table {
    let known = rows.iter().filter(|row| row.memory_idle.value().is_some());
    let row = |row: &&Row| {
        let (idle, loaded) = (row.memory_idle.value(), row.memory_loaded.value());
        let pss = |report: Option<&MemoryReport>| {
            report.map_or_else(Distribution::default, |report| report.pss_bytes.distribution.clone())
        };
        let [idle_p50, idle_ci] = median(&pss(idle), megabytes);
        let loaded_pss = pss(loaded);
        let consists = idle.map(|report| report.consists_of).unwrap_or_default();
        let peak = loaded.and_then(|report| report.consists_of.cgroup_peak);
        vec![
            row.name.clone(),
            idle_p50,
            idle_ci,
            loaded_pss.p50.map_or(WITHHELD.into(), |p50| marked(&loaded_pss, megabytes(p50))),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::report::figures::Cell;
    use crate::matrix::report::fixtures;

    #[test]
    fn medians_of_few_rounds_are_told_and_marked_with_the_range() {
        let mut row = fixtures::row("wasm", 1);
        for memory in [&mut row.memory_idle, &mut row.memory_loaded] {
            let Cell::Value(memory) = memory else { panic!("{memory:?}") };
            memory.pss_bytes = fixtures::spread(7_000_000.0, 3);
        }
        assert_eq!(table(&[&row]).rows[0][1..4], ["7.49*", "7.00–7.98*", "7.49*"]);
    }
}
