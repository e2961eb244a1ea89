//! What could not be measured, and what would mend that.

use super::words::header;
use crate::matrix::report::row::Row;
use crate::report::outline::Table;

/// `None` if all could.
pub fn table(rows: &[Row]) -> Option<Table> {
    let why = |row: &Row| match (&row.missing, &row.failed) {
        (Some(missing), _) => Some(vec![row.name.clone(), format!("{}; {}", missing.what, missing.remedy)]),
        (None, Some(why)) => Some(vec![row.name.clone(), why.clone()]),
        (None, None) => None,
    };
    let absent: Vec<_> = rows.iter().filter_map(why).collect();
    (!absent.is_empty()).then(|| Table {
        title: format!("Not measured here: {} of {} packagings", absent.len(), rows.len()),
        header: header(["", "why, and what to do"]),
        rows: absent,
        details: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::report::fixtures;

    #[test]
    fn each_that_could_not_be_measured_is_a_row_with_its_reason() {
        let mut rows = vec![fixtures::row("native", 1), fixtures::row("docker", 2)];
        assert!(table(&rows).is_none());
        rows[1].failed = Some("it did not start".into());
        let table = table(&rows).unwrap();
        assert_eq!(table.title, "Not measured here: 1 of 2 packagings");
        assert_eq!(table.rows, [["docker", "it did not start"]]);
    }
}
