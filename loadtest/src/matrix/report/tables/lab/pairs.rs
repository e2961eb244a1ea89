//! Which two packagings each row compares: a letter for each pair, where one line has no room for their names.

use super::{pair, text_pairs};
use crate::matrix::report::MatrixReport;
use crate::report::outline::WITHHELD;

/// The pairs of all rows, in the order of the rows.
pub(super) struct Pairs(Vec<Option<String>>);

impl Pairs {
    /// Of all rows, those without numbers last.
    pub(super) fn of(report: &MatrixReport) -> Self {
        Self(report.lab.rows.iter().map(pair).chain(text_pairs(report)).collect())
    }

    /// Whether not all rows are of the same two.
    pub(super) fn differ(&self) -> bool {
        self.distinct().len() > 1
    }

    /// What stands in each row for its pair.
    pub(super) fn letters(&self) -> impl Iterator<Item = String> {
        let distinct = self.distinct();
        self.0.iter().map(move |pair| {
            let place = distinct.iter().position(|known| Some(*known) == pair.as_deref());
            place.map_or(WITHHELD.into(), letter)
        })
    }

    /// Which pair each letter is, or the only pair.
    pub(super) fn told(&self) -> Vec<String> {
        let distinct = self.distinct().into_iter();
        match self.differ() {
            true => distinct.enumerate().map(|(place, pair)| format!("{}: {pair}", letter(place))).collect(),
            false => distinct.map(|pair| format!("All rows are of {pair}.")).collect(),
        }
    }

    fn distinct(&self) -> Vec<&str> {
        let mut distinct = Vec::new();
        for pair in self.0.iter().flatten() {
            if !distinct.contains(&pair.as_str()) {
                distinct.push(pair.as_str());
            }
        }
        distinct
    }
}

/// There are no more pairs than metrics.
fn letter(place: usize) -> String {
    ('a'..='z').nth(place).map_or(WITHHELD.into(), String::from)
}
