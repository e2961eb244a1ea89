//! A table, in which the column of a cell is named where each row is a list: on a narrow page, if the table is wide.

use askama::Template;

use crate::report::outline::Table;

/// So many characters beside one another fit a telephone.
const ROOM: usize = 38;

#[derive(Template)]
#[template(path = "table.html")]
pub struct Rows<'a> {
    table: &'a Table,
    /// What becomes of it where a page is narrow.
    class: &'static str,
    /// Which columns are read from the left.
    in_words: Vec<bool>,
}

impl<'a> Rows<'a> {
    pub fn of(table: &'a Table) -> Self {
        let columns = 0..table.header.len();
        let widest = |column: usize| {
            let cells = std::iter::once(&table.header).chain(&table.rows).filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count() + 1).max().unwrap_or(0)
        };
        let class = if columns.clone().map(widest).sum::<usize>() <= ROOM { "small" } else { "cards" };
        Self { table, class, in_words: columns.map(|column| table.is_in_words(column)).collect() }
    }
}
