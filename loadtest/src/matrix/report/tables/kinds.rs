//! What was measured: by what it runs, whether it serves.

use std::collections::BTreeSet;

use super::words::header;
use crate::matrix::packaging::Compiled;
use crate::matrix::report::row::Row;
use crate::report::outline::{Table, WITHHELD};

/// A row each; `wide` if lines may be longer than a terminal's.
pub fn table(rows: &[&Row], wide: bool) -> Table {
    let most = if wide { 80 } else { 28 };
    let row = |row: &&Row| {
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
        vec![row.name.clone(), shortened(plain(row), most), base.into(), compiled.into(), server.into()]
    };
    Table {
        title: "What was measured".into(),
        header: header(["", "run by", "base", "compiled", "serves"]),
        rows: rows.iter().map(row).collect(),
        details: cut(rows, most)
            .chain(
                rows.iter()
                    .filter(|row| !row.kind.remote)
                    .filter_map(|row| Some(format!("{}: no server, {}", row.name, row.no_server.as_ref()?))),
            )
            .collect(),
    }
}

/// A name and a version, without where they are from.
fn plain(row: &Row) -> &str {
    row.by.as_deref().and_then(|by| by.split(['(', ',']).next()).unwrap_or_default().trim()
}

fn shortened(by: &str, most: usize) -> String {
    match by.chars().count() > most {
        true => by.chars().take(most - 1).chain(['…']).collect(),
        false => by.into(),
    }
}

/// What there is no room for in the table, once each.
fn cut<'a>(rows: &[&'a Row], most: usize) -> impl Iterator<Item = String> + 'a {
    let long: BTreeSet<_> =
        rows.iter().map(|row| plain(row)).filter(|by| by.chars().count() > most).collect();
    long.into_iter().map(move |by| format!("{}: {by}", shortened(by, most)))
}
