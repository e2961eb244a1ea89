//! How long something takes from its spawn.

use super::words::withheld;
use crate::matrix::report::figures::{Cell, Spread};
use crate::matrix::report::row::Row;
use crate::report::Distribution;
use crate::report::outline::{self, Column, Table, Unit, WITHHELD, marked};

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
    let of_all = |figure: Of| known.iter().filter_map(move |row| figure(&warm(row).value()?.distribution));
    let [median, mean, max] = [("p50", (|d| d.p50) as Of), ("mean", |d| d.mean), ("max", |d| d.max)]
        .map(|(name, figure)| Column::new(name, unit, of_all(figure)));
    let of_cold = |figure: Of| known.iter().filter_map(move |row| figure(&cold(row).value()?.distribution));
    let is_known = |figure: Of| of_cold(figure).next().is_some();
    // A mean is known of rounds that are too few for a median.
    let (name, figure): (_, Of) = match is_known(|d| d.p50) || !is_known(|d| d.mean) {
        true => ("cold p50", |d| d.p50),
        false => ("cold mean", |d| d.mean),
    };
    let cold_column = Column::new(name, unit, of_cold(figure));
    let header = [
        String::new(),
        "n".into(),
        median.header(),
        median.named("95% CI of p50"),
        mean.header(),
        max.header(),
        cold_column.header(),
    ];
    let row = |row: &&Row| {
        let spread = warm(row).value();
        let of = |figure: Of| spread.and_then(|s| figure(&s.distribution));
        let none = Distribution::default();
        let warm = spread.map_or(&none, |spread| &spread.distribution);
        let [p50, interval] = outline::median(warm, |us| median.cell(Some(us)));
        let cold = cold(row).value().map(|spread| &spread.distribution);
        vec![
            row.name.clone(),
            spread.map_or(0, |spread| spread.samples).to_string(),
            p50,
            interval,
            mean.cell(of(|d| d.mean)),
            max.cell(of(|d| d.max)),
            cold.map_or(WITHHELD.into(), |cold| marked(cold, cold_column.cell(figure(cold)))),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::report::fixtures::{row, spread};

    #[test]
    fn medians_of_five_rounds_are_told_and_marked_with_the_range() {
        let told = |rounds| {
            let mut row = row("host", 1);
            row.start_us = Cell::Value(spread(1_000.0, rounds));
            row.start_cold_caches_us = Cell::Value(spread(91_000.0, rounds));
            table("x", &[&row], |row| &row.start_us, |row| &row.start_cold_caches_us).rows.remove(0)
        };
        let [five, six] = [5, 6].map(told);
        assert_eq!(five[1..4], ["5", "1070*", "1000–1140*"]);
        assert!(five[6].ends_with('*') && six[6].starts_with("97"), "{five:?} {six:?}");
        assert_eq!(six[1..4], ["6", "1070", "1000–1150"]);
    }

    #[test]
    fn where_no_cold_median_is_known_the_mean_is_told() {
        let told = |rounds| {
            let mut row = row("host", 1);
            row.start_cold_caches_us = Cell::Value(spread(91_000.0, rounds));
            let mut table = table("x", &[&row], |row| &row.start_us, |row| &row.start_cold_caches_us);
            (table.header.pop().unwrap(), table.rows[0].pop().unwrap())
        };
        let (header, cell) = told(3);
        assert!(header.starts_with("cold mean") && cell.starts_with("97"), "{header}: {cell}");
        assert!(told(20).0.starts_with("cold p50"));
        let none = table("x", &[&row("native", 1)], |row| &row.start_us, |row| &row.start_cold_caches_us);
        assert!(none.header[6].starts_with("cold p50"), "what is not there is no mean: {:?}", none.header);
    }
}
