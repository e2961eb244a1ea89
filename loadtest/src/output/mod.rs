//! Where the report goes, and as what.

mod destination;
mod screen;

use std::io::{self, IsTerminal, Write};
use std::path::Path;

pub use self::destination::Destination;
pub use self::screen::Screen;
use crate::args::{Format, PlotKind, ReportTo};
use crate::error::Error;
use crate::job_summary::JobSummary;
use crate::look::{Detail, Look};
use crate::place::Place;
use crate::report::picture::svg;
use crate::report::{Report, csv, html, json, markdown, text};
use crate::sample::Sample;

pub struct Output {
    format: Format,
    kind: PlotKind,
    file: Option<Destination>,
    screen: Screen,
    summary: Option<JobSummary>,
    detail: Detail,
}

impl Output {
    /// For a report of requests.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, or is none of that format.
    pub fn open(args: &ReportTo, samples: Option<&Path>) -> Result<Self, Error> {
        let format = match (args.output_format, &args.output) {
            (Some(format), _) => format,
            (None, Some(path)) => by_ending(path)?,
            (None, None) => Format::Text,
        };
        if args.plot_kind.is_some() && !is_plot(format) {
            return Err(Error::Usage(
                "--plot-kind chooses the plot of an .svg or .png: name such a file with -o".into(),
            ));
        }
        let detail = match args.verbose {
            true => Detail::Everything,
            false => Detail::Answer { page: args.output.is_none(), samples: samples.is_none() },
        };
        let samples = samples.map(Place::of);
        let screen = if samples == Some(Place::Stdout) { Screen::Stderr } else { Screen::Stdout };
        let file = match &args.output {
            Some(path) => Destination::open(path, samples.as_ref(), screen)?,
            None => None,
        };
        if file.is_none() && is_binary(format) && screen.is_terminal() {
            return Err(Error::Usage("an image is nothing for a terminal: name a file with -o".into()));
        }
        let summary = args.github.then(JobSummary::open).transpose()?;
        let kind = args.plot_kind.unwrap_or_default();
        Ok(Self { format, kind, file, screen, summary, detail })
    }

    /// For what was saved: its samples need not be saved again.
    pub fn of_saved(self) -> Self {
        let detail = match self.detail {
            Detail::Answer { page, .. } => Detail::Answer { page, samples: false },
            Detail::Everything => Detail::Everything,
        };
        Self { detail, ..self }
    }

    /// For a report whose samples are not there.
    pub fn without_samples(self, why: &str) -> Result<Self, Error> {
        if self.format.needs_samples() {
            return Err(Error::Usage(format!("{why}: ask for another format, such as .html or .json")));
        }
        self.only(&[PlotKind::Percentiles, PlotKind::Ratios], why)
    }

    /// For a load, whose requests are counted: as rows, it has its parts.
    pub fn of_load(self) -> Result<Self, Error> {
        let why = "a report of a load is of what was counted, not of single samples, which are in the file of --samples alone, a line each";
        self.only(&[PlotKind::Percentiles, PlotKind::Time, PlotKind::Ramp], why)
    }

    /// For a report of which no more than this can be drawn, since `why`.
    fn only(self, drawn: &[PlotKind], why: &str) -> Result<Self, Error> {
        if is_plot(self.format) && !drawn.contains(&self.kind) {
            let kinds: Vec<_> = drawn.iter().map(|kind| format!("--plot-kind {}", kind.name())).collect();
            return Err(Error::Usage(format!(
                "{why}: ask for {}, or for a page (.html)",
                kinds.join(" or ")
            )));
        }
        Ok(self)
    }

    /// Writes the report into the file, and what a person wants to see to the screen.
    pub fn write(self, report: &Report, samples: &[Sample]) -> Result<(), Error> {
        self.write_as(|format, kind, look| render(format, kind, look, report, samples))
    }

    /// The same of any report that can be rendered so.
    pub fn write_as(
        self,
        render: impl Fn(Format, PlotKind, Look) -> Result<Vec<u8>, Error>,
    ) -> Result<(), Error> {
        let screen = self.screen.look().telling(self.detail);
        let look = if self.file.is_none() { screen } else { Look::PLAIN };
        let rendered = render(self.format, self.kind, look);
        let summarized = match self.summary {
            None => Ok(()),
            Some(summary) => {
                render(Format::Markdown, self.kind, Look::PLAIN).and_then(|text| summary.add(&text))
            }
        };
        match self.file {
            None => self.screen.print(&rendered?)?,
            Some(file) => {
                // What was measured is lost neither with the file nor with the screen.
                let printed =
                    render(Format::Text, self.kind, screen).and_then(|text| self.screen.print(&text));
                file.write(&rendered?)?;
                printed?;
            }
        }
        summarized
    }
}

fn render(
    format: Format,
    kind: PlotKind,
    look: Look,
    report: &Report,
    samples: &[Sample],
) -> Result<Vec<u8>, Error> {
    let svg = || {
        svg::render(kind, report, samples).ok_or_else(|| {
            let what = kind.title().to_lowercase();
            let why = match (kind, report.targets.len()) {
                (PlotKind::Ramp, _) => "only loadtest load --ramp A..B asks at several rates",
                (PlotKind::Ratios, 1) => "there is one target; compare two with loadtest compare",
                _ => "too little was measured for it",
            };
            Error::Usage(format!("there is nothing to draw of {what}: {why}"))
        })
    };
    Ok(match format {
        Format::Text => text::render(report, look).into(),
        Format::Json => json::render(report).into(),
        Format::Markdown => markdown::render(report).into(),
        Format::Html => html::render(report, samples).into(),
        Format::Csv if report.is_of_load() => csv::parts(report),
        Format::Csv => csv::samples(samples),
        Format::Svg => svg()?.into(),
        #[cfg(feature = "png")]
        Format::Png => crate::report::picture::png::render(&svg()?).map_err(Error::Usage)?,
    })
}

fn is_plot(format: Format) -> bool {
    format == Format::Svg || is_binary(format)
}

#[cfg(feature = "png")]
fn is_binary(format: Format) -> bool {
    format == Format::Png
}

#[cfg(not(feature = "png"))]
fn is_binary(_: Format) -> bool {
    false
}

/// Tells a person what the report does not say. Where nobody reads it, nothing is lost.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "loadtest: {text}");
}

/// Prints a line for a program to read, or a person.
///
/// # Errors
///
/// When standard output does not take it.
pub fn print_line(line: &str) -> Result<(), Error> {
    writeln!(io::stdout(), "{line}")
        .map_err(|e| Error::Usage(format!("cannot write to standard output: {e}")))
}

pub fn pass_on(said: &[u8]) {
    let mut stderr = io::stderr();
    if stderr.is_terminal() {
        let _ = stderr.write_all(said);
    }
}

fn by_ending(path: &Path) -> Result<Format, Error> {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    match ending.to_str() {
        Some("" | "txt" | "text" | "log") => Ok(Format::Text),
        Some("md" | "markdown") => Ok(Format::Markdown),
        Some("json") => Ok(Format::Json),
        Some("html" | "htm") => Ok(Format::Html),
        Some("csv") => Ok(Format::Csv),
        Some("svg") => Ok(Format::Svg),
        #[cfg(feature = "png")]
        Some("png") => Ok(Format::Png),
        _ => Err(Error::Usage(format!(
            "the ending of {} names no format of a report: .txt, .md, .json, .html, .csv, .svg and .png do, and \
             --output-format",
            path.display()
        ))),
    }
}
