//! Every sample that counts, on a line for each target, with the median and its interval.

use std::collections::BTreeMap;

use super::axis::Log;
use super::drawing::{Drawing, Mark, Pen, Px};
use super::panel::Panel;
use super::{Figure, Row, legend, words};
use crate::report::markup::fitted;
use crate::report::outline::{Table, WITHHELD};
use crate::sample::Phase;

/// So much for each target: its name, the interval, the samples.
const ROW: f64 = 58.0;
/// Half the height of the samples.
const HALF: f64 = 15.0;
/// So many can be dots, each of them.
const DOTS: usize = 250;
/// More are counted, in columns so wide.
const COLUMN: f64 = 3.5;
const DOT: f64 = 4.0;

/// Of one phase; `None` without samples.
pub fn figure(phase: Phase, rows: &[Row]) -> Option<Figure> {
    let panel = Panel::wide(4.0, rows.len() as f64 * ROW);
    let values =
        rows.iter().flat_map(|row| row.phase.observed_us.iter().map(|observation| observation.value));
    let x = Log::over(values, panel.x)?;
    let mut marks = panel.level_times(&x);
    for (place, row) in rows.iter().enumerate() {
        marks.extend(of_target(row, &x, panel.y[0] + place as f64 * ROW));
    }
    Some(Figure {
        drawing: Drawing {
            id: format!("samples-{}", phase.name()),
            title: format!("Every sample, {}", phase.in_words()),
            description: format!(
                "{} of samples; the table below it has their figures",
                words::count(rows.len(), "line")
            ),
            height: Px(panel.bottom()),
            marks,
        },
        caption: caption(rows),
        table: table(phase, rows),
    })
}

fn of_target(row: &Row, x: &Log, top: f64) -> Vec<Mark> {
    let class = legend::series(row.number);
    let observed = row.phase.observed_us.iter().map(|observation| observation.value);
    let (times, timeouts): (Vec<f64>, Vec<f64>) = observed.partition(|value| value.is_finite());
    let label = format!("{} ({})", fitted(&row.name, 240.0), words::count(times.len(), "sample"));
    let (middle, bar) = (top + 38.0, top + 19.0);
    let mut marks = vec![Mark::text("name", (x.at(0.0), top + 12.0), label)];
    let places: Vec<f64> = times.iter().map(|us| x.at(*us)).collect();
    marks.extend(if places.len() <= DOTS {
        dots(&places, middle, &class)
    } else {
        columns(&places, middle, &class)
    });
    if !timeouts.is_empty() {
        let text = format!("{} ▸", words::count(timeouts.len(), words::TIMED_OUT));
        marks.push(Mark::text("name end", (x.at(f64::INFINITY) + 18.0, top + 12.0), text));
    }
    if let Some([low, high]) = row.phase.latency_us.ci95.p50 {
        marks.push(Mark::line("interval", (x.at(low), bar), (x.at(high), bar)));
    }
    if let Some(us) = row.phase.latency_us.p50 {
        let mark = Mark::line("median", (x.at(us), bar - 4.0), (x.at(us), middle + HALF));
        let told = row
            .phase
            .latency_us
            .ci95
            .p50
            .map_or(String::new(), |interval| format!(" (95 % interval {})", words::interval(interval)));
        let told = format!("{}, median: {}{told}", row.name, words::time(us));
        marks.push(mark.of(row.number, "p50", us).saying(told));
    }
    marks
}

/// Each a dot; those that would lie on another beside it.
fn dots(places: &[f64], middle: f64, class: &str) -> Vec<Mark> {
    let mut crowd: BTreeMap<i64, u32> = BTreeMap::new();
    let pen = places.iter().fold(Pen::default(), |pen, x| {
        let others = crowd.entry((x / DOT) as i64).or_default();
        let step = f64::from(others.div_ceil(2)) * DOT;
        let y = middle + if others.is_multiple_of(2) { step } else { -step };
        *others += 1;
        pen.symbol((*x, y.clamp(middle - HALF, middle + HALF)), "h0")
    });
    let drawn = (!pen.is_empty()).then(|| Mark::path(format!("dots {class}"), pen));
    drawn.into_iter().collect()
}

/// As high as there are samples, with a dot for the least and the greatest.
fn columns(places: &[f64], middle: f64, class: &str) -> Vec<Mark> {
    let mut counts: BTreeMap<i64, u32> = BTreeMap::new();
    for x in places {
        *counts.entry((x / COLUMN) as i64).or_default() += 1;
    }
    let most = f64::from(counts.values().copied().max().unwrap_or(1));
    let pen = counts.iter().fold(Pen::default(), |pen, (column, count)| {
        // One sample is to be seen where there are thousands elsewhere.
        let half = (HALF * f64::from(*count) / most).max(0.8);
        pen.to(((*column as f64 + 0.5) * COLUMN, middle - half)).along(middle + half)
    });
    let ends = [f64::min, f64::max].map(|end| places.iter().copied().reduce(end).unwrap_or(0.0));
    let ends = ends.into_iter().fold(Pen::default(), |pen, x| pen.symbol((x, middle), "h0"));
    vec![Mark::path(format!("columns {class}"), pen), Mark::path(format!("dots {class}"), ends)]
}

fn caption(rows: &[Row]) -> Vec<String> {
    let mut caption = vec![
        "Left is faster. The upright line is the median, the bar across its head the 95 % interval of it, as far as there \
         are samples enough."
            .to_owned(),
    ];
    if rows.iter().any(|row| row.phase.observed_us.len() > DOTS) {
        caption.push(format!(
            "Above {DOTS} samples, each is counted in a column that is as high as there are samples in it; the least and \
             the greatest are dots too."
        ));
    }
    caption.push("Only samples that count are here: ok, and not told apart by the server's own word.".into());
    caption
}

fn table(phase: Phase, rows: &[Row]) -> Table {
    let header = ["", "samples", "least", "median", "95% CI of the median", "greatest"];
    let row = |row: &Row| {
        let latency = &row.phase.latency_us;
        let time = |us: Option<f64>| us.map_or(WITHHELD.into(), words::time);
        vec![
            row.name.clone(),
            row.phase.counted.to_string(),
            time(latency.min),
            time(latency.p50),
            latency.ci95.p50.map_or(WITHHELD.into(), words::interval),
            time(latency.max),
        ]
    };
    Table {
        title: format!("Every sample, {}", phase.in_words()),
        header: header.map(str::to_owned).to_vec(),
        rows: rows.iter().map(row).collect(),
        details: vec![],
    }
}
