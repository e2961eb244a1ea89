//! The report as a page: one file that asks for nothing, and shows everything without its script.

mod about;
mod data;
mod policy;

use askama::Template;

use self::about::Fact;
use self::data::Download;
use super::answer::{self, Piece, Sentence};
use super::markup::shortened;
use super::outline::{Outline, Table};
use super::picture::svg::{self, Inline};
use super::picture::{self, Figure};
use super::{Report, TargetReport};
use crate::args::PlotKind;
use crate::sample::Sample;

/// What is no longer is never cut.
const LONG: usize = 40;

const STYLE: &str = include_str!("../../../templates/page.css");
const SCRIPT: &str = include_str!("../../../templates/page.js");

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    policy: String,
    style: String,
    script: &'static str,
    targets: &'a [TargetReport],
    answer: Vec<Sentence>,
    notes: Vec<String>,
    sections: Vec<Section>,
    without_samples: Option<&'static str>,
    tables: Vec<Table>,
    facts: Vec<Fact>,
    downloads: Vec<Download>,
    too_many: Option<String>,
}

/// The plots of one kind.
struct Section {
    id: String,
    title: &'static str,
    /// Of all its figures, each sentence once.
    caption: Vec<String>,
    figures: Vec<Figure>,
}

/// A table, with what numbers its rows have.
#[derive(Template)]
#[template(path = "table.html")]
struct Rows<'a> {
    table: &'a Table,
}

/// As HTML.
pub fn render(report: &Report, samples: &[Sample]) -> String {
    let style = format!("{STYLE}{}", svg::STYLE);
    let mut outline = Outline::of(report);
    for table in &mut outline.tables {
        table.details.iter_mut().for_each(|detail| *detail = brief(report, detail));
    }
    let (downloads, too_many) = data::downloads(report, samples);
    let page = Page {
        policy: policy::of(&style, SCRIPT),
        style,
        script: SCRIPT,
        targets: &report.targets,
        answer: answer::of(report),
        notes: outline
            .notes
            .iter()
            .map(|note| brief(report, note.strip_prefix("Note: ").unwrap_or(note)))
            .collect(),
        sections: sections(report, samples),
        without_samples: samples.is_empty().then(|| why_without(report)),
        tables: outline.tables,
        facts: about::facts(report),
        downloads,
        too_many,
    };
    page.render().expect("a page is written to memory")
}

fn sections(report: &Report, samples: &[Sample]) -> Vec<Section> {
    let section = |kind: PlotKind| {
        let figures = picture::figures(kind, report, samples);
        let mut caption: Vec<String> = Vec::new();
        for sentence in figures.iter().flat_map(|figure| &figure.caption) {
            if !caption.contains(sentence) {
                caption.push(sentence.clone());
            }
        }
        Section { id: format!("{kind:?}").to_lowercase(), title: kind.title(), caption, figures }
    };
    PlotKind::ALL.into_iter().map(section).filter(|section| !section.figures.is_empty()).collect()
}

/// A sentence in which no name is so long that what is said of it is lost.
fn brief(report: &Report, sentence: &str) -> String {
    let long = report.targets.iter().map(|target| target.name.as_str()).filter(|name| is_long(name));
    long.fold(sentence.to_owned(), |sentence, name| sentence.replace(name, &shortened(name, LONG)))
}

/// Whether a name has to be cut by the style. What may be cut is a block, and text can be broken around it.
fn is_long(name: &str) -> bool {
    name.chars().nth(LONG).is_some()
}

fn why_without(report: &Report) -> &'static str {
    let is_load = report.targets.iter().flat_map(|target| &target.phases).any(|phase| phase.load.is_some());
    if is_load {
        "Answers of a load are counted, not kept one by one, so that no single samples are drawn here."
    } else {
        "This report was made without its samples, so that none are drawn here: `loadtest report FILE.ndjson -o page.html`, \
         of a file that --samples wrote, draws each of them."
    }
}

#[cfg(test)]
mod tests;
