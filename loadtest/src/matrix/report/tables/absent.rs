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
    (!details.is_empty()).then(|| Table {
        title: "Not measured here".into(),
        header: header(["packagings", "of"]),
        rows: vec![vec![details.len().to_string(), rows.len().to_string()]],
        details,
    })
}
