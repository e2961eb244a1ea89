//! Percentile curves: what share of the answers was no slower, with the tail drawn out.

use super::axis::{Log, Tail};
use super::drawing::{Drawing, Mark, Pen, Px};
use super::panel::Panel;
use super::{Figure, Row, curve, legend, words};
use crate::report::outline::{Table, WITHHELD};
use crate::report::{Distribution, PhaseReport};
use crate::sample::Phase;

const HEIGHT: f64 = 210.0;
const TICKS: usize = 7;

/// A percentile as it is reported.
struct Reported {
    name: &'static str,
    quantile: f64,
    us: Option<f64>,
    interval: Option<[f64; 2]>,
}

/// Of one phase; `None` where nothing was answered.
pub fn figure(phase: Phase, rows: &[Row]) -> Option<Figure> {
    let panel = Panel::with_times(legend::height(rows.len()) + 8.0, HEIGHT);
    let y = Log::over(rows.iter().flat_map(|row| values(row.phase)), panel.upwards())?;
    let x = Tail::of(rows.iter().map(|row| row.phase.counted).max()?, panel.x);
    let mut marks = legend::marks(rows);
    marks.extend(panel.upright_times(&y, TICKS));
    marks.extend(panel.level_quantiles(&x));
    marks.extend(rows.iter().flat_map(|row| of_target(row, &x, &y)));
    Some(Figure {
        drawing: Drawing {
            id: format!("percentiles-{}", phase.name()),
            title: format!("Percentiles, {}", phase.in_words()),
            description: description(rows),
            height: Px(panel.bottom()),
            marks,
        },
        caption: caption(phase, rows),
        table: table(phase, rows),
    })
}

fn values(phase: &PhaseReport) -> impl Iterator<Item = f64> {
    let Distribution { min, p50, max, .. } = phase.latency_us;
    let reported = reported(&phase.latency_us).into_iter().filter_map(|reported| reported.us);
    let observed = phase.times().into_iter().map(|(us, _)| us);
    [min, p50, max].into_iter().flatten().chain(reported).chain(observed)
}

fn reported(latency: &Distribution) -> [Reported; 5] {
    let Distribution { p50, p90, p95, p99, p999, ci95, .. } = latency;
    let of = |name, quantile, us: &Option<f64>, interval| Reported { name, quantile, us: *us, interval };
    [
        of("p50", 0.5, p50, ci95.p50),
        of("p90", 0.9, p90, ci95.p90),
        of("p95", 0.95, p95, ci95.p95),
        of("p99", 0.99, p99, ci95.p99),
        of("p999", 0.999, p999, ci95.p999),
    ]
}

fn of_target(row: &Row, x: &Tail, y: &Log) -> Vec<Mark> {
    let class = legend::series(row.number);
    let told = reported(&row.phase.latency_us);
    let told: Vec<(Reported, f64)> =
        told.into_iter().filter_map(|reported| reported.us.map(|us| (reported, us))).collect();
    let mut marks = Vec::new();
    let times = row.phase.times();
    if times.is_empty() {
        let mut places = told.iter().map(|(reported, us)| (x.at(reported.quantile), y.at(*us)));
        if let Some(first) = places.next() {
            let joined = places.fold(Pen::default().to(first), Pen::line);
            marks.push(Mark::path(format!("joined {class}"), joined));
        }
    } else {
        let curve = curve::of(times, x, y);
        let parts = [("curve", curve.supported), ("rest", curve.rest)].into_iter();
        let drawn = parts.filter(|(_, pen)| !pen.is_empty());
        marks.extend(drawn.map(|(kind, pen)| Mark::path(format!("{kind} {class}"), pen)));
    }
    for (reported, us) in told {
        let place = (x.at(reported.quantile), y.at(us));
        if let Some([low, high]) = reported.interval {
            let (low, high) = (y.at(low), y.at(high));
            marks.push(Mark::line(format!("whisker {class}"), (place.0, low), (place.0, high)));
        }
        let symbol = Pen::default().symbol(place, legend::symbol(row.number));
        let mark = Mark::path(format!("symbol {class}"), symbol);
        marks.push(mark.of(row.number, reported.name, us).saying(say(row, &reported, us)));
    }
    marks
}

fn say(row: &Row, reported: &Reported, us: f64) -> String {
    let interval = reported
        .interval
        .map_or(String::new(), |interval| format!(" (95 % interval {})", words::interval(interval)));
    format!("{}, {}: {}{interval}", row.name, reported.name, words::time(us))
}

fn description(rows: &[Row]) -> String {
    format!("{}; the same figures are in the table below it", words::count(rows.len(), "curve"))
}

fn caption(phase: Phase, rows: &[Row]) -> Vec<String> {
    let mut caption = vec![
        "Lower is faster. Symbols are the percentiles of the report, with their 95 % intervals as upright lines.".into(),
    ];
    if rows.iter().all(|row| row.phase.times().is_empty()) {
        caption.push(
            "The lines between them only join them: this report was made from one that was saved.".into(),
        );
    } else {
        caption.push("Dotted: fewer than ten are above, so that chance decides.".into());
    }
    let without: Vec<_> =
        rows.iter().filter(|row| row.phase.counted == 0).map(|row| row.name.as_str()).collect();
    if !without.is_empty() {
        let names = without.join(", ");
        caption.push(format!("No curve, since no {} sample counts: {names}.", phase.in_words()));
    }
    let timeouts = |row: &&Row| row.phase.latency_us.max.is_some_and(f64::is_infinite);
    if rows.iter().any(|row| timeouts(&row)) {
        caption.push("What reaches the upper edge is a time-out, and lies beyond it.".into());
    }
    caption
}

fn table(phase: Phase, rows: &[Row]) -> Table {
    let header = ["", "percentile", "time", "95% CI"];
    let row = |row: &Row| {
        reported(&row.phase.latency_us).map(|Reported { name, us, interval, .. }| {
            vec![
                row.name.clone(),
                name.to_owned(),
                us.map_or(WITHHELD.into(), words::time),
                interval.map_or(WITHHELD.into(), words::interval),
            ]
        })
    };
    Table {
        title: format!("Percentiles, {}", phase.in_words()),
        header: header.map(str::to_owned).to_vec(),
        rows: rows.iter().flat_map(row).collect(),
        details: vec![],
    }
}
