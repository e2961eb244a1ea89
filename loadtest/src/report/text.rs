//! The report for a terminal.

use std::fmt::Write;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table as Grid};

use super::Report;
use super::outline::{Outline, Table};

/// The width of the narrowest terminal that people use.
const WIDTH: usize = 80;

/// As plain text.
pub fn render(report: &Report) -> String {
    lay_out(&Outline::of(report))
}

/// An outline of any report.
pub(crate) fn lay_out(outline: &Outline) -> String {
    let mut text = outline.about.join("\n") + "\n";
    for table in &outline.tables {
        let _ = write!(text, "\n{}\n{}\n", table.title, grid(table));
        for detail in &table.details {
            let _ = writeln!(text, "{}", wrap(&format!("  {detail}")));
        }
    }
    if !outline.notes.is_empty() {
        let wrapped: Vec<_> = outline.notes.iter().map(|note| wrap(note)).collect();
        let _ = write!(text, "\n{}\n", wrapped.join("\n"));
    }
    text
}

/// Broken between words, the further lines indented.
fn wrap(sentence: &str) -> String {
    textwrap::fill(sentence, textwrap::Options::new(WIDTH).subsequent_indent("  "))
}

fn grid(table: &Table) -> String {
    let mut grid = Grid::new();
    grid.load_style(NOTHING).set_header(&table.header);
    for row in &table.rows {
        grid.add_row(row);
    }
    for column in grid.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    grid.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{report, twice_as_slow};

    #[test]
    fn the_report_has_a_row_a_target_and_a_verdict() {
        let text = render(&report(&twice_as_slow()));
        let row =
            text.lines().find(|line| line.trim_start().starts_with("a ") && line.contains("fresh")).unwrap();
        assert!(row.contains("519") && row.contains("40 fresh"), "{text}");
        let comparison = text.lines().find(|line| line.contains("cold: b / a")).unwrap();
        assert!(comparison.contains("1.96") && comparison.ends_with("slower"), "{text}");
    }

    #[test]
    fn what_is_withheld_is_said_and_explained() {
        let text = render(&report(&twice_as_slow()));
        assert!(text.contains("–: withheld"), "{text}");
    }

    #[test]
    fn no_line_is_wider_than_a_narrow_terminal() {
        for line in render(&report(&twice_as_slow())).lines() {
            assert!(line.chars().count() <= WIDTH, "{line:?}");
        }
    }

    #[test]
    fn a_report_of_nothing_is_a_report() {
        assert!(render(&report(&[])).contains("loadtest"));
    }
}
