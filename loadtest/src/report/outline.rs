//! A report as headings, tables and sentences: the same for the terminal and for Markdown.

mod column;
mod comparisons;
mod gates;
mod median;
mod phase;
mod unit;

pub(crate) use self::column::Column;
pub(super) use self::comparisons::{comparisons, percent};
pub(super) use self::gates::gates;
pub(crate) use self::median::{NO_INTERVAL, median};
pub(crate) use self::unit::Unit;
use super::labels::Labels;
use super::overview::EMBEDDED_HOST;
use super::{Distribution, Report, deployment, lab, load, markup, provenance};
use crate::environment::Environment;
use crate::floor::Floor;
use crate::sample::Phase;

/// What stands where the count does not support a figure.
pub(crate) const WITHHELD: &str = "–";

/// Picks a figure of a distribution.
pub(super) type Figure = fn(&Distribution) -> Option<f64>;

/// A report, ready to be laid out.
#[derive(Clone)]
pub(crate) struct Outline {
    pub about: Vec<String>,
    pub tables: Vec<Table>,
    pub notes: Vec<String>,
}

/// A table with its title; the first column is text, the others are figures.
#[derive(Clone)]
pub(crate) struct Table {
    pub title: String,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Below the table.
    pub details: Vec<String>,
}

impl Table {
    /// Whether a cell of this column is longer than any figure: such a column is read from its left, and may be broken
    /// between words.
    pub fn is_in_words(&self, column: usize) -> bool {
        const LONGEST_FIGURE: usize = 24;
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.any(|cell| cell.chars().count() > LONGEST_FIGURE)
    }
}

impl Outline {
    /// With nothing in it that would command a terminal: names come from the user, and much else from the target.
    pub fn plain(&self) -> Self {
        let mut plain = self.clone();
        let tables = plain.tables.iter_mut().flat_map(|Table { title, header, rows, details }| {
            std::iter::once(title).chain(header).chain(rows.iter_mut().flatten()).chain(details)
        });
        for text in plain.about.iter_mut().chain(tables).chain(&mut plain.notes) {
            *text = markup::plain(text);
        }
        plain
    }

    /// With what stands for long names, so that what is said of them is not lost.
    pub fn brief(mut self, labels: &Labels) -> Self {
        let tables = self
            .tables
            .iter_mut()
            .flat_map(|table| table.rows.iter_mut().flatten().chain(&mut table.details));
        for text in self.about.iter_mut().chain(tables).chain(&mut self.notes) {
            *text = labels.brief(text);
        }
        self
    }

    pub fn of(report: &Report) -> Self {
        let phases = Phase::ONE_BY_ONE;
        let mut tables: Vec<_> = report.environment.deployment.iter().map(deployment::table).collect();
        tables.extend(lab::table(report));
        tables.extend(phases.into_iter().filter_map(|phase| phase::table(report, phase)));
        tables.extend(load::tables(report));
        let mut notes: Vec<String> =
            report.warnings.iter().map(|warning| format!("Note: {warning}.")).collect();
        notes.splice(0..0, report.ended_early());
        tables.extend(comparisons(&report.comparisons, report.plan.margin));
        tables.extend(gates(&report.gates));
        tables.extend(provenance::table(report));
        Self { about: about(report), tables, notes }
    }
}

/// What was measured where, a line each.
pub(crate) fn about(report: &Report) -> Vec<String> {
    let environment = &report.environment;
    let mut about = vec![machine(environment)];
    about.extend(environment.is_embedded_host().then(|| EMBEDDED_HOST.to_owned()));
    about.extend(
        report.targets.iter().map(|target| format!("{}: {} {}", target.name, report.plan.method, target.url)),
    );
    about.extend(environment.floor.map(own));
    about.push(format!("loadtest {}, seed {}", environment.loadtest, report.plan.seed));
    about
}

/// Where it was measured, in a line.
pub(crate) fn machine(environment: &Environment) -> String {
    let mut machine = vec![format!("{}/{}", environment.os, environment.architecture)];
    machine.extend(environment.cpu.clone());
    machine.extend(environment.cores.map(|cores| format!("{cores} cores")));
    machine.extend(environment.host.clone());
    machine.join(", ")
}

/// Client overhead, in a line.
pub(crate) fn own(floor: Floor) -> String {
    let told = |phase: Phase| Some(format!("{:.0} µs {}", floor.of(phase)?, phase.in_words()));
    let told: Vec<_> = [Phase::Cold, Phase::Warm, Phase::Load].into_iter().filter_map(told).collect();
    format!("client overhead: {} (included in all times)", told.join(", "))
}
