//! The report as a page, and its bars as one picture.

use super::{MatrixReport, charts, csv, tables, unmeasured};
use crate::args::PlotKind;
use crate::report::answer::{Piece, Sentence};
use crate::report::html::{Download, Fact, Facts, Page, Section, seconds};
use crate::report::picture::svg;

/// As HTML.
pub fn render(report: &MatrixReport) -> String {
    let mut tables = tables::outline(report, true).tables;
    if let Some(lab) = tables.first_mut() {
        // The answers stand at the top.
        lab.details.retain(|detail| !report.answers.contains(detail));
    }
    let words = |text: String| Sentence(vec![Piece::Words(text)]);
    let sections = charts::of(report);
    Page {
        heading: words(heading(report)),
        answer: report.answers.iter().map(|answer| words(answer.clone())).collect(),
        how: vec![
            "Improvements are by the lab's formulas, which stand below its table; intervals are 95 % intervals. “No difference \
             shown” is not “equal”: these rounds do not tell."
                .into(),
        ],
        notes: tables::chosen(report)
            .into_iter()
            .chain(report.unmeasured.clone())
            .chain(report.notes.clone())
            .collect(),
        missing: sections.is_empty().then_some("There is nothing to draw: a bar is of a median, which takes 20 rounds."),
        sections: sections
            .into_iter()
            .filter_map(|theme| Section::of(theme.id(), theme.kind.title(), theme.figures))
            .collect(),
        tables,
        places: report.rows.iter().map(|row| (row.name.clone(), place(row))).collect(),
        facts: facts(report),
        downloads: downloads(report),
        ..Page::default()
    }
    .render()
}

/// Bars as SVG, all of them or those of a kind; `None` where there are none.
pub fn picture(report: &MatrixReport, kind: Option<PlotKind>) -> Option<String> {
    let chosen = charts::of(report).into_iter().filter(|theme| kind.is_none_or(|kind| theme.kind == kind));
    let title = kind.map_or("Sizes, start-ups and memory of packagings", PlotKind::title);
    svg::sheet(title, chosen.flat_map(|theme| theme.figures).collect(), &below(report))
}

/// What whoever has nothing but the picture needs to know: when and where it was, and of how many packagings.
fn below(report: &MatrixReport) -> Vec<String> {
    let measured = report.rows.iter().filter(|row| row.has_figures()).count();
    let count = format!("packagings measured: {measured} of {}", report.rows.len());
    let facts = Facts::of(&report.environment).0.into_iter();
    let when = facts.filter(|fact| fact.name == "Measured").map(|fact| format!("measured {}", fact.value));
    tables::about(report).into_iter().chain(when).chain([count]).chain(tables::chosen(report)).collect()
}

fn heading(report: &MatrixReport) -> String {
    match report.rows.iter().filter(|row| row.has_figures()).count() {
        0 => "No packaging was measured".into(),
        1 => "One program in one packaging".into(),
        n => format!("One program in {n} packagings"),
    }
}

/// What runs it, or why nothing does.
fn place(row: &super::Row) -> String {
    match (unmeasured::nothing(row), &row.by) {
        (Some(why), _) => format!("not measured: {why}"),
        (None, Some(by)) => by.clone(),
        (None, None) => "what runs it is not known".into(),
    }
}

fn facts(report: &MatrixReport) -> Vec<Fact> {
    let (plan, mut facts) = (&report.plan, Facts::of(&report.environment));
    let spawned = report.spawn_us.value().and_then(|spread| spread.distribution.p50);
    facts.maybe("Spawning a process that does nothing", spawned.map(tables::time));
    facts.add("Rounds", plan.rounds.to_string());
    let load = format!("{} over {} connections", seconds(plan.burst), plan.connections);
    facts.add("Load, in each round", load);
    facts.add("Idle before each cold request", seconds(plan.requests.idle));
    facts.add("Time-out", seconds(plan.requests.timeout));
    facts.add("Seed", plan.requests.seed.to_string());
    facts.0
}

fn downloads(report: &MatrixReport) -> Vec<Download> {
    // Nothing in it fails to be written: no map has keys that are no strings.
    let json = serde_json::to_vec(report).unwrap_or_default();
    let csv = csv::render(report);
    vec![
        Download::new("matrix.json", "the whole report, for programs", "application/json", &json),
        Download::new("matrix.csv", "a line for each figure", "text/csv", csv.as_bytes()),
    ]
}

#[cfg(test)]
mod tests;
