//! Which colour, dash and symbol is which target: the same in every plot.

use super::drawing::{Mark, Pen, WIDTH};
use crate::report::markup::fitted;

/// Colours of the style sheet; further targets have those again, with other symbols.
const COLOURS: usize = 8;
/// Around the place where they are drawn.
const SYMBOLS: [&str; 5] = [
    "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
    "m-3.2-3.2h6.4v6.4h-6.4z",
    "m0-4.2l4.2 7.4h-8.4z",
    "m0-4.6l4.6 4.6-4.6 4.6-4.6-4.6z",
    "m0 4.2l4.2-7.4h-8.4z",
];
/// Room for a name, twice side by side.
const NAME: f64 = 184.0;
const ENTRY: f64 = 16.0;

pub fn series(number: usize) -> String {
    format!("{} d{}", colour(number), number % SYMBOLS.len())
}

pub fn colour(number: usize) -> String {
    format!("s{}", number % COLOURS)
}

pub fn symbol(number: usize) -> &'static str {
    SYMBOLS[number % SYMBOLS.len()]
}

pub fn height(rows: usize) -> f64 {
    rows.div_ceil(2) as f64 * ENTRY + 4.0
}

/// From the top of a plot, two names side by side, each with its number.
pub fn marks<'a>(names: impl Iterator<Item = (usize, &'a str)>) -> Vec<Mark> {
    let entry = |(place, (number, name)): (usize, (usize, &str))| {
        let at = (4.0 + (place % 2) as f64 * WIDTH / 2.0, 10.0 + (place / 2) as f64 * ENTRY);
        entry(&series(number), symbol(number), at, fitted(name, NAME))
    };
    names.enumerate().flat_map(entry).collect()
}

pub fn entry(class: &str, symbol: &str, (left, y): (f64, f64), name: impl Into<String>) -> [Mark; 3] {
    [
        Mark::line(format!("curve {class}"), (left, y), (left + 24.0, y)),
        Mark::path(format!("symbol {class}"), Pen::default().symbol((left + 12.0, y), symbol)),
        Mark::text("name", (left + 30.0, y + 4.0), name),
    ]
}
