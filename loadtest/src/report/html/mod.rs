//! The report as a page: one file that asks for nothing, and shows everything without its script.

mod about;
mod data;
mod policy;

use askama::Template;

pub(crate) use self::about::Fact;
#[cfg(feature = "serve")]
pub(crate) use self::about::Facts;
pub(crate) use self::data::Download;
use super::Report;
use super::answer::{self, Piece, Sentence};
use super::markup::shortened;
use super::outline::{Outline, Table};
use super::picture::svg::{self, Inline};
use super::picture::{self, Figure};
use crate::args::PlotKind;
use crate::sample::Sample;

/// What is no longer is never cut.
const LONG: usize = 40;

const STYLE: &str = include_str!("../../../templates/page.css");
const SCRIPT: &str = include_str!("../../../templates/page.js");

#[derive(Template)]
#[template(path = "page.html")]
struct Laid<'a> {
    policy: String,
    style: String,
    script: &'static str,
    page: &'a Page,
}

/// What a page says, whatever it is a report of.
#[derive(Default)]
pub(crate) struct Page {
    /// Of the window.
    pub title: String,
    /// Of the page.
    pub heading: Sentence,
    /// What was found.
    pub answer: Vec<Sentence>,
    /// How the answer is to be read.
    pub how: &'static str,
    /// What is to be known before deciding by it.
    pub notes: Vec<String>,
    /// What is drawn.
    pub sections: Vec<Section>,
    /// Why more is not drawn.
    pub missing: Option<&'static str>,
    /// All figures.
    pub tables: Vec<Table>,
    /// Names of what was measured, and where or what it is.
    pub places: Vec<(String, String)>,
    /// What else there is to be known of it.
    pub facts: Vec<Fact>,
    /// The data.
    pub downloads: Vec<Download>,
    /// Why not all of the data is there.
    pub too_many: Option<String>,
}

/// Plots that are read together.
pub(crate) struct Section {
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
    let names: Vec<&str> = report.targets.iter().map(|target| target.name.as_str()).collect();
    let mut outline = Outline::of(report);
    for table in &mut outline.tables {
        table.details.iter_mut().for_each(|detail| *detail = brief(&names, detail));
    }
    let note = |note: &String| brief(&names, note.strip_prefix("Note: ").unwrap_or(note));
    let (downloads, too_many) = data::downloads(report, samples);
    Page {
        title: titled("Latency of", &names),
        heading: Sentence::default().say("Latency of ").names(&names),
        answer: answer::of(report),
        how: "Medians, compared round by round: what falls on a whole round is taken out first, so that a ratio need not be \
              that of the medians in the table. Intervals are 95 % intervals, rounded outwards here. “No difference \
              shown” is not “equal”: these samples do not tell.",
        notes: outline.notes.iter().map(note).collect(),
        sections: sections(report, samples),
        missing: samples.is_empty().then(|| why_without(report)),
        tables: outline.tables,
        places: report.targets.iter().map(|target| (target.name.clone(), target.url.clone())).collect(),
        facts: about::facts(report),
        downloads,
        too_many,
    }
    .render()
}

impl Page {
    /// As HTML.
    pub fn render(&self) -> String {
        let style = format!("{STYLE}{}", svg::STYLE);
        let laid = Laid { policy: policy::of(&style, SCRIPT), style, script: SCRIPT, page: self };
        laid.render().expect("a page is written to memory")
    }
}

impl Section {
    /// `None` of no figures.
    pub fn of(id: impl Into<String>, title: &'static str, figures: Vec<Figure>) -> Option<Self> {
        let mut caption: Vec<String> = Vec::new();
        for sentence in figures.iter().flat_map(|figure| &figure.caption) {
            if !caption.contains(sentence) {
                caption.push(sentence.clone());
            }
        }
        (!figures.is_empty()).then(|| Self { id: id.into(), title, caption, figures })
    }
}

fn sections(report: &Report, samples: &[Sample]) -> Vec<Section> {
    let section = |kind: PlotKind| {
        let figures = picture::figures(kind, report, samples);
        Section::of(format!("{kind:?}").to_lowercase(), kind.title(), figures)
    };
    PlotKind::ALL.into_iter().filter_map(section).collect()
}

/// Of a window, whose title no style can cut.
pub(crate) fn titled(what: &str, names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| shortened(name, LONG)).collect();
    format!("{what} {}", names.join(", "))
}

/// A sentence in which no name is so long that what is said of it is lost.
pub(crate) fn brief(names: &[&str], sentence: &str) -> String {
    let long = names.iter().filter(|name| is_long(name));
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
