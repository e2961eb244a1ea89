//! Percentile curves: what share of the answers was no slower, with the tail drawn out.

use super::axis::{Log, Tail};
use super::drawing::{Drawing, Mark, Pen, Px};
use super::load::of_ramp;
use super::panel::Panel;
use super::{Figure, Row, curve, legend, words};
use crate::report::Distribution;
use crate::report::load::{LoadReport, Loop};
use crate::report::outline::{Table, WITHHELD};
use crate::sample::Phase;

const HEIGHT: f64 = 210.0;
const TICKS: usize = 7;

struct Reported {
    name: &'static str,
    quantile: f64,
    us: Option<f64>,
    interval: Option<[f64; 2]>,
}

struct Curve<'a> {
    target: usize,
    number: usize,
    name: &'a str,
    /// What its figures are called before the name of the percentile.
    kind: &'static str,
    reported: &'a Distribution,
    times: Vec<(f64, u64)>,
}

/// One of a target. The service time of an open loop has another one; a load has one target.
fn curves<'a>(row: &'a Row<'a>) -> Vec<Curve<'a>> {
    let (target, latency) = (row.number, &row.phase.latency_us);
    let open = row.phase.load.as_ref().filter(|load| load.kind == Loop::Open);
    let name = if open.is_some() { "latency" } else { row.name.as_str() };
    let curve = Curve { target, number: target, name, kind: "", reported: latency, times: row.phase.times() };
    let service = open.map(|load| Curve {
        number: target + 1,
        name: "service time",
        kind: "service ",
        reported: &load.service_us,
        times: row.phase.service_times(),
        ..curve
    });
    [curve].into_iter().chain(service).collect()
}

/// Of one phase; `None` where nothing was answered.
pub fn figure(phase: Phase, rows: &[Row]) -> Option<Figure> {
    let curves: Vec<Curve> = rows.iter().flat_map(curves).collect();
    let panel = Panel::with_times(legend::height(curves.len()) + 8.0, HEIGHT);
    let y = Log::over(curves.iter().flat_map(values), panel.upwards())?;
    let x = Tail::of(rows.iter().map(|row| row.phase.counted).max()?, panel.x);
    let mut marks = legend::marks(curves.iter().map(|curve| (curve.number, curve.name)));
    marks.extend(panel.upright_times(&y, TICKS));
    marks.extend(panel.level_quantiles(&x));
    marks.extend(curves.iter().flat_map(|curve| drawn(curve, &x, &y)));
    Some(Figure {
        drawing: Drawing {
            id: format!("percentiles-{}", phase.name()),
            title: format!("Percentiles, {}", phase.in_words()),
            description: description(&curves),
            height: Px(panel.bottom()),
            marks,
        },
        caption: caption(phase, rows),
        table: table(phase, &curves),
    })
}

fn values(curve: &Curve) -> impl Iterator<Item = f64> {
    let Distribution { min, p50, max, .. } = *curve.reported;
    let reported = reported(curve.reported).into_iter().filter_map(|reported| reported.us);
    let observed = curve.times.iter().map(|(us, _)| *us);
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

fn drawn(curve: &Curve, x: &Tail, y: &Log) -> Vec<Mark> {
    let class = legend::series(curve.number);
    let told = reported(curve.reported);
    let told: Vec<(Reported, f64)> =
        told.into_iter().filter_map(|reported| reported.us.map(|us| (reported, us))).collect();
    let mut marks = Vec::new();
    if curve.times.is_empty() {
        let mut places = told.iter().map(|(reported, us)| (x.at(reported.quantile), y.at(*us)));
        if let Some(first) = places.next() {
            let joined = places.fold(Pen::default().to(first), Pen::line);
            marks.push(Mark::path(format!("joined {class}"), joined));
        }
    } else {
        let line = curve::of(curve.times.clone(), x, y);
        let parts = [("curve", line.supported), ("rest", line.rest)].into_iter();
        let drawn = parts.filter(|(_, pen)| !pen.is_empty());
        marks.extend(drawn.map(|(kind, pen)| Mark::path(format!("{kind} {class}"), pen)));
    }
    for (reported, us) in told {
        let place = (x.at(reported.quantile), y.at(us));
        if let Some([low, high]) = reported.interval {
            let (low, high) = (y.at(low), y.at(high));
            marks.push(Mark::line(format!("whisker {class}"), (place.0, low), (place.0, high)));
        }
        let symbol = Pen::default().symbol(place, legend::symbol(curve.number));
        let mark = Mark::path(format!("symbol {class}"), symbol);
        let figure = format!("{}{}", curve.kind, reported.name);
        marks.push(mark.of(curve.target, figure, us).saying(say(curve, &reported, us)));
    }
    marks
}

fn say(curve: &Curve, reported: &Reported, us: f64) -> String {
    let interval = reported
        .interval
        .map_or(String::new(), |interval| format!(" (95 % interval {})", words::interval(interval)));
    format!("{}, {}: {}{interval}", curve.name, reported.name, words::time(us))
}

fn description(curves: &[Curve]) -> String {
    format!("{}; the same figures are in the table below it", words::count(curves.len(), "curve"))
}

fn caption(phase: Phase, rows: &[Row]) -> Vec<String> {
    let mut caption = vec![
        "Lower is faster. Symbols stand at p50, p90, p95, p99 and p99.9, as far as the samples support them; the upright line \
         through each is its 95 % interval, where that is known.".into(),
    ];
    if rows.iter().all(|row| row.phase.times().is_empty()) {
        caption.push(
            "The lines between them only join them: this report was made from one that was saved.".into(),
        );
    } else {
        caption.push("Dotted: too few samples for a 95 % interval, so that chance decides.".into());
    }
    caption.extend(rows.iter().filter_map(|row| service(row.phase.load.as_ref()?)));
    caption.extend(rows.iter().filter_map(|row| of_ramp(row.phase.load.as_ref()?)));
    let without: Vec<_> =
        rows.iter().filter(|row| row.phase.counted == 0).map(|row| row.name.as_str()).collect();
    if !without.is_empty() {
        let names = without.join(", ");
        caption.push(format!("No curve, since no {} sample counts: {names}.", phase.in_words()));
    }
    let timeouts = |row: &&Row| row.phase.latency_us.max.is_some_and(f64::is_infinite);
    if rows.iter().any(|row| timeouts(&row)) {
        let what = if phase == Phase::Load { " timed out or was not sent in time" } else { " is a time-out" };
        caption.push(format!("What reaches the upper edge{what}, and lies beyond it."));
    }
    caption
}

fn service(load: &LoadReport) -> Option<String> {
    let told = "Latency is from when a request was due, service time from when it was sent.";
    (load.kind == Loop::Open).then(|| told.into())
}

fn table(phase: Phase, curves: &[Curve]) -> Table {
    let header = ["", "percentile", "time", "95% CI"];
    let row = |curve: &Curve| {
        reported(curve.reported).map(|Reported { name, us, interval, .. }| {
            vec![
                curve.name.to_owned(),
                name.to_owned(),
                us.map_or(WITHHELD.into(), if phase == Phase::Load { words::of_load } else { words::time }),
                interval.map_or(WITHHELD.into(), words::interval),
            ]
        })
    };
    Table {
        title: format!("Percentiles, {}", phase.in_words()),
        header: header.map(str::to_owned).to_vec(),
        rows: curves.iter().flat_map(row).collect(),
        details: vec![],
    }
}
