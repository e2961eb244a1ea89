//! Samples over time, each with a shape that says which instance answered.

use std::collections::BTreeMap;

use super::axis::{Linear, Log};
use super::drawing::{Drawing, Mark, Pen, Px, WIDTH};
use super::panel::Panel;
use super::{Figure, Row, legend, thin, words};
use crate::evidence::Freshness;
use crate::report::markup::fitted;
use crate::report::outline::Table;
use crate::sample::{Outcome, Phase, Sample};

const LEGEND: f64 = 22.0;
const NAME: f64 = 16.0;
const HEIGHT: f64 = 78.0;
const ROW: f64 = NAME + HEIGHT + 8.0;
/// The most marks of a phase that a page has room for.
const MARKS: usize = 900;
/// More would lie on one another.
const TICKS: usize = 4;
/// The table has so many rows a target.
const PARTS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Fresh,
    Reused,
    Unproven,
    Timeout,
    Failed,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Fresh, Self::Reused, Self::Unproven, Self::Timeout, Self::Failed];

    fn of(sample: &Sample) -> Self {
        match (&sample.outcome, sample.freshness) {
            (Outcome::Ok, Freshness::Fresh) => Self::Fresh,
            (Outcome::Ok, Freshness::Reused) => Self::Reused,
            (Outcome::Ok, Freshness::Unknown) => Self::Unproven,
            (Outcome::Timeout, _) => Self::Timeout,
            _ => Self::Failed,
        }
    }

    fn symbol(self) -> &'static str {
        match self {
            Self::Fresh => "m0-3.2l3 5h-6z",
            Self::Reused => "h0",
            Self::Unproven => "m-2-2h4v4h-4z",
            Self::Timeout | Self::Failed => words::CROSS,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Reused => "reused",
            Self::Unproven => "unproven",
            Self::Timeout => words::TIMED_OUT,
            Self::Failed => "failed",
        }
    }
}

/// Of one phase; `None` without samples.
pub fn figure(phase: Phase, rows: &[Row], samples: &[Sample]) -> Option<Figure> {
    let samples: Vec<&Sample> = samples
        .iter()
        .filter(|sample| sample.phase == phase && sample.outcome != Outcome::ClientStopped)
        .collect();
    let begun = samples.iter().map(|sample| sample.sent_ns).min()?;
    let since = |sample: &Sample| (sample.sent_ns - begun) as f64 / 1e3;
    let bottom = LEGEND + rows.len() as f64 * ROW;
    let all = Panel { y: [LEGEND + NAME, bottom - 8.0], ..Panel::with_times(0.0, 0.0) };
    let ok = samples.iter().filter(|sample| sample.outcome.is_ok());
    let y = Log::over(ok.map(|sample| service_us(sample)), [0.0, 1.0])?;
    let x = Linear::up_to(samples.iter().map(|sample| since(sample)).chain([1.0]), all.x)?;
    let places: Vec<_> = samples
        .iter()
        .filter_map(|sample| {
            let place = rows.iter().position(|row| sample.target == row.target)?;
            let panel = panel(place);
            let kind = Kind::of(sample);
            let y = match kind {
                // How long one waited in vain says nothing of the answer: it stands at the edge.
                Kind::Timeout | Kind::Failed => panel.y[0] + 4.0,
                _ => y.between(panel.upwards()).at(service_us(sample)),
            };
            Some(((place, kind), x.at(since(sample)), y))
        })
        .collect();
    let (kept, side) = thin::marks(&places, MARKS);
    let kinds: Vec<Kind> =
        Kind::ALL.into_iter().filter(|kind| places.iter().any(|((_, k), ..)| k == kind)).collect();
    let mut marks = key(&kinds);
    marks.extend(Panel { y: [all.y[0], bottom - 8.0], ..all }.level_lengths(&x, "since the phase began"));
    for (place, row) in rows.iter().enumerate() {
        let panel = panel(place);
        marks.extend(panel.upright_times(&y.between(panel.upwards()), TICKS));
        marks.push(Mark::text("name", (panel.x[0], panel.y[0] - 5.0), fitted(&row.name, 370.0)));
    }
    marks.extend(drawn(&kept, rows));
    Some(Figure {
        drawing: Drawing {
            id: format!("time-{}", phase.name()),
            title: format!("Samples over time, {}", phase.in_words()),
            description: format!(
                "{} of samples, from the first to the last; the table below it has them in parts",
                words::count(rows.len(), "row")
            ),
            height: Px(bottom + 30.0),
            marks,
        },
        caption: caption(&kinds, side),
        table: table(phase, rows, &samples, since),
    })
}

fn panel(place: usize) -> Panel {
    Panel::with_times(LEGEND + place as f64 * ROW + NAME, HEIGHT)
}

fn service_us(sample: &Sample) -> f64 {
    sample.service_ns() as f64 / 1e3
}

/// One path for all marks of a kind and a target.
fn drawn(places: &[((usize, Kind), f64, f64)], rows: &[Row]) -> Vec<Mark> {
    let mut pens: BTreeMap<(usize, Kind), Pen> = BTreeMap::new();
    for (key, x, y) in places {
        let pen = pens.entry(*key).or_default();
        *pen = std::mem::take(pen).symbol((*x, *y), key.1.symbol());
    }
    let mark = |((place, kind), pen): ((usize, Kind), Pen)| {
        Mark::path(format!("{} {}", class(kind), legend::series(rows[place].number)), pen)
    };
    pens.into_iter().map(mark).collect()
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Fresh => "open",
        Kind::Reused => "small",
        Kind::Unproven => "open",
        Kind::Timeout | Kind::Failed => "cross",
    }
}

fn key(kinds: &[Kind]) -> Vec<Mark> {
    let entry = |(place, kind): (usize, &Kind)| {
        let x = WIDTH / 5.0 * place as f64 + 10.0;
        [
            Mark::path(format!("{} ink", class(*kind)), Pen::default().symbol((x, 10.0), kind.symbol())),
            Mark::text("name", (x + 9.0, 14.0), kind.name()),
        ]
    };
    kinds.iter().enumerate().flat_map(entry).collect()
}

fn caption(kinds: &[Kind], side: f64) -> Vec<String> {
    let mut caption = vec![
        "The shape tells which instance answered, by the server's own word. Every sample is here but for warm-up, also what \
         does not count."
            .to_owned(),
    ];
    if kinds.iter().any(|kind| matches!(kind, Kind::Timeout | Kind::Failed)) {
        caption.push("A cross at the upper edge is no time: there was no answer that counts.".into());
    }
    if side > 0.0 {
        caption.push(format!(
            "Where several of one shape lie within {:.1} % of the width of one another, one is drawn.",
            100.0 * side / WIDTH
        ));
    }
    caption
}

fn table(phase: Phase, rows: &[Row], samples: &[&Sample], since: impl Fn(&Sample) -> f64) -> Table {
    let header = ["", "from", "to", "samples", "least", "greatest", "fresh", "reused", "unproven", "failed"];
    let of = |row: &Row| -> Vec<Vec<String>> {
        let own: Vec<&&Sample> = samples.iter().filter(|sample| sample.target == row.target).collect();
        own.chunks(own.len().div_ceil(PARTS).max(1)).map(|part| part_of(&row.name, part, &since)).collect()
    };
    Table {
        title: format!("Samples over time, {}", phase.in_words()),
        header: header.map(str::to_owned).to_vec(),
        rows: rows.iter().flat_map(of).collect(),
        details: vec![],
    }
}

fn part_of(name: &str, part: &[&&Sample], since: impl Fn(&Sample) -> f64) -> Vec<String> {
    let ok = || part.iter().filter(|sample| sample.outcome.is_ok()).map(|sample| service_us(sample));
    let time = |us: Option<f64>| us.map_or("–".into(), words::time);
    let count =
        |kind: &[Kind]| part.iter().filter(|sample| kind.contains(&Kind::of(sample))).count().to_string();
    vec![
        name.to_owned(),
        time(part.first().map(|sample| since(sample))),
        time(part.last().map(|sample| since(sample))),
        part.len().to_string(),
        time(ok().reduce(f64::min)),
        time(ok().reduce(f64::max)),
        count(&[Kind::Fresh]),
        count(&[Kind::Reused]),
        count(&[Kind::Unproven]),
        count(&[Kind::Timeout, Kind::Failed]),
    ]
}
