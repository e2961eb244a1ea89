//! Bars from nought, whole or in parts, with an interval where there is one; in words, what has no bar and why.

use super::axis::Linear;
use super::drawing::{Drawing, Mark, Pen, Px, WIDTH};
use super::panel::Panel;
use super::{CHARACTERS, Figure, LINE, words};
use crate::report::markup::{fitted, shortened};
use crate::report::outline::{Table, WITHHELD};

const LEGEND: f64 = 16.0;
/// Without the lines of words below it.
const ROW: f64 = 44.0;
const BAR: f64 = 18.0;
/// From the top of a row to its bar.
const ABOVE: f64 = 17.0;
/// Between the lines of a texture.
const PITCH: f64 = 6.0;
/// In a picture a reason is cut here, and a name there; the table has all of both.
const REASON: usize = 160;
const NAME: usize = 32;

/// Bars that are compared.
pub(crate) struct Chart<'a> {
    /// Distinct within a report.
    pub id: &'static str,
    /// What it shows, in a few words.
    pub title: &'static str,
    /// What its lengths are.
    pub axis: &'static str,
    /// Of all lengths.
    pub unit: Unit,
    /// What each bar consists of, from nought on. One is the whole bar.
    pub parts: &'a [&'static str],
    /// What is measured by itself besides its parts.
    pub whole: Option<&'static str>,
    /// How it is to be read, a sentence each.
    pub caption: Vec<String>,
    /// In order.
    pub rows: Vec<Row<'a>>,
    /// The axis reaches at least this far, so that two charts can be compared.
    pub reach: f64,
}

/// A bar, or why there is none.
pub(crate) struct Row<'a> {
    /// Of all that were measured.
    pub number: usize,
    /// Whose it is.
    pub name: &'a str,
    /// How long it is.
    pub lengths: Result<Lengths, String>,
}

/// How long a bar is.
#[derive(Default)]
pub(crate) struct Lengths {
    /// In the order of the chart's parts. What is not above nought has no length, and is told.
    pub parts: Vec<Option<f64>>,
    /// What was measured by itself.
    pub whole: Option<f64>,
    /// Why that is not known, if it is to be told.
    pub no_whole: Option<String>,
    /// Of the whole, or of the only part.
    pub ci95: Option<[f64; 2]>,
}

/// What a length is.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    /// In microseconds.
    Time,
    /// In bytes.
    Bytes,
}

impl Unit {
    fn told(self, value: f64) -> String {
        let sign = if value < 0.0 { "−" } else { "" };
        let told = match self {
            Self::Time => words::time(value.abs()),
            Self::Bytes => words::bytes(value.abs()),
        };
        format!("{sign}{told}")
    }

    fn tick(self, value: f64) -> String {
        match self {
            Self::Time => words::tick(value),
            Self::Bytes => words::byte_tick(value),
        }
    }

    fn interval(self, [low, high]: [f64; 2]) -> String {
        format!("{} to {}", self.told(low), self.told(high))
    }
}

impl Lengths {
    fn drawn(&self) -> impl Iterator<Item = (usize, f64)> {
        let of =
            |(place, part): (usize, &Option<f64>)| Some((place, part.filter(|value| value.is_finite())?));
        self.parts.iter().enumerate().filter_map(of).filter(|(_, value)| *value > 0.0)
    }

    /// How far its marks reach.
    fn reach(&self) -> f64 {
        let sum: f64 = self.drawn().map(|(_, value)| value).sum();
        self.whole.into_iter().chain(self.ci95.map(|[_, high]| high)).fold(sum, f64::max)
    }
}

/// `None` where no bar has a length.
pub(crate) fn figure(chart: Chart) -> Option<Figure> {
    let bars: Vec<(&Row, &Lengths)> =
        chart.rows.iter().filter_map(|row| Some((row, row.lengths.as_ref().ok()?))).collect();
    let told: Vec<Vec<String>> = bars.iter().map(|(_, lengths)| chart.told(lengths)).collect();
    let height = ROW + told.iter().map(Vec::len).max()? as f64 * LINE;
    let legend = chart.legend(&bars);
    let top = legend.len().div_ceil(3) as f64 * LEGEND + 6.0;
    let panel = Panel::wide(top, bars.len() as f64 * height);
    let reaches = bars.iter().map(|(_, lengths)| lengths.reach()).chain([chart.reach]);
    let x = Linear::up_to(reaches, panel.x)?;
    let mut marks: Vec<Mark> = legend.into_iter().enumerate().flat_map(entry).collect();
    let ticks = x.ticks().into_iter().map(|value| (x.at(value), chart.unit.tick(value)));
    marks.extend(panel.level(ticks, chart.axis));
    for (place, ((row, lengths), told)) in bars.iter().zip(&told).enumerate() {
        let top = top + place as f64 * height;
        marks.push(Mark::text("name", (x.at(0.0), top + 12.0), fitted(row.name, 400.0)));
        marks.extend(chart.bar(row.number, lengths, &x, top + ABOVE));
        marks.extend(lines(told, x.at(0.0), top + ABOVE + BAR));
    }
    let without = chart.without();
    marks.extend(lines(&without, x.at(0.0), panel.bottom()));
    let room = if without.is_empty() { 0.0 } else { without.len() as f64 * LINE + 6.0 };
    Some(Figure {
        drawing: Drawing {
            id: chart.id.into(),
            title: chart.title.into(),
            description: format!("{}; the table below it has them", words::count(bars.len(), "bar")),
            height: Px(panel.bottom() + room),
            marks,
        },
        table: chart.table(),
        caption: chart.caption,
    })
}

impl Chart<'_> {
    fn bar(&self, number: usize, lengths: &Lengths, x: &Linear, top: f64) -> Vec<Mark> {
        let (mut marks, mut from) = (Vec::new(), 0.0);
        for (place, value) in lengths.drawn() {
            let name = self.parts[place];
            let (left, right) = (x.at(from), x.at(from + value));
            let told = format!("{name}: {}", self.unit.told(value));
            let [bar, texture] = filled(self.class(place), place, [left, top, right - left, BAR]);
            marks.extend([bar.of(number, name, value).saying(told), texture]);
            from += value;
        }
        let middle = top + BAR / 2.0;
        if let Some([low, high]) = lengths.ci95 {
            let mut pen = Pen::default().to((x.at(low), middle)).line((x.at(high), middle));
            for end in [low, high] {
                pen = pen.to((x.at(end), middle - 4.0)).along(middle + 4.0);
            }
            let told = format!("95 % interval: {}", self.unit.interval([low, high]));
            marks.push(Mark::path("whisker ink", pen).saying(told));
        }
        if let Some((name, whole)) = self.whole.zip(lengths.whole) {
            let told = format!("{name}: {}", self.unit.told(whole));
            let line = Mark::line("median", (x.at(whole), top - 3.0), (x.at(whole), top + BAR + 3.0));
            marks.push(line.of(number, name, whole).saying(told));
        }
        marks
    }

    /// A whole bar has the colour of no part.
    fn class(&self, place: usize) -> String {
        if self.parts.len() == 1 { "part p4".into() } else { format!("part p{place}") }
    }

    /// The parts that any bar has, and the line of the whole.
    fn legend(&self, bars: &[(&Row, &Lengths)]) -> Vec<(usize, Option<String>, &'static str)> {
        if self.parts.len() < 2 {
            return Vec::new();
        }
        let is_drawn =
            |place: usize| bars.iter().any(|(_, lengths)| lengths.drawn().any(|(drawn, _)| drawn == place));
        let parts = self.parts.iter().enumerate().filter(|(place, _)| is_drawn(*place));
        let parts = parts.map(|(place, name)| (place, Some(self.class(place)), *name));
        let any_whole = bars.iter().any(|(_, lengths)| lengths.whole.is_some());
        let whole = self.whole.filter(|_| any_whole).map(|name| (0, None, name));
        parts.chain(whole).collect()
    }

    /// The lengths in words, broken into lines.
    fn told(&self, lengths: &Lengths) -> Vec<String> {
        let known = lengths.parts.iter().enumerate().filter_map(|(place, part)| Some((place, (*part)?)));
        let part = |(place, value): (usize, f64)| match self.parts.len() {
            1 => self.unit.told(value),
            // A part and its length stay on one line.
            _ => format!("{} {}", self.parts[place], self.unit.told(value)).replace(' ', "\u{a0}"),
        };
        let mut told = known.map(part).collect::<Vec<_>>().join(" + ");
        if let Some((name, whole)) = self.whole.zip(lengths.whole) {
            told += &format!("; {name} {}", self.unit.told(whole));
        }
        if let Some(ci95) = lengths.ci95 {
            told += &format!(" (95 % CI {})", self.unit.interval(ci95));
        }
        wrapped(&told)
    }

    /// What has no bar, once for all that have the same reason.
    fn without(&self) -> Vec<String> {
        let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
        for row in &self.rows {
            let Err(why) = &row.lengths else { continue };
            let name = shortened(row.name, NAME);
            match reasons.iter_mut().find(|(known, _)| known == why) {
                Some((_, names)) => names.push(name),
                None => reasons.push((why, vec![name])),
            }
        }
        let told = |(why, names): (&str, Vec<String>)| {
            wrapped(&format!("No bar: {}: {}", names.join(", "), shortened(why, REASON)))
        };
        reasons.into_iter().flat_map(told).collect()
    }

    fn table(&self) -> Table {
        let has_interval = |row: &Row| row.lengths.as_ref().is_ok_and(|lengths| lengths.ci95.is_some());
        let why =
            |row: &Row| row.lengths.as_ref().map_or_else(|why| Some(why.clone()), |of| of.no_whole.clone());
        let (intervals, lacking) =
            (self.rows.iter().any(has_interval), self.rows.iter().any(|row| why(row).is_some()));
        let mut header = vec![String::new()];
        header.extend(self.parts.iter().chain(&self.whole).map(|name| (*name).to_owned()));
        header.extend(intervals.then(|| "95% CI".into()));
        header.extend(lacking.then(|| "why there is none".into()));
        let row = |row: &Row| {
            let none = Lengths { parts: vec![None; self.parts.len()], ..Lengths::default() };
            let lengths = row.lengths.as_ref().unwrap_or(&none);
            let whole = self.whole.map(|_| lengths.whole);
            let cell = |value: Option<f64>| value.map_or(WITHHELD.into(), |value| self.unit.told(value));
            let mut cells = vec![row.name.to_owned()];
            cells.extend(lengths.parts.iter().copied().chain(whole).map(cell));
            let interval = || lengths.ci95.map_or(WITHHELD.into(), |ci95| self.unit.interval(ci95));
            cells.extend(intervals.then(interval));
            cells.extend(lacking.then(|| why(row).unwrap_or_default()));
            cells
        };
        Table { title: self.title.into(), header, rows: self.rows.iter().map(row).collect(), details: vec![] }
    }
}

fn wrapped(text: &str) -> Vec<String> {
    textwrap::wrap(text, CHARACTERS).into_iter().map(String::from).collect()
}

fn lines(words: &[String], left: f64, above: f64) -> impl Iterator<Item = Mark> {
    let line = move |(place, words): (usize, &String)| {
        Mark::text("tick", (left, above + (place + 1) as f64 * LINE), words.as_str())
    };
    words.iter().enumerate().map(line)
}

fn entry((place, (part, class, name)): (usize, (usize, Option<String>, &'static str))) -> Vec<Mark> {
    let (x, y) = (4.0 + (place % 3) as f64 * WIDTH / 3.0, 3.0 + (place / 3) as f64 * LEGEND);
    let mut marks = match class {
        Some(class) => filled(class, part, [x, y, 18.0, 10.0]).into(),
        None => vec![Mark::line("median", (x + 9.0, y - 1.0), (x + 9.0, y + 11.0))],
    };
    marks.push(Mark::text("name", (x + 24.0, y + 9.0), name));
    marks
}

/// A box with its texture, since colour alone tells nobody who does not see it; the box first.
fn filled(class: String, part: usize, place: [f64; 4]) -> [Mark; 2] {
    [Mark::rect(class, place), Mark::path("texture", texture(part, place))]
}

/// Lines of its own for every part but the first: rising, upright, falling, level, crossed.
fn texture(part: usize, [left, top, width, height]: [f64; 4]) -> Pen {
    let (right, bottom) = (left + width, top + height);
    let mut pen = Pen::default();
    let slanted = |pen: Pen, rising: bool| {
        let count = ((width + height) / PITCH) as usize;
        (1..=count).fold(pen, |pen, n| {
            // From the lower edge, or the left one, to the upper one, or the right one.
            let way = n as f64 * PITCH;
            let (from, to) = ((way - height).max(0.0), way.min(width));
            let level = |along: f64| if rising { bottom - (way - along) } else { top + (way - along) };
            pen.to((left + from, level(from))).line((left + to, level(to)))
        })
    };
    if matches!(part, 1 | 5) {
        pen = slanted(pen, true);
    }
    if matches!(part, 3 | 5) {
        pen = slanted(pen, false);
    }
    if part == 2 {
        let count = (width / PITCH) as usize;
        pen = (1..=count).map(|n| left + n as f64 * PITCH).fold(pen, |pen, x| pen.to((x, top)).along(bottom));
    }
    if part == 4 {
        let count = (height / PITCH) as usize;
        pen = (1..=count).map(|n| top + n as f64 * PITCH).fold(pen, |pen, y| pen.to((left, y)).across(right));
    }
    pen
}
