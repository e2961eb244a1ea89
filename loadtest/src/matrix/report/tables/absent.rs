//! What could not be measured, and what would mend that.

use super::words::header;
use crate::matrix::report::row::Row;
use crate::matrix::report::unmeasured::{TITLE, gaps, nothing};
use crate::report::outline::Table;

/// `None` if all could.
pub fn table(rows: &[Row]) -> Option<Table> {
    let missing: Vec<String> =
        rows.iter().filter_map(|row| Some(format!("{}: {}", row.name, nothing(row)?))).collect();
    let in_part: Vec<&Row> = rows.iter().filter(|row| row.has_figures() && !gaps(row).is_empty()).collect();
    let told = |row: &&Row| {
        let gaps = gaps(row).into_iter();
        gaps.map(|gap| format!("{}, {}: {}", row.name, gap.what, gap.why)).collect::<Vec<_>>()
    };
    let count = |(what, n): (&str, usize)| vec![what.to_owned(), n.to_string()];
    let counts = [
        ("measured", rows.len() - missing.len() - in_part.len()),
        ("measured in part", in_part.len()),
        ("not measured", missing.len()),
    ];
    let is_told = |(what, n): &(&str, usize)| *n > 0 || *what == "measured";
    let details: Vec<String> = in_part.iter().flat_map(told).chain(missing.clone()).collect();
    (!details.is_empty()).then(|| Table {
        title: TITLE.into(),
        header: header(["", "packagings"]),
        rows: counts.into_iter().filter(is_told).map(count).collect(),
        details,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::report::{Cell, fixtures};

    #[test]
    fn those_that_could_not_be_measured_are_counted_beside_the_others_and_told_with_their_reason() {
        let mut rows = vec![fixtures::row("native", 1), fixtures::row("docker", 2)];
        assert!(table(&rows).is_none());
        rows[1].failed = Some("it did not start".into());
        let table = table(&rows).unwrap();
        assert_eq!(table.rows, [["measured", "1"], ["not measured", "1"]]);
        assert_eq!(table.details, ["docker: it did not start"]);
    }

    #[test]
    fn what_was_measured_in_part_is_told_with_all_of_its_reason() {
        let mut rows = vec![fixtures::row("native", 1), fixtures::row("docker", 2)];
        let why = "no answer ".repeat(50);
        rows[0].start_us = Cell::Withheld(why.clone());
        let table = table(&rows).unwrap();
        assert_eq!(table.rows, [["measured", "1"], ["measured in part", "1"]]);
        assert_eq!(table.details, [format!("native, serving: {why}")]);
    }
}
