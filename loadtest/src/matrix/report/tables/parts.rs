//! What `MODE=once` consists of.

use super::words::{header, time};
use crate::matrix::packaging::Part;
use crate::matrix::report::parts::{NAMES, ORDER, named};
use crate::matrix::report::row::Row;
use crate::report::outline::{Table, WITHHELD};

/// A row for each that was measured.
pub fn table(rows: &[&Row]) -> Table {
    let part = |row: &Row, part: Part| {
        let found = row.parts.iter().find(|report| report.part == part);
        found.and_then(|report| report.difference_us.distribution.p50).map_or(WITHHELD.into(), time)
    };
    let row = |row: &&&Row| std::iter::once(row.name.clone()).chain(ORDER.map(|p| part(row, p))).collect();
    let details = |row: &&Row| {
        let told = row.parts.iter().map(|report| format!("{} = {}", named(report.part), report.what));
        (row.parts.len() > 2).then(|| format!("{}: {}", row.name, told.collect::<Vec<_>>().join("; ")))
    };
    Table {
        title: "What MODE=once consists of: how much longer it takes with that part (p50)".into(),
        header: [vec![String::new()], header(NAMES)].concat(),
        rows: rows.iter().filter(|row| !row.parts.is_empty()).map(|r| row(&r)).collect(),
        details: rows.iter().filter_map(details).collect(),
    }
}
