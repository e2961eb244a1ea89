//! The first thing of a report: a row a target, with what may be said of it.

mod columns;
mod grid;
mod legend;
mod title;
mod unit;

pub(crate) use self::columns::{compared, shipped};
pub(crate) use self::grid::lines;
pub(crate) use self::title::EMBEDDED_HOST;
pub(crate) use self::unit::{Unit, bytes};
use super::Report;
use super::labels::Labels;
use super::outline::Table;
use super::text::WIDEST_NAME;

/// More notes than these are only in the whole report.
const NOTES: usize = 3;

/// What was measured, in one table.
pub(crate) struct Overview {
    /// What was measured.
    pub title: String,
    /// By which host, if that is known.
    pub host: Option<String>,
    /// What holds of every figure here.
    pub caveat: Option<&'static str>,
    /// The first is of the targets' names.
    pub columns: Vec<Column>,
    /// How it is to be read, a sentence each.
    pub legend: Vec<String>,
    /// What could change a decision, the weightiest first; no more than can be looked at.
    pub notes: Vec<String>,
    /// How many there are in all.
    pub all_notes: usize,
}

/// A column, with a cell for each target.
pub(crate) struct Column {
    /// Of what.
    pub name: String,
    /// In the order of the targets.
    pub cells: Vec<Cell>,
}

/// A figure, and what stands beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cell {
    /// With its unit.
    pub figure: String,
    /// A ratio with its mark, or a range.
    pub beside: String,
}

/// Below this, what tells names apart is lost.
const SHORTEST_NAME: usize = 14;

impl Column {
    /// Whether anything stands beside its figures.
    pub fn has_beside(&self) -> bool {
        self.cells.iter().any(|cell| !cell.beside.is_empty())
    }
}

impl Cell {
    /// In the style sheet: a mark has a colour.
    pub fn class(&self) -> &'static str {
        match self.beside.chars().last() {
            Some('▼') => "beside faster",
            Some('▲') => "beside slower",
            _ => "beside",
        }
    }

    fn told(&self) -> String {
        [self.figure.as_str(), self.beside.trim()].join(" ").trim_end().to_owned()
    }
}

impl Overview {
    /// Of a measurement; a load has tables of its own.
    pub fn of(report: &Report) -> Self {
        let columns = columns::of(report);
        let notes: Vec<String> = report.ended_early().into_iter().chain(notes(report)).collect();
        Self {
            title: title::of(report),
            host: report.environment.host.clone(),
            caveat: report.environment.is_embedded_host().then_some(title::EMBEDDED_HOST),
            legend: legend::of(report, &columns),
            all_notes: notes.len(),
            notes: notes.into_iter().take(NOTES).collect(),
            columns,
        }
    }

    /// With names so short that all columns have room in `width`, if that is possible.
    pub fn fitted(self, report: &Report, width: usize) -> Self {
        let room = width.saturating_sub(grid::beside_names(&self.columns));
        let longest = if room < SHORTEST_NAME { WIDEST_NAME } else { room.min(WIDEST_NAME) };
        self.brief(&Labels::within(longest, report.names()))
    }

    /// Each cell of each target with its column.
    pub fn rows(&self) -> Vec<Vec<(&Column, &Cell)>> {
        let rows = self.columns.first().map_or(0, |names| names.cells.len());
        let row = |row: usize| self.columns.iter().map(|column| (column, &column.cells[row])).collect();
        (0..rows).map(row).collect()
    }

    /// As a table whose cells are whole, for documents.
    pub fn table(&self) -> Table {
        let told = |row: Vec<(&Column, &Cell)>| row.into_iter().map(|(_, cell)| cell.told()).collect();
        Table {
            title: self.title.clone(),
            header: self.columns.iter().map(|column| column.name.clone()).collect(),
            rows: self.rows().into_iter().map(told).collect(),
            details: vec![],
        }
    }

    /// With what stands for long names.
    pub fn brief(mut self, labels: &Labels) -> Self {
        let names = self.columns.iter_mut().take(1).flat_map(|column| &mut column.cells);
        let texts = names.map(|cell| &mut cell.figure).chain(&mut self.legend).chain(&mut self.notes);
        texts.chain([&mut self.title]).for_each(|text| *text = labels.brief(text));
        self
    }
}

fn notes(report: &Report) -> impl Iterator<Item = String> {
    report.decisive().iter().map(|warning| format!("Note: {warning}."))
}

#[cfg(test)]
mod tests;
