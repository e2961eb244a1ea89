//! How long something takes from its spawn.

use super::words::{interval, withheld};
use crate::matrix::report::figures::{Cell, Spread};
use crate::matrix::report::row::Row;
use crate::report::Distribution;
use crate::report::outline::{Column, Table, Unit};

/// A figure of a distribution.
type Of = fn(&Distribution) -> Option<f64>;

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
    let of_all = |figure: Of| known.iter().filter_map(move |row| figure(&warm(row).value()?.distribution));
    let [median, mean, max] = [("p50", (|d| d.p50) as Of), ("mean", |d| d.mean), ("max", |d| d.max)]
        .map(|(name, figure)| Column::new(name, unit, of_all(figure)));
    let cold_median = Column::new("cold p50", unit, known.iter().filter_map(|row| p50(cold(row))));
    let header = [
        String::new(),
        "n".into(),
        median.header(),
        median.named("95% CI of p50"),
        mean.header(),
        max.header(),
        cold_median.header(),
    ];
    let row = |row: &&Row| {
        let spread = warm(row).value();
        let of = |figure: Of| spread.and_then(|s| figure(&s.distribution));
        vec![
            row.name.clone(),
            spread.map_or(0, |spread| spread.samples).to_string(),
            median.cell(of(|d| d.p50)),
            interval(spread.and_then(|s| s.distribution.ci95.p50), |us| median.cell(Some(us))),
            mean.cell(of(|d| d.mean)),
            max.cell(of(|d| d.max)),
            cold_median.cell(p50(cold(row))),
        ]
    };
    Table {
        title: format!("{title}{}", unit.told()),
        header: header.into(),
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
