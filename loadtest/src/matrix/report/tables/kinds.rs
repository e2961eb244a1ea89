//! What was measured: by what it runs, whether it serves.

use super::words::header;
use crate::matrix::packaging::Compiled;
use crate::matrix::report::row::Row;
use crate::report::outline::{Table, WITHHELD};

/// A row each; `wide` if lines may be longer than a terminal's.
pub fn table(rows: &[&Row], wide: bool) -> Table {
    let row = |row: &&Row| {
        let by = row.by.clone().unwrap_or_default();
        let compiled = match row.kind.compiled {
            Compiled::Before => "before",
            Compiled::EveryStart => "every start",
            Compiled::Cached(_) => "once, cached",
            Compiled::Unknown => "not known",
        };
        let server = match row.server.value() {
            Some(true) => "yes",
            Some(false) => "no",
            None => WITHHELD,
        };
        let base = row.base_image.value().map_or(WITHHELD, String::as_str);
        vec![
            row.name.clone(),
            shortened(&by, if wide { 80 } else { 28 }),
            base.into(),
            compiled.into(),
            server.into(),
        ]
    };
    Table {
        title: "What was measured".into(),
        header: header(["", "run by", "base", "compiled", "serves"]),
        rows: rows.iter().map(row).collect(),
        details: rows
            .iter()
            .filter_map(|row| Some(format!("{}: no server, {}", row.name, row.no_server.as_ref()?)))
            .collect(),
    }
}

/// A name and a version, without where they are from.
fn shortened(by: &str, most: usize) -> String {
    let mut words = by.split(['(', ',']).next().unwrap_or_default().trim().to_owned();
    if words.chars().count() > most {
        words = words.chars().take(most - 1).chain(['…']).collect();
    }
    words
}
