//! The table in lines of a terminal.

use textwrap::core::display_width;

use super::{Cell, Column};
use crate::report::markup::plain;

/// Between two columns.
const GAP: usize = 2;

/// The header and a line for each target, none wider than `width`. Columns without room go on below, under the names again;
/// where not even one has room beside a name, each target is a list.
pub fn lines(columns: &[Column], width: usize) -> Vec<String> {
    let Some((names, figures)) = columns.split_first() else { return Vec::new() };
    let widths: Vec<[usize; 2]> = figures.iter().map(widths).collect();
    let name = 1 + names.cells.iter().map(|cell| wide(&cell.figure)).max().unwrap_or(0);
    let widest = widths.iter().map(taken).max().unwrap_or(0);
    if name + widest > width {
        return list(names, figures, width);
    }
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for (column, widths) in widths.iter().enumerate() {
        if blocks.is_empty() || taken(widths) > room {
            blocks.push(Vec::new());
            room = width - name;
        }
        room -= taken(widths);
        blocks.last_mut().into_iter().for_each(|block| block.push(column));
    }
    let line = |first: &str, block: &[usize], cell: &dyn Fn(usize) -> Cell| {
        let cells = block.iter().map(|column| laid_out(&cell(*column), widths[*column]));
        let line = cells.fold(padded(&format!(" {}", plain(first)), name), |line, cell| line + cell.as_str());
        line.trim_end().to_owned()
    };
    let block = |block: &Vec<usize>| {
        let header =
            line("", block, &|column| Cell { figure: figures[column].name.clone(), beside: String::new() });
        let rows = names.cells.iter().enumerate();
        let rows =
            rows.map(|(row, name)| line(&name.figure, block, &|column| figures[column].cells[row].clone()));
        std::iter::once(header).chain(rows).collect::<Vec<_>>()
    };
    blocks.iter().flat_map(block).collect()
}

/// How much room all columns but the names take, with the space before those.
pub fn beside_names(columns: &[Column]) -> usize {
    1 + columns.iter().skip(1).map(|column| taken(&widths(column))).sum::<usize>()
}

fn taken([figure, beside]: &[usize; 2]) -> usize {
    GAP + figure + if *beside > 0 { 1 + beside } else { 0 }
}

/// Of the figures, and of what stands beside them.
fn widths(column: &Column) -> [usize; 2] {
    let widest = |of: fn(&Cell) -> &String| column.cells.iter().map(|cell| wide(of(cell))).max().unwrap_or(0);
    [widest(|cell| &cell.figure).max(wide(&column.name)), widest(|cell| &cell.beside)]
}

/// Figures end below one another; so do ratios, and brackets begin so.
fn laid_out(cell: &Cell, [figure, beside]: [usize; 2]) -> String {
    let gap = " ".repeat(GAP + figure - wide(&cell.figure));
    let room = " ".repeat(beside - wide(&cell.beside));
    let [before, after] = if cell.beside.starts_with('(') { ["", &room] } else { [room.as_str(), ""] };
    let between = if beside > 0 { " " } else { "" };
    format!("{gap}{}{between}{before}{}{after}", cell.figure, cell.beside)
}

fn list(names: &Column, figures: &[Column], width: usize) -> Vec<String> {
    let of_target = |(row, name): (usize, &Cell)| {
        let figures = figures.iter().map(move |column| {
            let Cell { figure, beside } = &column.cells[row];
            format!("{} {figure} {beside}", column.name)
        });
        let name = wrapped(&plain(&name.figure), " ", width);
        name.into_iter().chain(figures.flat_map(|line| wrapped(line.trim_end(), "   ", width)))
    };
    names.cells.iter().enumerate().flat_map(of_target).collect()
}

fn wrapped(line: &str, indent: &str, width: usize) -> Vec<String> {
    let options = textwrap::Options::new(width).initial_indent(indent).subsequent_indent("    ");
    textwrap::wrap(line, options).into_iter().map(String::from).collect()
}

fn wide(text: &str) -> usize {
    display_width(&plain(text))
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(display_width(text))))
}
