//! What could not be measured, and what would mend that.

use super::words::header;
use crate::matrix::report::row::Row;
use crate::report::outline::Table;

/// `None` if all could.
pub fn table(rows: &[Row]) -> Option<Table> {
    let why = |row: &Row| match (&row.missing, &row.failed) {
        (Some(missing), _) => Some(format!("{}: {}; {}", row.name, missing.what, missing.remedy)),
        (None, Some(why)) => Some(format!("{}: {why}", row.name)),
        (None, None) => None,
    };
    let details: Vec<String> = rows.iter().filter_map(why).collect();
    let count = |what: &str, n: usize| vec![what.to_owned(), n.to_string()];
    (!details.is_empty()).then(|| Table {
        title: "Not measured here".into(),
        header: header(["", "packagings"]),
        rows: vec![count("measured", rows.len() - details.len()), count("not measured", details.len())],
        details,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::report::fixtures;

    #[test]
    fn those_that_could_not_be_measured_are_counted_beside_the_others_and_told_with_their_reason() {
        let mut rows = vec![fixtures::row("native", 1), fixtures::row("docker", 2)];
        assert!(table(&rows).is_none());
        rows[1].failed = Some("it did not start".into());
        let table = table(&rows).unwrap();
        assert_eq!(table.rows, [["measured", "1"], ["not measured", "1"]]);
        assert_eq!(table.details, ["docker: it did not start"]);
    }
}
