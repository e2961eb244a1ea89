//! What the columns of tables are called where a page is so narrow that each row is a list: said once for all tables with the
//! same columns, and not in every cell.

use std::fmt::Write;

use askama::Template;

use crate::report::markup::is_text;
use crate::report::outline::Table;

/// Distinct headers of tables.
pub struct Columns(Vec<Vec<String>>);

/// A table, with what numbers its rows have.
#[derive(Template)]
#[template(path = "table.html")]
pub struct Rows<'a> {
    table: &'a Table,
    /// Of its columns.
    class: String,
    /// Which of them are read from the left.
    in_words: Vec<bool>,
}

impl Columns {
    /// Of all tables of a page.
    pub fn of<'a>(tables: impl Iterator<Item = &'a Table>) -> Self {
        let mut headers: Vec<Vec<String>> = Vec::new();
        for table in tables {
            if !headers.contains(&table.header) {
                headers.push(table.header.clone());
            }
        }
        Self(headers)
    }

    /// A table that is one of those.
    pub fn rows<'a>(&self, table: &'a Table) -> Rows<'a> {
        let place = self.0.iter().position(|header| *header == table.header).unwrap_or_default();
        let in_words = (0..table.header.len()).map(|column| table.is_in_words(column)).collect();
        Rows { table, class: format!("c{place}"), in_words }
    }

    /// What names the cells in a narrow window.
    pub fn style(&self) -> String {
        let mut style = String::from("@media screen and (max-width: 760px) {\n");
        for (place, header) in self.0.iter().enumerate() {
            for (column, name) in header.iter().enumerate().skip(1) {
                let (cell, name) = (column + 1, quoted(name));
                let _ = writeln!(style, ".c{place} td:nth-child({cell})::before {{ content: {name}; }}");
            }
        }
        style + "}\n"
    }
}

/// As a string of CSS, in which nothing ends it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            ' ' | '%' | '.' | ',' => quoted.push(c),
            c if c.is_alphanumeric() => quoted.push(c),
            c if is_text(c) => write!(quoted, "\\{:x} ", u32::from(c)).expect("memory takes it"),
            _ => quoted.push(char::REPLACEMENT_CHARACTER),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(header: &[&str]) -> Table {
        Table {
            title: String::new(),
            header: header.iter().map(|name| (*name).to_owned()).collect(),
            rows: vec![],
            details: vec![],
        }
    }

    #[test]
    fn tables_with_the_same_columns_share_their_names() {
        let tables = [table(&["", "p50"]), table(&["", "ok"]), table(&["", "p50"])];
        let columns = Columns::of(tables.iter());
        assert_eq!(tables.each_ref().map(|table| columns.rows(table).class), ["c0", "c1", "c0"]);
        assert_eq!(columns.style().matches("content: \"p50\"").count(), 1);
    }

    #[test]
    fn nothing_ends_a_string_but_its_end() {
        assert_eq!(quoted("p50, µs"), "\"p50, µs\"");
        assert_eq!(quoted("</style>\"\\"), "\"\\3c \\2f style\\3e \\22 \\5c \"");
        assert_eq!(quoted("\u{202e}\n"), "\"\u{fffd}\\a \"");
    }
}
