//! The report as a page: one file that asks for nothing, and shows everything without its script.

mod about;
mod columns;
mod data;
mod policy;

use askama::Template;

pub(crate) use self::about::Fact;
use self::columns::Columns;
pub(crate) use self::data::Download;
use super::Report;
use super::answer::{self, Piece, Sentence};
use super::labels::Labels;
use super::markup::{self, shortened};
use super::outline::{Outline, Table};
use super::overview::Overview;
use super::picture::svg::{self, Inline};
use super::picture::{self, Figure};
use crate::args::PlotKind;
use crate::sample::Sample;

/// More of a name or a URL is in the data only.
const MOST: usize = 2000;

const STYLE: &str = include_str!("../../../templates/page.css");
const SCRIPT: &str = include_str!("../../../templates/page.js");

#[derive(Template)]
#[template(path = "page.html")]
struct Laid<'a> {
    policy: String,
    style: String,
    script: &'static str,
    title: String,
    columns: Columns,
    page: &'a Page,
}

/// What a page says, whatever it is a report of. Of the names among its `places`, long ones are cut wherever else they are.
#[derive(Default)]
pub(crate) struct Page {
    pub heading: Sentence,
    pub overview: Option<Overview>,
    pub answer: Vec<Sentence>,
    pub how: Vec<String>,
    pub first: Option<Section>,
    pub notes: Vec<String>,
    pub sections: Vec<Section>,
    pub missing: Option<&'static str>,
    pub tables: Vec<Table>,
    pub places: Vec<(String, String)>,
    pub facts: Vec<Fact>,
    pub downloads: Vec<Download>,
    pub too_many: Vec<String>,
}

pub(crate) struct Section {
    id: String,
    title: &'static str,
    /// Of all its figures, each sentence once.
    caption: Vec<String>,
    figures: Vec<Figure>,
    /// How it shares a wide page with its neighbours.
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Whole,
    Half,
    /// Over the whole width, with its one figure beside its caption.
    Alone,
}

impl Place {
    fn class(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Half => "half",
            Self::Alone => "alone",
        }
    }
}

/// Sections with one figure stand side by side; of an odd number, the first has a row of its own.
fn place(sections: &mut [Section]) {
    for single in sections.chunk_by_mut(|one, other| one.figures.len() == 1 && other.figures.len() == 1) {
        let odd = single.len() % 2;
        for (at, section) in single.iter_mut().enumerate() {
            section.place = match section.figures.len() {
                1 if at < odd => Place::Alone,
                1 => Place::Half,
                _ => Place::Whole,
            };
        }
    }
}

pub fn render(report: &Report, samples: &[Sample]) -> String {
    let names: Vec<&str> = report.targets.iter().map(|target| target.name.as_str()).collect();
    let outline = Outline::of(report);
    let is_of_load = report.is_of_load();
    let answer = if is_of_load { answer::of(report) } else { Vec::new() };
    let is_told = |note: &&String| answer.iter().any(|sentence| sentence.to_string() == **note);
    let notes = outline.notes.iter().filter(|note| !is_told(note)).map(|note| about::note(note, &names));
    let notes = notes.collect();
    let (downloads, too_many) = data::downloads(report, samples);
    let (first, sections): (Vec<_>, Vec<_>) =
        sections(report, samples).into_iter().partition(|section| section.id == PlotKind::Ratios.name());
    Page {
        heading: about::heading(report, &names),
        overview: (!is_of_load).then(|| Overview::of(report)),
        answer,
        how: if is_of_load { about::how(report) } else { Vec::new() },
        first: first.into_iter().next(),
        notes,
        sections,
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
    pub fn render(mut self) -> String {
        let labels = Labels::of(self.places.iter().map(|(name, _)| name.as_str()));
        self.shorten(&labels);
        place(&mut self.sections);
        place(self.first.as_mut_slice());
        for (name, place) in &mut self.places {
            limit(name);
            limit(place);
        }
        let figures = self.first.iter().chain(&self.sections).flat_map(|section| &section.figures);
        let columns = Columns::of(self.tables.iter().chain(figures.map(|figure| &figure.table)));
        let style = format!("{STYLE}{}{}", columns.style(), svg::STYLE);
        let policy = policy::of(&style, SCRIPT);
        let laid =
            Laid { policy, style, script: SCRIPT, title: self.heading.to_string(), columns, page: &self };
        laid.render().expect("a page is written to memory")
    }

    fn shorten(&mut self, labels: &Labels) {
        let brief = |text: &mut String| *text = labels.brief(text);
        for sentence in self.answer.iter_mut().chain([&mut self.heading]) {
            sentence.0.iter_mut().for_each(|(Piece::Words(text) | Piece::Name(text))| brief(text));
        }
        self.notes.iter_mut().for_each(brief);
        self.overview = self.overview.take().map(|overview| overview.brief(labels));
        let figures =
            self.first.iter_mut().chain(&mut self.sections).flat_map(|section| &mut section.figures);
        for table in self.tables.iter_mut().chain(figures.map(|figure| &mut figure.table)) {
            table.rows.iter_mut().flatten().chain(&mut table.details).for_each(brief);
        }
    }
}

/// Cuts what would make the page too large to be sent, and says so.
fn limit(text: &mut String) {
    let length = text.chars().count();
    if length > MOST {
        *text = format!("{} ({length} characters in all)", shortened(text, MOST));
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
        (!figures.is_empty()).then(|| Self { id: id.into(), title, caption, figures, place: Place::Whole })
    }
}

fn sections(report: &Report, samples: &[Sample]) -> Vec<Section> {
    let section = |kind: PlotKind| {
        let figures = picture::figures(kind, report, samples);
        Section::of(kind.name(), kind.title(), figures)
    };
    PlotKind::ALL.into_iter().filter_map(section).collect()
}

fn why_without(report: &Report) -> &'static str {
    if report.is_of_load() {
        "Answers of a load are counted here: every one of them is in these plots, and none is drawn by itself. `--samples FILE` keeps \
         each in a file besides."
    } else {
        "This report was made without its samples, so that none are drawn here: `loadtest report FILE.ndjson -o page.html`, \
         of a file that --samples wrote, draws each of them."
    }
}

#[cfg(test)]
mod tests;
