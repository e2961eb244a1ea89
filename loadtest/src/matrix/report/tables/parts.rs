//! What `MODE=once` consists of.

use super::words::header;
use crate::matrix::packaging::Part;
use crate::matrix::report::PartReport;
use crate::matrix::report::parts::{NAMES, ORDER, named};
use crate::matrix::report::row::Row;
use crate::report::outline::{Table, Unit, WITHHELD};

/// Of programs, less is noise, in microseconds.
const SHORT_US: f64 = 100.0;

/// A row for each that was measured.
pub fn table(rows: &[&Row]) -> Table {
    let median = |report: &PartReport| report.difference_us.distribution.p50;
    let mut lengths = rows.iter().flat_map(|row| &row.parts).filter_map(median).map(f64::abs).peekable();
    let is_known = lengths.peek().is_some();
    // What a part takes may be as little as nothing, which is no reason to tell the others to the microsecond.
    let unit = Unit::for_wide(lengths.map(|us| [us.max(SHORT_US); 2]));
    let signed = |us: f64| format!("{}{}", if us < 0.0 { "−" } else { "" }, unit.format(us.abs()));
    let part = |row: &Row, part: Part| {
        let found = row.parts.iter().find(|report| report.part == part);
        found.and_then(median).map_or(WITHHELD.into(), signed)
    };
    let row = |row: &&&Row| std::iter::once(row.name.clone()).chain(ORDER.map(|p| part(row, p))).collect();
    let in_unit = if is_known { format!(", in {}", unit.name()) } else { String::new() };
    let details = |row: &&Row| {
        let told = row.parts.iter().map(|report| format!("{} = {}", named(report.part), report.what));
        (row.parts.len() > 2).then(|| format!("{}: {}", row.name, told.collect::<Vec<_>>().join("; ")))
    };
    Table {
        title: format!("What MODE=once consists of: how much longer it takes with that part (p50{in_unit})"),
        header: [vec![String::new()], header(NAMES)].concat(),
        rows: rows.iter().filter(|row| !row.parts.is_empty()).map(|r| row(&r)).collect(),
        details: rows.iter().filter_map(details).collect(),
    }
}
