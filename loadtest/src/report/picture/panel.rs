//! The frame of a plot: its axes, with grid and ticks.

use super::axis::{Linear, Log, Tail};
use super::drawing::{Mark, Pen, WIDTH};
use super::words;

#[derive(Clone, Copy)]
pub struct Panel {
    pub x: [f64; 2],
    pub y: [f64; 2],
}

/// Room for the labels of an upright axis.
const LABELS: f64 = 56.0;
/// Room for those of a level one, with its title.
const BELOW: f64 = 36.0;

impl Panel {
    pub fn with_times(top: f64, height: f64) -> Self {
        Self { x: [LABELS, WIDTH - 12.0], y: [top, top + height] }
    }

    pub fn wide(top: f64, height: f64) -> Self {
        Self { x: [22.0, WIDTH - 22.0], y: [top, top + height] }
    }

    pub fn bottom(&self) -> f64 {
        self.y[1] + BELOW
    }

    pub fn upwards(&self) -> [f64; 2] {
        [self.y[1], self.y[0]]
    }

    /// Level lines, with their times; at most so many.
    pub fn upright_times(&self, axis: &Log, most: usize) -> Vec<Mark> {
        let ticks = axis.ticks(most);
        let grid =
            ticks.iter().fold(Pen::default(), |pen, us| pen.to((self.x[0], axis.at(*us))).across(self.x[1]));
        let label =
            |us: &f64| Mark::text("tick end", (self.x[0] - 5.0, axis.at(*us) + 3.5), words::tick(*us));
        std::iter::once(Mark::path("grid", grid)).chain(ticks.iter().map(label)).collect()
    }

    /// Upright lines, with their times, from nought at equal distances.
    pub fn level_lengths(&self, axis: &Linear, title: &str) -> Vec<Mark> {
        self.level(axis.ticks().into_iter().map(|us| (axis.at(us), words::tick(us))), title)
    }

    pub fn level_quantiles(&self, axis: &Tail) -> Vec<Mark> {
        let ticks = axis.ticks().map(|(q, label)| (axis.at(q), label.to_owned()));
        self.level(ticks, "percentile: so many % are no larger")
    }

    /// Upright lines at these places, with these labels, and a title below.
    pub fn level(&self, ticks: impl Iterator<Item = (f64, String)>, title: &str) -> Vec<Mark> {
        let ticks: Vec<_> = ticks.collect();
        let grid = ticks.iter().fold(Pen::default(), |pen, (x, _)| pen.to((*x, self.y[0])).along(self.y[1]));
        let label = |(x, label): (f64, String)| {
            let anchor = if x > WIDTH - 20.0 { "tick end" } else { "tick middle" };
            let at = if anchor == "tick end" { x.clamp(WIDTH - 4.0, WIDTH - 2.0) } else { x };
            Mark::text(anchor, (at, self.y[1] + 14.0), label)
        };
        let middle = f64::midpoint(self.x[0], self.x[1]);
        let mut marks = vec![Mark::path("grid", grid)];
        marks.extend(ticks.into_iter().map(label));
        marks.push(Mark::text("axis middle", (middle, self.y[1] + 30.0), title));
        marks
    }
}
