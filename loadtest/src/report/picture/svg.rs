//! Drawings as SVG.

use askama::Template;

use super::drawing::{Drawing, Shape, WIDTH};
use super::{Figure, figures};
use crate::args::PlotKind;
use crate::report::Report;
use crate::sample::Sample;

/// What every plot looks like, also in a page.
pub const STYLE: &str = include_str!("../../../templates/plot.css");

const GAP: f64 = 24.0;
const TITLE: f64 = 28.0;

/// One drawing within a page.
#[derive(Template)]
#[template(path = "drawing.svg")]
pub struct Inline<'a> {
    /// Of which.
    pub drawing: &'a Drawing,
}

/// Several drawings side by side, as a file of their own.
#[derive(Template)]
#[template(path = "sheet.svg")]
struct Sheet {
    style: &'static str,
    title: &'static str,
    width: f64,
    height: f64,
    placed: Vec<Placed>,
}

struct Placed {
    x: f64,
    y: f64,
    drawing: Drawing,
}

/// The plots of a kind as one file; `None` where there is nothing to draw.
pub fn render(kind: PlotKind, report: &Report, samples: &[Sample]) -> Option<String> {
    sheet(kind.title(), figures(kind, report, samples))
}

/// Figures as one file; `None` of none.
pub fn sheet(title: &'static str, figures: Vec<Figure>) -> Option<String> {
    let drawings: Vec<_> = figures.into_iter().map(|figure| figure.drawing).collect();
    let columns = drawings.len().min(2);
    let mut placed = Vec::new();
    let mut y = 12.0;
    let mut left = drawings.into_iter().peekable();
    while left.peek().is_some() {
        let row: Vec<_> = left.by_ref().take(columns).collect();
        let height = row.iter().map(|drawing| drawing.height.0).fold(0.0, f64::max);
        placed.extend(row.into_iter().enumerate().map(|(column, drawing)| Placed {
            x: GAP / 2.0 + column as f64 * (WIDTH + GAP),
            y,
            drawing,
        }));
        y += TITLE + height + GAP;
    }
    let width = columns as f64 * (WIDTH + GAP);
    let sheet = Sheet { style: STYLE, title, width, height: y - 8.0, placed };
    (!sheet.placed.is_empty()).then(|| sheet.render().expect("a drawing is written to memory"))
}
