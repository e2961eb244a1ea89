//! What `MODE=once` consists of.

use super::words::{header, time};
use crate::matrix::packaging::Part;
use crate::matrix::report::PartReport;
use crate::matrix::report::parts::{NAMES, ORDER, named};
use crate::matrix::report::row::Row;
use crate::report::outline::{Table, Unit, WITHHELD, marked};

/// Of programs, less is noise, in microseconds.
const SHORT_US: f64 = 100.0;

const NONE_SHOWN: &str = "none shown";
const LESS: &str = "less";

/// A row for each that was measured.
pub fn table(rows: &[&Row]) -> Table {
    let known = rows.iter().flat_map(|row| &row.parts).filter_map(PartReport::shown);
    let mut lengths = known.peekable();
    let is_known = lengths.peek().is_some();
    // What a part takes may be as little as nothing, which is no reason to tell the others to the microsecond.
    let unit = Unit::for_wide(lengths.map(|us| [us.max(SHORT_US); 2]));
    let part = |row: &Row, part: Part| match row.parts.iter().find(|report| report.part == part) {
        Some(report) if report.is_less() => LESS.into(),
        Some(report) if report.difference_us.distribution.p50.is_some() => report
            .shown()
            .map_or(NONE_SHOWN.into(), |us| marked(&report.difference_us.distribution, unit.format(us))),
        _ => WITHHELD.into(),
    };
    let row = |row: &&&Row| std::iter::once(row.name.clone()).chain(ORDER.map(|p| part(row, p))).collect();
    let in_unit = if is_known { format!(", in {}", unit.name()) } else { String::new() };
    let rows: Vec<_> = rows.iter().filter(|row| !row.parts.is_empty()).collect();
    let cells: Vec<Vec<String>> = rows.iter().map(row).collect();
    let has_none = cells.iter().flatten().any(|cell| cell == NONE_SHOWN);
    let none = format!(
        "{NONE_SHOWN}: its 95 % interval (of few rounds, its median) does not lie above 0: it is lost in what rounds differ by"
    );
    let less = rows.iter().flat_map(|row| row.parts.iter().filter_map(|report| less(&row.name, report)));
    let less: Vec<String> = less.collect();
    let what = |row: &&&Row| {
        let told = row.parts.iter().map(|report| format!("{} = {}", named(report.part), report.what));
        (row.parts.len() > 2).then(|| format!("{}: {}", row.name, told.collect::<Vec<_>>().join("; ")))
    };
    Table {
        title: format!("What MODE=once consists of: how much longer it takes with that part (p50{in_unit})"),
        header: [vec![String::new()], header(NAMES)].concat(),
        details: has_none
            .then_some(none)
            .into_iter()
            .chain(less)
            .chain(rows.iter().filter_map(what))
            .collect(),
        rows: cells,
    }
}

/// Of a part with which it takes less time, how much.
fn less(name: &str, report: &PartReport) -> Option<String> {
    let distribution = &report.difference_us.distribution;
    let ([low, high], p50) = (distribution.ci95.p50.filter(|_| report.is_less())?, distribution.p50?);
    Some(format!(
        "{LESS}: {name}: the command with {} takes less time than the one without: {} (95 % CI {} to {})",
        named(report.part),
        time(p50),
        time(low),
        time(high)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::report::figures::Spread;
    use crate::matrix::report::{fixtures, parts};
    use crate::stats::Observation;

    #[test]
    fn parts_of_few_rounds_are_told_and_marked() {
        let mut row = fixtures::row("native", 1);
        for part in &mut row.parts {
            let sign = part.difference_us.distribution.p50.unwrap().signum();
            part.difference_us = fixtures::spread(sign * 1_000.0, 5);
        }
        let cells = table(&[&row]).rows.remove(0);
        let place = |part| 1 + parts::ORDER.iter().position(|known| *known == part).unwrap();
        assert_eq!(cells[place(Part::Process)], "1070*");
        assert_eq!([&cells[place(Part::Network)], &cells[place(Part::Client)]], [NONE_SHOWN, WITHHELD]);
    }

    #[test]
    fn a_part_that_may_take_nothing_is_not_told_as_a_time() {
        let part = |part, differences: fn(u32) -> f64| PartReport {
            part,
            what: "x".into(),
            difference_us: Spread::of(
                &(0..20).map(|round| Observation { round, value: differences(round) }).collect::<Vec<_>>(),
                1,
            )
            .unwrap(),
        };
        let mut row = fixtures::lab().rows.remove(0);
        row.parts = vec![
            part(Part::Process, |round| 1700.0 + f64::from(round)),
            part(Part::Program, |round| if round % 2 == 0 { -1100.0 } else { 900.0 }),
            part(Part::Client, |round| -400.0 - f64::from(round)),
        ];
        let table = table(&[&row]);
        let place = |part| 1 + parts::ORDER.iter().position(|known| *known == part).unwrap();
        assert!(table.rows[0][place(Part::Process)].starts_with("17"), "{:?}", table.rows);
        assert_eq!(table.rows[0][place(Part::Program)], "none shown");
        assert_eq!(table.rows[0][place(Part::Client)], "less");
        assert_eq!(table.rows[0][place(Part::Network)], WITHHELD);
        let less = "less: docker: the command with client takes less time than the one without: −410 µs";
        assert!(table.details.iter().any(|detail| detail.starts_with(less)), "{:?}", table.details);
        assert!(table.details.iter().any(|detail| detail.starts_with("none shown: ")), "{:?}", table.details);
    }
}
