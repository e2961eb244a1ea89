//! Pictures of a report. Pure geometry first, a [`Drawing`] in the end, which a template writes as SVG.

mod axis;
mod curve;
mod drawing;
mod legend;
mod lines;
mod load;
mod panel;
mod percentiles;
#[cfg(feature = "png")]
pub mod png;
mod ramp;
mod ratios;
pub mod svg;
mod thin;
mod time;
mod words;

pub use drawing::Drawing;
pub(crate) use words::{count, time as time_of};

use super::labels::Labels;
use super::outline::Table;
use super::{PhaseReport, Report};
use crate::args::PlotKind;
use crate::sample::{Phase, Sample};

/// From one line of words to the next.
const LINE: f64 = 14.0;
/// What has room in the width, in characters of the words that explain.
const CHARACTERS: usize = 62;

/// A drawing with what it is said to show, and the same as a table.
pub struct Figure {
    pub drawing: Drawing,
    pub caption: Vec<String>,
    pub(crate) table: Table,
}

/// The figures of one kind: of each phase one, where there is something to draw.
pub fn figures(kind: PlotKind, report: &Report, samples: &[Sample]) -> Vec<Figure> {
    if kind == PlotKind::Ratios {
        return ratios::figure(report).into_iter().collect();
    }
    let phases = [Phase::Startup, Phase::Cold, Phase::Warm, Phase::Load];
    phases
        .into_iter()
        .filter_map(|phase| {
            let rows = rows(report, phase);
            match kind {
                PlotKind::Ramp if phase == Phase::Load => ramp::figure(&rows),
                PlotKind::Percentiles => percentiles::figure(phase, &rows),
                PlotKind::Time if phase == Phase::Load => load::figure(&rows),
                PlotKind::Time => time::figure(phase, &rows, samples),
                _ => None,
            }
        })
        .collect()
}

fn labels(report: &Report) -> Labels {
    Labels::of(report.targets.iter().map(|target| target.name.as_str()))
}

/// A target in a phase, with the number that gives it its colour and its shape in every plot.
struct Row<'a> {
    number: usize,
    target: &'a str,
    name: String,
    phase: &'a PhaseReport,
}

fn rows(report: &Report, phase: Phase) -> Vec<Row<'_>> {
    let labels = labels(report);
    let of = |(number, target): (usize, &'_ super::TargetReport)| {
        let at = target.phases.iter().position(|report| report.phase == phase)?;
        Some((number, at))
    };
    report
        .targets
        .iter()
        .enumerate()
        .filter_map(of)
        .map(|(number, at)| Row {
            number,
            target: &report.targets[number].name,
            name: labels.label(&report.targets[number].name),
            phase: &report.targets[number].phases[at],
        })
        .collect()
}

#[cfg(test)]
mod tests;
