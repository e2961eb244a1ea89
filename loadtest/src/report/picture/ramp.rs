//! Latency at each rate of a ramp, and from which rate on it is not sustained.

use super::axis::Linear;
use super::drawing::{Drawing, Mark, Pen, Px, WIDTH};
use super::lines::{self, HEIGHT, LEGEND, LINES, Part, TICKS};
use super::panel::Panel;
use super::{Figure, Row, words};
use crate::report::load::{Kept, LoadReport, StepReport, kept_up, short, verdict};
use crate::report::outline::{Table, WITHHELD};

/// For the marks that say what was sustained, and the first rate that was not.
const STATES: f64 = 54.0;
const TITLE: &str = "Latency at each rate of the ramp";

/// Of a load, which has one target; `None` where it is no ramp.
pub fn figure(rows: &[Row]) -> Option<Figure> {
    let (row, load) = rows.iter().find_map(|row| Some((row, row.phase.load.as_ref()?)))?;
    let knee = load.knee.as_ref()?;
    let panel = Panel::with_times(LEGEND + STATES, HEIGHT);
    let times = load.steps.iter().map(|step| &step.latency_us);
    let y = lines::upright(times.clone(), panel.upwards())?;
    let x = Linear::up_to(load.steps.iter().map(|step| step.asked_rate), [panel.x[0], panel.x[1] - 8.0])?;
    let mut marks = lines::key(row, times);
    marks.extend(panel.upright_times(&y, TICKS));
    let ticks = x.ticks().into_iter().map(|rate| (x.at(rate), words::trimmed(rate)));
    marks.extend(panel.level(ticks, "requests a second, asked for"));
    marks.extend(states(row, load, &x));
    marks.extend(knee.lost_at.into_iter().flat_map(|rate| border(&panel, x.at(rate), rate)));
    let parts = load.steps.iter().enumerate().map(|(place, step)| part(place, step, &x));
    let parts: Vec<Part> = parts.collect();
    marks.extend(lines::marks(row, &parts, &y));
    Some(Figure {
        drawing: Drawing {
            id: "ramp-load".into(),
            title: TITLE.into(),
            description: format!(
                "{}, with percentiles of the latency at each; {}; the table below it has them",
                words::count(load.steps.len(), "rate"),
                lost(load)
            ),
            height: Px(panel.bottom()),
            marks,
        },
        caption: caption(load),
        table: table(load),
    })
}

fn part<'a>(place: usize, step: &'a StepReport, x: &Linear) -> Part<'a> {
    let told = format!(" at {}/s", short(step.asked_rate));
    Part { x: x.at(step.asked_rate), place, told, times: &step.latency_us }
}

const ALL: [Kept; 3] = [Kept::Up, Kept::Undecided, Kept::Behind];

fn named(kept: Kept) -> &'static str {
    match kept {
        Kept::Up => "sustained",
        Kept::Undecided => "undecided",
        Kept::Behind => "not sustained",
    }
}

/// Its class, and its shape around its place: told apart by more than their colour.
fn shape(kept: Kept) -> (&'static str, &'static str) {
    match kept {
        Kept::Up => ("symbol ink", "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"),
        Kept::Undecided => ("open ink", "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"),
        Kept::Behind => ("cross ink", "m-3.5-3.5l7 7m0-7l-7 7"),
    }
}

fn states(row: &Row, load: &LoadReport, x: &Linear) -> Vec<Mark> {
    let mark = |kept: Kept, at| {
        let (class, symbol) = shape(kept);
        Mark::path(class, Pen::default().symbol(at, symbol))
    };
    let there = ALL.into_iter().filter(|kept| load.steps.iter().any(|step| step.kept() == *kept));
    let key = there.enumerate().flat_map(|(place, kept)| {
        let (left, y) = (16.0 + place as f64 * WIDTH / 3.0, LEGEND + 4.0);
        [mark(kept, (left, y)), Mark::text("name", (left + 9.0, y + 4.0), named(kept))]
    });
    let steps = load.steps.iter().map(|step| {
        let told = format!("{}/s: {}", short(step.asked_rate), named(step.kept()));
        let at = (x.at(step.asked_rate), LEGEND + STATES - 30.0);
        mark(step.kept(), at).of(row.number, kept_up(step.kept()), step.asked_rate).saying(told)
    });
    key.chain(steps).collect()
}

/// At the first rate that is lost; what is said of it stands above, where no curve is.
fn border(panel: &Panel, x: f64, rate: f64) -> [Mark; 2] {
    let told = format!("{}/s is not sustained", short(rate));
    let class = if x > WIDTH * 0.55 { "name end" } else { "name" };
    let text = Mark::text(class, (x, panel.y[0] - 9.0), told);
    [Mark::line("one", (x, panel.y[0]), (x, panel.y[1])), text]
}

fn lost(load: &LoadReport) -> String {
    match load.knee.as_ref().and_then(|knee| knee.lost_at) {
        Some(rate) => format!("{}/s is the first that is not sustained", short(rate)),
        None => "no higher rate is shown not to be sustained".into(),
    }
}

fn caption(load: &LoadReport) -> Vec<String> {
    let mut caption = vec![
        "Lower is faster. The row of marks above says which rates were sustained; the upright line is at the first that was not."
            .to_owned(),
    ];
    caption.extend(lines::endless(load.steps.iter().map(|step| &step.latency_us)));
    caption
}

fn table(load: &LoadReport) -> Table {
    let time = |us: Option<f64>| us.map_or(WITHHELD.into(), words::of_load);
    let row = |step: &StepReport| {
        let mut cells = vec![format!("{}/s", short(step.asked_rate)), short(step.throughput)];
        cells.extend(LINES.iter().map(|(_, of)| time(of(&step.latency_us))));
        cells.push(verdict(step));
        cells
    };
    let header = ["", "ok/s"].into_iter().chain(LINES.map(|(name, _)| name)).chain(["sustained"]);
    Table {
        title: TITLE.into(),
        header: header.map(str::to_owned).collect(),
        rows: load.steps.iter().map(row).collect(),
        details: vec![],
    }
}
