//! How many answers a second.

use super::words::{header, withheld};
use crate::matrix::report::row::Row;
use crate::report::Distribution;
use crate::report::outline::{Table, WITHHELD, median};

/// A row for each that was loaded.
pub fn table(rows: &[&Row]) -> Table {
    let known = rows.iter().filter(|row| row.throughput.value().is_some());
    let row = |row: &&Row| {
        let none = Distribution::default();
        let rates = row.throughput.value().map_or(&none, |spread| &spread.distribution);
        let rate = |rate: f64| format!("{rate:.0}");
        let [p50, interval] = median(rates, rate);
        vec![
            row.name.clone(),
            p50,
            interval,
            rates.mean.map_or(WITHHELD.into(), rate),
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
