//! What serving takes of memory.

use super::words::{header, withheld};
use crate::matrix::report::figures::Cell;
use crate::matrix::report::row::{MemoryReport, Row};
use crate::report::Distribution;
use crate::report::outline::{Table, WITHHELD, median};

/// A row for each whose processes are to be seen.
pub fn table(rows: &[&Row]) -> Table {
    let known = rows.iter().filter(|row| row.memory_idle.value().is_some());
    let row = |row: &&Row| {
        let (idle, loaded) = (row.memory_idle.value(), row.memory_loaded.value());
        let pss = |report: Option<&MemoryReport>| {
            report.map_or_else(Distribution::default, |report| report.pss_bytes.distribution.clone())
        };
        let [idle_p50, idle_ci] = median(&pss(idle), megabytes);
        let [loaded_p50, _] = median(&pss(loaded), megabytes);
        // Too few rounds for a median have one in the middle all the same.
        let or_middle = |told: String, report: Option<&MemoryReport>| match report {
            Some(report) if told == WITHHELD => megabytes(report.consists_of.pss as f64),
            _ => told,
        };
        let consists = idle.map(|report| report.consists_of).unwrap_or_default();
        let peak = loaded.and_then(|report| report.consists_of.cgroup_peak);
        vec![
            row.name.clone(),
            or_middle(idle_p50, idle),
            idle_ci,
            or_middle(loaded_p50, loaded),
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
        details: withheld(rows, |row| row.memory_idle.withheld())
            .into_iter()
            .chain(notes)
            .chain(in_the_middle(rows))
            .collect(),
    }
}

/// Too few rounds have no median, and yet a round in the middle.
fn in_the_middle(rows: &[&Row]) -> Option<String> {
    let has_none = |row: &&&Row| {
        let reports = [&row.memory_idle, &row.memory_loaded].into_iter().filter_map(Cell::value);
        reports.into_iter().any(|report| report.pss_bytes.distribution.p50.is_none())
    };
    let names: Vec<_> = rows.iter().filter(has_none).map(|row| row.name.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{}: too few rounds for a median: what is told is of the round in the middle",
            names.join(", ")
        )
    })
}

fn megabytes(bytes: f64) -> String {
    format!("{:.2}", bytes / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::report::fixtures;

    #[test]
    fn medians_of_few_rounds_are_told_and_marked_with_the_range() {
        let mut row = fixtures::row("wasm", 1);
        for memory in [&mut row.memory_idle, &mut row.memory_loaded] {
            let Cell::Value(memory) = memory else { panic!("{memory:?}") };
            memory.pss_bytes = fixtures::spread(7_000_000.0, 5);
        }
        assert_eq!(table(&[&row]).rows[0][1..4], ["7.49*", "7.00–7.98*", "7.49*"]);
    }

    #[test]
    fn without_a_median_it_is_of_the_round_in_the_middle_and_says_so() {
        let mut row = fixtures::row("wasm", 1);
        let of = |row: &Row| table(&[row]);
        let says_so =
            |table: &Table| table.details.iter().any(|detail| detail.contains("round in the middle"));
        assert!(!says_so(&of(&row)));
        let Cell::Value(idle) = &mut row.memory_idle else { panic!() };
        idle.pss_bytes = fixtures::spread(7_000_000.0, 3);
        idle.consists_of.pss = 7_490_000;
        let table = of(&row);
        assert_eq!(table.rows[0][1..3], ["7.49", WITHHELD]);
        assert!(says_so(&table), "{:?}", table.details);
    }
}
