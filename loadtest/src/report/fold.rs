//! Tables that fit: what is too wide goes on below, under the same names.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table as Grid, Width};
use textwrap::core::display_width;

use super::outline::Table;

const PADDING: usize = 2;

/// The lines of a table, none wider than `width`: columns without room are in a block of their own below the others.
pub fn lines(table: &Table, width: usize) -> Vec<String> {
    let columns: Vec<usize> = (0..table.header.len()).map(|column| natural(table, column)).collect();
    let Some((name, figures)) = columns.split_first() else { return Vec::new() };
    let name = (*name).min(width / 2);
    let blocks = blocks(figures, width.saturating_sub(name));
    blocks.iter().flat_map(|block| grid(table, block, name, width)).collect()
}

/// As wide as its widest cell.
fn natural(table: &Table, column: usize) -> usize {
    let cells = std::iter::once(&table.header).chain(&table.rows).filter_map(|row| row.get(column));
    cells.map(|cell| display_width(cell)).max().unwrap_or(0) + PADDING
}

/// Ranges of columns, each as many as there is room for, and at least one.
fn blocks(widths: &[usize], room: usize) -> Vec<Vec<usize>> {
    let (mut blocks, mut taken) = (vec![Vec::new()], 0);
    for (column, width) in widths.iter().enumerate() {
        // The last one's space is cut off.
        if taken + width > room + 1 && !blocks.last().is_some_and(Vec::is_empty) {
            blocks.push(Vec::new());
            taken = 0;
        }
        taken += width;
        blocks.last_mut().into_iter().for_each(|block| block.push(column + 1));
    }
    blocks
}

/// The first column and these.
fn grid(table: &Table, block: &[usize], name: usize, width: usize) -> Vec<String> {
    let pick = |row: &[String]| -> Vec<String> {
        std::iter::once(&0).chain(block).filter_map(|column| row.get(*column).cloned()).collect()
    };
    let mut grid = Grid::new();
    grid.load_style(NOTHING).set_header(pick(&table.header));
    grid.set_content_arrangement(ContentArrangement::Dynamic);
    grid.set_width(u16::try_from(width + 1).unwrap_or(u16::MAX));
    for row in &table.rows {
        grid.add_row(pick(row));
    }
    let most = Width::Fixed(u16::try_from(name).unwrap_or(u16::MAX));
    if let Some(first) = grid.column_mut(0) {
        first.set_constraint(ColumnConstraint::UpperBoundary(most));
    }
    for column in grid.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    grid.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(name: &str) -> Table {
        let row = |cells: [&str; 5]| cells.map(str::to_owned).to_vec();
        Table {
            title: "Cold".into(),
            header: row(["", "ok", "p50", "95% CI of p50", "instances"]),
            rows: vec![row([name, "20", "626", "514–699", "12 fresh, 8 reused"])],
            details: vec![],
        }
    }

    #[test]
    fn what_fits_is_one_block() {
        assert_eq!(
            lines(&table("WAGI"), 80),
            [
                "       ok  p50  95% CI of p50           instances",
                " WAGI  20  626        514–699  12 fresh, 8 reused"
            ]
        );
    }

    #[test]
    fn what_does_not_goes_on_below_under_its_name() {
        assert_eq!(
            lines(&table("WAGI"), 40),
            [
                "       ok  p50  95% CI of p50",
                " WAGI  20  626        514–699",
                "                instances",
                " WAGI  12 fresh, 8 reused",
            ]
        );
    }

    #[test]
    fn a_table_as_wide_as_the_terminal_is_not_folded() {
        let width = lines(&table("WAGI"), 80).iter().map(|line| display_width(line)).max().unwrap();
        assert_eq!((lines(&table("WAGI"), width).len(), lines(&table("WAGI"), width - 1).len()), (2, 4));
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_figure_is_lost(width in 20..130usize, letters in 1..90usize) {
            let lines = lines(&table(&"n".repeat(letters)), width);
            for line in &lines {
                prop_assert!(display_width(line) <= width, "{width}: {lines:#?}");
            }
            let text = lines.join("\n");
            prop_assert!(["626", "514–699", "12 fresh", "reused"].iter().all(|figure| text.contains(figure)), "{text}");
        }
    }
}
