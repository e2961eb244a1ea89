//! The report for a terminal.

use std::fmt::Write;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table as Grid};

use super::Report;
use super::outline::{Outline, Table};

/// As plain text.
pub fn render(report: &Report) -> String {
    let outline = Outline::of(report);
    let mut text = outline.about.join("\n") + "\n";
    for table in &outline.tables {
        let _ = write!(text, "\n{}\n{}\n", table.title, grid(table));
        for detail in &table.details {
            let _ = writeln!(text, "  {detail}");
        }
    }
    for section in [&outline.comparisons, &outline.notes] {
        if !section.is_empty() {
            let _ = write!(text, "\n{}\n", section.join("\n"));
        }
    }
    text
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
        assert!(text.contains("cold: b is slower than a: 1.96 × its median"), "{text}");
    }

    #[test]
    fn what_is_withheld_is_said_and_explained() {
        let text = render(&report(&twice_as_slow()));
        assert!(text.contains("–: withheld"), "{text}");
    }

    #[test]
    fn a_report_of_nothing_is_a_report() {
        assert!(render(&report(&[])).contains("loadtest"));
    }
}
