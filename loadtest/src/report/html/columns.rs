//! How tables are laid out where a page is narrow, and what their columns are called where each row is a list: said once for
//! all tables with the same columns, and not in every cell.

use std::fmt::Write;

use askama::Template;

use crate::report::markup::is_text;
use crate::report::outline::Table;

pub struct Columns(Vec<Vec<String>>);

#[derive(Template)]
#[template(path = "table.html")]
pub struct Rows<'a> {
    table: &'a Table,
    class: String,
    /// Which of them are read from the left.
    in_words: Vec<bool>,
}

impl Columns {
    pub fn of<'a>(tables: impl Iterator<Item = &'a Table>) -> Self {
        let mut headers: Vec<Vec<String>> = Vec::new();
        for table in tables {
            if !headers.contains(&table.header) {
                headers.push(table.header.clone());
            }
        }
        Self(headers)
    }

    pub fn rows<'a>(&self, table: &'a Table) -> Rows<'a> {
        let place = self.0.iter().position(|header| *header == table.header).unwrap_or_default();
        let in_words = (0..table.header.len()).map(|column| table.is_in_words(column)).collect();
        Rows { table, class: format!("c{place} {}", Layout::of(table).class()), in_words }
    }

    /// What names the cells in a narrow window.
    pub fn style(&self) -> String {
        let mut style = String::from("@media screen and (max-width: 760px) {\n");
        for (place, header) in self.0.iter().enumerate() {
            for (column, name) in header.iter().enumerate().skip(1) {
                let (cell, name) = (column + 1, quoted(name));
                let _ =
                    writeln!(style, ".cards.c{place} td:nth-child({cell})::before {{ content: {name}; }}");
            }
        }
        style + "}\n"
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Small,
    /// Each row takes two lines, as its header does: cells are short, and stand below one another.
    Folded,
    Cards,
}

impl Layout {
    /// By characters, of which so many have room beside one another, or between two folds.
    fn of(table: &Table) -> Self {
        const ROOM: usize = 38;
        const FOLDED: usize = 9;
        let wide = |column: usize| {
            let cells = std::iter::once(&table.header).chain(&table.rows).filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..table.header.len()).map(wide).collect();
        match widths.iter().map(|width| width + 1).sum::<usize>() {
            ..=ROOM => Self::Small,
            _ if widths.iter().all(|width| *width <= FOLDED) => Self::Folded,
            _ => Self::Cards,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Folded => "folded",
            Self::Cards => "cards",
        }
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
    fn only_what_has_no_room_even_in_two_lines_is_a_list() {
        let of = |header: &[&str], row: &[&str]| {
            let rows = vec![row.iter().map(|cell| (*cell).to_owned()).collect()];
            Layout::of(&Table { rows, ..table(header) })
        };
        let ramp = ["asked", "tried/s", "ok/s", "failed", "unsent", "p50", "p99", "max", "sustained"];
        let rate = ["1000/s", "999.9", "999.9", "0", "12", "1041.50", "∞", "∞", "undecided"];
        assert_eq!(of(&ramp, &rate), Layout::Folded);
        assert_eq!(of(&ramp[..5], &rate[..5]), Layout::Small);
        assert_eq!(
            of(
                &["", "ok", "95% CI of p50", "instances"],
                &["a name", "20", "8.67–9.52", "20 fresh, 3 reused"]
            ),
            Layout::Cards
        );
    }

    #[test]
    fn nothing_ends_a_string_but_its_end() {
        assert_eq!(quoted("p50, µs"), "\"p50, µs\"");
        assert_eq!(quoted("</style>\"\\"), "\"\\3c \\2f style\\3e \\22 \\5c \"");
        assert_eq!(quoted("\u{202e}\n"), "\"\u{fffd}\\a \"");
    }
}
