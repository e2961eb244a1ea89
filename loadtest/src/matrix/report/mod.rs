//! What was found, computed from what was measured and nothing else; rendered in other files here.

mod answers;
mod charts;
mod csv;
mod figures;
#[cfg(test)]
mod fixtures;
mod lab;
mod page;
mod parts;
mod rounds;
mod row;
mod same_file;
mod saved;
mod tables;
mod unmeasured;

use std::process::ExitCode;

use serde::{Deserialize, Serialize};

pub use figures::{Cell, Spread};
pub use lab::{Improvement, Lab, LabRow};
pub use parts::PartReport;
use rounds::Rounds;
pub use row::{MemoryReport, Row};
use same_file::Run;
pub use same_file::SameFile;
pub use saved::render_saved;

use super::bench::Contender;
use super::measured::{Figure, Measured};
use super::plan::MatrixPlan;
use crate::args::{Format, PlotKind};
use crate::environment::Environment;
use crate::error::Error;
use crate::exit;
use crate::look::Look;
use crate::output::Output;
use crate::report::labels::Labels;
use crate::report::outline::Outline;
use crate::report::{markdown, text};
use crate::sample::Sample;
use crate::stats;

/// The version of the report's fields. New fields may be added; none changes its meaning.
const SCHEMA_VERSION: u32 = 1;

/// What was found of every packaging.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MatrixReport {
    /// Of its fields.
    pub schema_version: u32,
    /// That it is one of these.
    pub kind: ReportKind,
    /// Whether the user ended the measurement before its end.
    pub interrupted: bool,
    /// Rounds in which something was measured; absent in older files.
    #[serde(default)]
    pub rounds_taken: Option<u32>,
    /// What was to be done.
    pub plan: MatrixPlan,
    /// Where it was done.
    pub environment: Environment,
    /// From the spawn of a process that does nothing to its end, in microseconds.
    pub spawn_us: Cell<Spread>,
    /// Which process that was, in words; in older files, which do not say so, it was `true`.
    #[serde(default)]
    pub spawned: Option<String>,
    /// A row each, also of what could not be measured.
    pub rows: Vec<Row>,
    /// The lab's table 4.1.
    pub lab: Lab,
    /// How packagings of the same file compare; absent in older files.
    #[serde(default)]
    pub same_file: Vec<SameFile>,
    /// What was to be measured and was not, a sentence each; empty in older files.
    #[serde(default)]
    pub unmeasured: Vec<String>,
    /// What the table answers, and no more than that.
    pub answers: Vec<String>,
    /// What is to be known about the figures.
    pub notes: Vec<String>,
}

/// What a report is of, so that a file of one is not taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportKind {
    /// Of packagings.
    Matrix,
}

/// Computes a report.
pub(super) fn build(
    plan: &MatrixPlan,
    environment: Environment,
    contenders: &[Contender],
    floor: &Measured,
    samples: &[Sample],
    interrupted: bool,
) -> MatrixReport {
    let seed = plan.requests.seed;
    let rows: Vec<Row> =
        contenders.iter().map(|contender| Row::of(contender, floor, samples, plan)).collect();
    let series: Vec<&Measured> = contenders.iter().map(|contender| &contender.measured).collect();
    let taken = Some(Rounds::taken(contenders, floor));
    let rounds = Rounds { asked: plan.rounds, taken, interrupted };
    let lab = Lab::of(&rows, &series, &rounds, seed);
    let runs = contenders.iter().zip(&rows);
    let runs: Vec<_> = runs.map(|(one, row)| Run::of(row, one.packaging.holds(), &one.measured)).collect();
    MatrixReport {
        schema_version: SCHEMA_VERSION,
        kind: ReportKind::Matrix,
        interrupted,
        rounds_taken: taken,
        spawn_us: Cell::of(floor, Figure::Rung(0), seed),
        spawned: floor.rungs.first().map(|(_, what)| what.clone()),
        unmeasured: unmeasured::of(&rows),
        answers: answers::of(&lab, &rows),
        same_file: same_file::of(&runs, seed),
        notes: tables::notes(&rounds, &rows),
        plan: plan.clone(),
        environment,
        rows,
        lab,
    }
}

impl MatrixReport {
    /// Whether anything was measured.
    pub fn has_figures(&self) -> bool {
        self.rows.iter().any(Row::has_figures)
    }

    /// How far its rounds went.
    fn rounds(&self) -> Rounds {
        Rounds { asked: self.plan.rounds, taken: self.rounds_taken, interrupted: self.interrupted }
    }

    /// What it means as an exit code.
    pub fn exit_code(&self) -> ExitCode {
        exit::of_matrix(self.interrupted, self.has_figures())
    }
}

/// Writes it to where it was asked for.
///
/// # Errors
///
/// As [`Output::write_as`].
pub(super) fn write(report: &MatrixReport, output: Output) -> Result<(), Error> {
    let of_matrix = |kind: PlotKind| kind.is_of_matrix().then_some(kind);
    output.write_as(|format, kind, look| render(report, format, of_matrix(kind), look))
}

/// As it was asked for; of a picture, all bars unless `kind` says which.
///
/// # Errors
///
/// When there is nothing to draw of what was to be drawn.
pub fn render(
    report: &MatrixReport,
    format: Format,
    kind: Option<PlotKind>,
    look: Look,
) -> Result<Vec<u8>, Error> {
    let svg = || {
        page::picture(report, kind).ok_or_else(|| {
            Error::Usage(format!(
                "there is nothing to draw: a bar is of a median, which takes {} rounds",
                stats::MEDIAN
            ))
        })
    };
    let rendered = match format {
        Format::Text => text::lay_out(&brief(report, false), look),
        Format::Markdown => markdown::lay_out(&brief(report, true)),
        Format::Csv => csv::render(report),
        // Nothing in it fails to be written: no map has keys that are no strings.
        Format::Json => serde_json::to_string_pretty(report).unwrap_or_default() + "\n",
        Format::Html => page::render(report),
        Format::Svg => svg()?,
        #[cfg(feature = "png")]
        Format::Png => return crate::report::picture::png::render(&svg()?).map_err(Error::Usage),
    };
    Ok(rendered.into_bytes())
}

/// Long names of packagings are whole in data and pages only.
fn brief(report: &MatrixReport, wide: bool) -> Outline {
    let names = report.rows.iter().map(|row| row.name.as_str());
    let labels = if wide { Labels::of(names) } else { text::labels(names) };
    tables::outline(report, wide).brief(&labels)
}
