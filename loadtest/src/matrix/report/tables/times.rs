//! How long something takes from its spawn.

use super::words::{header, interval, withheld};
use crate::matrix::report::figures::{Cell, Spread};
use crate::matrix::report::row::Row;
use crate::report::Distribution;
use crate::report::outline::{Table, Unit, WITHHELD};

/// A row for each of which it is known with warm caches; beside it, with cold ones.
pub fn table(
    title: &str,
    rows: &[&Row],
    warm: fn(&Row) -> &Cell<Spread>,
    cold: fn(&Row) -> &Cell<Spread>,
) -> Table {
    let known: Vec<&Row> = rows.iter().copied().filter(|row| warm(row).value().is_some()).collect();
    let bounds = |row: &&Row| {
        let spread = &warm(row).value()?.distribution;
        Some([spread.min?, spread.max?])
    };
    let unit = Unit::for_wide(known.iter().filter_map(bounds));
    let p50 = |cell: &Cell<Spread>| cell.value().and_then(|spread| spread.distribution.p50);
    let time = |us: Option<f64>| us.map_or(WITHHELD.into(), |us| unit.format(us));
    let row = |row: &&Row| {
        let spread = warm(row).value();
        let of = |figure: fn(&Distribution) -> Option<f64>| spread.and_then(|s| figure(&s.distribution));
        vec![
            row.name.clone(),
            spread.map_or(0, |spread| spread.samples).to_string(),
            time(of(|d| d.p50)),
            interval(spread.and_then(|s| s.distribution.ci95.p50), |us| unit.format(us)),
            time(of(|d| d.mean)),
            time(of(|d| d.max)),
            time(p50(cold(row))),
        ]
    };
    Table {
        title: format!("{title} (times in {})", unit.name()),
        header: header(["", "n", "p50", "95% CI of p50", "mean", "max", "cold p50"]),
        rows: known.iter().map(row).collect(),
        details: known
            .iter()
            .filter_map(|row| failures(row, warm(row)))
            .chain(withheld(rows, |row| warm(row).withheld()))
            .collect(),
    }
}

fn failures(row: &Row, cell: &Cell<Spread>) -> Option<String> {
    let spread = cell.value()?;
    Some(format!("{}: {} failed, at last: {}", row.name, spread.failed, spread.failure.as_ref()?))
}
