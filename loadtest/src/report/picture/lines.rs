//! Percentiles of a load as lines, over whatever is level: time, or rates.

use super::axis::Log;
use super::drawing::{Mark, Pen, WIDTH};
use super::{Row, legend, words};
use crate::report::Distribution;

/// How high a picture of lines is, without what stands above and below.
pub const HEIGHT: f64 = 210.0;
/// As many times as its axis may have.
pub const TICKS: usize = 7;
/// Room for which line is which.
pub const LEGEND: f64 = 24.0;

pub type Line = (&'static str, fn(&Distribution) -> Option<f64>);

pub const LINES: [Line; 4] = [
    ("p50", |times| times.p50),
    ("p90", |times| times.p90),
    ("p99", |times| times.p99),
    ("max", |times| times.max),
];

/// What has a mark on each line.
pub struct Part<'a> {
    /// Where it is on the level axis.
    pub x: f64,
    /// Its place among all parts: only neighbours are joined.
    pub place: usize,
    pub told: String,
    pub times: &'a Distribution,
}

pub fn upright<'a>(times: impl Iterator<Item = &'a Distribution>, places: [f64; 2]) -> Option<Log> {
    Log::over(times.flat_map(|times| LINES.iter().filter_map(|(_, of)| of(times))), places)
}

pub fn key<'a>(row: &Row, times: impl Iterator<Item = &'a Distribution> + Clone) -> Vec<Mark> {
    let is_drawn = |(_, of): &Line| times.clone().any(|times| of(times).is_some());
    let drawn = LINES.iter().enumerate().filter(|(_, line)| is_drawn(line));
    let entry = |(place, (number, (name, _))): (usize, (usize, &Line))| {
        let at = (4.0 + place as f64 * WIDTH / 4.0, 10.0);
        legend::entry(&class(row, number), legend::symbol(number), at, *name)
    };
    drawn.enumerate().flat_map(entry).collect()
}

/// What a mark at the upper edge is, if there may be one.
pub fn endless<'a>(mut times: impl Iterator<Item = &'a Distribution>) -> Option<String> {
    let told = "What is at the upper edge timed out or could not be sent in time, and lies beyond it.";
    times.any(|times| times.max.is_some_and(f64::is_infinite)).then(|| told.into())
}

pub fn marks(row: &Row, parts: &[Part], y: &Log) -> Vec<Mark> {
    LINES.iter().enumerate().flat_map(|(number, line)| drawn(row, parts, y, number, line)).collect()
}

/// Of one colour, since they are of one target; told apart by dash and symbol.
fn class(row: &Row, number: usize) -> String {
    format!("{} d{number}", legend::colour(row.number))
}

/// A line, broken where a percentile is withheld, under its symbols.
fn drawn(row: &Row, parts: &[Part], y: &Log, number: usize, (name, of): &Line) -> Vec<Mark> {
    let class = class(row, number);
    let (mut line, mut before) = (Pen::default(), None);
    let mut symbols = Vec::new();
    for part in parts {
        let Some(us) = of(part.times) else { continue };
        let place = (part.x, y.at(us));
        line = match before {
            Some(before) if before + 1 == part.place => line.line(place),
            _ => line.to(place),
        };
        before = Some(part.place);
        let told = format!("{name}{}: {}", part.told, words::of_load(us));
        let symbol = Pen::default().symbol(place, legend::symbol(number));
        symbols.push(Mark::path(format!("symbol {class}"), symbol).of(row.number, *name, us).saying(told));
    }
    let line = (!line.is_empty()).then(|| Mark::path(format!("curve {class}"), line));
    line.into_iter().chain(symbols).collect()
}
