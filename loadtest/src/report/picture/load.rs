//! How long answers took while a load went on: percentiles of each part of it, of which every request is counted.

use super::axis::Linear;
use super::drawing::{Drawing, Mark, Pen, Px};
use super::lines::{self, HEIGHT, LEGEND, LINES, Part, TICKS};
use super::panel::Panel;
use super::{Figure, Row, words};
use crate::load::pacer::SLICES;
use crate::report::load::{LoadReport, Loop, SliceReport};
use crate::report::outline::{Table, WITHHELD};
use crate::sample::Phase;

/// Of a load, which has one target; `None` where there are no parts.
pub fn figure(rows: &[Row]) -> Option<Figure> {
    let (row, load) = rows.iter().find_map(|row| Some((row, row.phase.load.as_ref()?)))?;
    let panel = Panel::with_times(LEGEND, HEIGHT);
    let times = load.slices.iter().map(|slice| &slice.latency_us);
    let y = lines::upright(times.clone(), panel.upwards())?;
    let mut marks = lines::key(row, times);
    marks.extend(panel.upright_times(&y, TICKS));
    let whole = load.slices.iter().any(|slice| slice.between_us.is_some());
    // To its end, also where nothing came any more.
    let ends = whole.then(|| (load.duration.as_secs_f64() * 1e6).round());
    let parts: Vec<Part> = match Linear::up_to(ends.into_iter(), panel.x) {
        Some(x) => {
            let sent = if load.kind == Loop::Open { "due" } else { "sent" };
            marks
                .extend(panel.level_lengths(&x, &format!("when requests were {sent}, since the load began")));
            let middle =
                |slice: &SliceReport| slice.between_us.map(|[from, to]| x.at(f64::midpoint(from, to)));
            load.slices.iter().filter_map(|slice| Some(part(slice, middle(slice)?))).collect()
        }
        None => {
            let at = |share: f64| panel.x[0] + share * (panel.x[1] - panel.x[0]);
            let ticks =
                [0, 25, 50, 75, 100].map(|percent| (at(f64::from(percent) / 100.0), format!("{percent} %")));
            marks.extend(panel.level(ticks.into_iter(), "requests, in the order in which they were sent"));
            let middle = |slice: &SliceReport| at((slice.place as f64 + 0.5) / SLICES as f64);
            load.slices.iter().map(|slice| part(slice, middle(slice))).collect()
        }
    };
    marks.extend(lines::marks(row, &parts, &y));
    marks.extend(parts.iter().zip(&load.slices).filter_map(|(part, slice)| cross(row, part, slice, &panel)));
    let title = format!("{} over time, {}", measured(load), Phase::Load.in_words());
    Some(Figure {
        drawing: Drawing {
            id: "time-load".into(),
            title: title.clone(),
            description: format!(
                "{} of a load, with percentiles of each; the table below it has them",
                words::count(parts.len(), "part")
            ),
            height: Px(panel.bottom()),
            marks,
        },
        caption: caption(load),
        table: table(title, load),
    })
}

fn measured(load: &LoadReport) -> &'static str {
    match load.kind {
        Loop::Open => "Latency",
        Loop::Closed => "Service time",
    }
}

/// In the middle of the time in which its requests were due.
fn part(slice: &SliceReport, x: f64) -> Part<'_> {
    Part { x, place: slice.place, told: when(slice), times: &slice.latency_us }
}

/// Where requests failed, which have no time.
fn cross(row: &Row, part: &Part, slice: &SliceReport, panel: &Panel) -> Option<Mark> {
    let failed = (slice.failed > 0).then_some(slice.failed)?;
    let at = (part.x, panel.y[0] + 4.0);
    let told = format!("{failed} failed{}", part.told);
    let is_most = failed >= slice.ok;
    let symbol = if is_most { words::BOXED_CROSS } else { words::CROSS };
    let cross = Mark::path("cross ink", Pen::default().symbol(at, symbol));
    Some(cross.of(row.number, "failed", failed as f64).saying(told))
}

fn when(slice: &SliceReport) -> String {
    slice.between_us.map_or(String::new(), |interval| format!(", {}", words::interval(interval)))
}

fn caption(load: &LoadReport) -> Vec<String> {
    let mut caption = vec![format!(
        "Lower is faster. Each mark is of all requests in one of {SLICES} equal parts of the load."
    )];
    if load.slices.iter().any(|slice| slice.failed > 0) {
        caption.push(
            "A cross at the upper edge: requests of that part failed; in a box, half of them or more.".into(),
        );
    }
    caption.extend(lines::endless(load.slices.iter().map(|slice| &slice.latency_us)));
    caption.extend(of_ramp(load));
    caption
}

/// Which of a ramp's rates is shown where only one is.
pub fn of_ramp(load: &LoadReport) -> Option<String> {
    let rate = load.knee.as_ref().and(load.asked_rate)?;
    Some(format!("Of the ramp, it shows the rate of {rate:.0}/s."))
}

fn table(title: String, load: &LoadReport) -> Table {
    let time = |us: Option<f64>| us.map_or(WITHHELD.into(), words::of_load);
    let row = |slice: &SliceReport| {
        let [from, to] = slice.between_us.map_or([None, None], |ends| ends.map(Some));
        let mut cells = vec![
            format!("part {}", slice.place + 1),
            time(from),
            time(to),
            slice.ok.to_string(),
            slice.failed.to_string(),
        ];
        cells.extend(LINES.iter().map(|(_, of)| time(of(&slice.latency_us))));
        cells
    };
    let header = ["", "from", "to", "ok", "failed"].into_iter().chain(LINES.map(|(name, _)| name));
    Table {
        title,
        header: header.map(str::to_owned).collect(),
        rows: load.slices.iter().map(row).collect(),
        details: vec![],
    }
}
