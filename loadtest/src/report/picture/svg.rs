//! Drawings as SVG.

use askama::Template;

use super::drawing::{Drawing, Shape, WIDTH};
use super::{CHARACTERS, Figure, LINE, figures};
use crate::args::PlotKind;
use crate::report::markup::fitted;
use crate::report::{Report, outline};
use crate::sample::Sample;

/// What every plot looks like, also in a page.
pub const STYLE: &str = include_str!("../../../templates/plot.css");

const GAP: f64 = 24.0;
const TITLE: f64 = 28.0;

#[derive(Template)]
#[template(path = "drawing.svg")]
pub struct Inline<'a> {
    pub drawing: &'a Drawing,
}

#[derive(Template)]
#[template(path = "sheet.svg")]
struct Sheet {
    style: &'static str,
    title: &'static str,
    width: f64,
    height: f64,
    placed: Vec<Placed>,
    about: Vec<Line>,
}

struct Placed {
    x: f64,
    y: f64,
    drawing: Drawing,
    caption: Vec<Line>,
}

struct Line {
    y: f64,
    words: String,
}

/// The plots of a kind as one file; `None` where there is nothing to draw.
pub fn render(kind: PlotKind, report: &Report, samples: &[Sample]) -> Option<String> {
    sheet(kind.title(), figures(kind, report, samples), &outline::about(report))
}

/// Figures as one file, each with how it is to be read, and below them what was measured where; `None` of none.
pub fn sheet(title: &'static str, figures: Vec<Figure>, about: &[String]) -> Option<String> {
    let columns = figures.len().min(2);
    let mut placed = Vec::new();
    let mut y = 12.0;
    let mut left = figures.into_iter().map(captioned).peekable();
    while left.peek().is_some() {
        let row: Vec<_> = left.by_ref().take(columns).collect();
        let height = row.iter().map(|(drawing, caption)| bottom(drawing, caption)).fold(0.0, f64::max);
        placed.extend(row.into_iter().enumerate().map(|(column, (drawing, caption))| Placed {
            x: GAP / 2.0 + column as f64 * (WIDTH + GAP),
            y,
            drawing,
            caption,
        }));
        y += TITLE + height + GAP;
    }
    let width = columns as f64 * (WIDTH + GAP);
    let about = below(y, about.iter().map(|line| fitted(line, width - 2.0 * GAP)));
    let height = about.last().map_or(y, |last| last.y + GAP) - 8.0;
    let sheet = Sheet { style: STYLE, title, width, height, placed, about };
    (!sheet.placed.is_empty()).then(|| sheet.render().expect("a drawing is written to memory"))
}

fn captioned(Figure { drawing, caption, .. }: Figure) -> (Drawing, Vec<Line>) {
    let lines = caption.iter().flat_map(|sentence| textwrap::wrap(sentence, CHARACTERS));
    let caption = below(drawing.height.0 + LINE, lines.map(String::from));
    (drawing, caption)
}

fn below(top: f64, lines: impl Iterator<Item = String>) -> Vec<Line> {
    lines.enumerate().map(|(place, words)| Line { y: top + place as f64 * LINE, words }).collect()
}

fn bottom(drawing: &Drawing, caption: &[Line]) -> f64 {
    caption.last().map_or(drawing.height.0, |last| last.y)
}
