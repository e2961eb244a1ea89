//! How many answers a second.

use super::words::{header, interval, withheld};
use crate::matrix::report::row::Row;
use crate::report::outline::{Table, WITHHELD};

/// A row for each that was loaded.
pub fn table(rows: &[&Row]) -> Table {
    let known = rows.iter().filter(|row| row.throughput.value().is_some());
    let row = |row: &&Row| {
        let spread = row.throughput.value();
        let rate = |rate: f64| format!("{rate:.0}");
        vec![
            row.name.clone(),
            spread.and_then(|s| s.distribution.p50).map_or(WITHHELD.into(), rate),
            interval(spread.and_then(|s| s.distribution.ci95.p50), rate),
            spread.and_then(|s| s.distribution.mean).map_or(WITHHELD.into(), rate),
            row.failed_under_load.to_string(),
        ]
    };
    Table {
        title: "Throughput: ok answers a second, to this client on the same cores".into(),
        header: header(["", "p50", "95% CI of p50", "mean", "failed"]),
        rows: known.map(row).collect(),
        details: withheld(rows, |row| row.throughput.withheld()),
    }
}
