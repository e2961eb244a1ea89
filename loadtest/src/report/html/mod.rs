//! The report as a page: one file that asks for nothing, and shows everything without its script.

mod about;
mod data;
mod policy;
mod rows;

use askama::Template;

use self::about::Fact;
use self::data::Download;
use self::rows::Rows;
use super::labels::Labels;
use super::markup::{self, shortened};
use super::outline::{Outline, Table};
use super::overview::Overview;
use super::picture::svg::Inline;
use super::picture::{self, Figure};
use super::{Report, answer};
use crate::args::PlotKind;
use crate::sample::Sample;

/// More of a name or a URL is in the data only.
const MOST: usize = 2000;

const STYLE: &str =
    concat!(include_str!("../../../templates/page.css"), include_str!("../../../templates/plot.css"));
const SCRIPT: &str = include_str!("../../../templates/page.js");

/// What a page says. Of the names among its `places`, long ones are cut wherever else they are.
#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    policy: String,
    style: &'static str,
    script: &'static str,
    heading: String,
    overview: Option<Overview>,
    answer: Vec<String>,
    how: Option<String>,
    first: Option<Section>,
    notes: Vec<String>,
    sections: Vec<Section>,
    missing: Option<&'static str>,
    tables: Vec<Table>,
    places: Vec<(String, String)>,
    facts: Vec<Fact>,
    downloads: Vec<Download>,
    too_many: Vec<String>,
}

struct Section {
    id: String,
    title: &'static str,
    /// Of all its figures, each sentence once.
    caption: Vec<String>,
    figures: Vec<Figure>,
}

pub fn render(report: &Report, samples: &[Sample]) -> String {
    let names: Vec<&str> = report.names().collect();
    let outline = Outline::of(report);
    let is_of_load = report.is_of_load();
    let answer = if is_of_load { answer::of(report) } else { Vec::new() };
    let notes =
        outline.notes.iter().filter(|note| !answer.contains(note)).map(|note| about::note(note, &names));
    let (downloads, too_many) = data::downloads(report, samples);
    let mut sections: Vec<_> =
        PlotKind::ALL.into_iter().filter_map(|kind| section(kind, report, samples)).collect();
    let first = sections.iter().position(|section| section.id == PlotKind::Ratios.name());
    let page = Page {
        policy: policy::of(STYLE, SCRIPT),
        style: STYLE,
        script: SCRIPT,
        heading: about::heading(report, &names),
        overview: (!is_of_load).then(|| Overview::of(report)),
        how: is_of_load.then(|| about::how(report)).flatten(),
        first: first.map(|first| sections.remove(first)),
        notes: notes.collect(),
        answer,
        sections,
        missing: samples.is_empty().then(|| why_without(report)),
        tables: outline.tables,
        places: report.targets.iter().map(|target| (limited(&target.name), limited(&target.url))).collect(),
        facts: about::facts(report),
        downloads,
        too_many,
    };
    page.shortened(&Labels::of(names)).render().expect("a page is written to memory")
}

impl Page {
    fn shortened(mut self, labels: &Labels) -> Self {
        let brief = |text: &mut String| *text = labels.brief(text);
        self.answer.iter_mut().chain(&mut self.notes).chain([&mut self.heading]).for_each(brief);
        self.overview = self.overview.map(|overview| overview.brief(labels));
        let figures =
            self.first.iter_mut().chain(&mut self.sections).flat_map(|section| &mut section.figures);
        for table in self.tables.iter_mut().chain(figures.map(|figure| &mut figure.table)) {
            table.rows.iter_mut().flatten().chain(&mut table.details).for_each(brief);
        }
        self
    }
}

/// Without what would make the page too large to be sent, which it says.
fn limited(text: &str) -> String {
    match text.chars().count() {
        ..=MOST => text.to_owned(),
        length => format!("{} ({length} characters in all)", shortened(text, MOST)),
    }
}

/// `None` where nothing is drawn.
fn section(kind: PlotKind, report: &Report, samples: &[Sample]) -> Option<Section> {
    let figures = picture::figures(kind, report, samples);
    let mut caption: Vec<String> = Vec::new();
    for sentence in figures.iter().flat_map(|figure| &figure.caption) {
        if !caption.contains(sentence) {
            caption.push(sentence.clone());
        }
    }
    (!figures.is_empty()).then(|| Section { id: kind.name(), title: kind.title(), caption, figures })
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
