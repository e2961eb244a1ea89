//! What is drawn is read out of the picture again, by its own axes, and is what stands in the report.

use roxmltree::{Document, Node};

use super::*;
use crate::report::fixtures::{in_round, report, sample, twice_as_slow};
use crate::report::load::fixtures::{dies, late, ramp};
use crate::sample::Outcome;

/// So much may a place be off, as a share: a tenth of a unit is all that is written.
const PRECISION: f64 = 0.01;

fn drawn(kind: PlotKind, report: &Report, samples: &[Sample]) -> String {
    svg::render(kind, report, samples).unwrap()
}

fn many() -> Vec<Sample> {
    let times = |n: u32| 500 + n * n % 977 + if n.is_multiple_of(40) { 6000 } else { 0 };
    (0..1200u32).flat_map(|n| [in_round(n, "a", times(n)), in_round(n, "b", 3 * times(n))]).collect()
}

fn with_timeouts() -> Vec<Sample> {
    let late = Sample { outcome: Outcome::Timeout, ..sample("b", Phase::Cold, 9_000_000) };
    let late = (0..40).map(|round| Sample { round, ..late.clone() });
    (0..40).flat_map(|n| [in_round(n, "a", 500 + n), in_round(n, "b", 900 + n)]).chain(late).collect()
}

fn number(node: Node, name: &str) -> f64 {
    node.attribute(name).unwrap().parse().unwrap()
}

fn place(node: Node) -> (f64, f64) {
    let path = node.attribute("d").unwrap();
    let numbers: Vec<f64> = path[1..]
        .split([' ', 'm', 'L', 'H', 'V', 'h'])
        .take(2)
        .map(|number| number.parse().unwrap())
        .collect();
    (numbers[0], numbers[1])
}

fn micros(label: &str) -> Option<f64> {
    let (value, unit) = label.split_once(' ')?;
    let scale = [("µs", 1.0), ("ms", 1e3), ("s", 1e6)].into_iter().find(|(name, _)| *name == unit)?.1;
    Some(value.parse::<f64>().ok()? * scale)
}

/// From a place to a time, by the first and the last tick of the axis whose labels have this class.
fn by_ticks(document: &Document, class: &str, coordinate: &str, above: f64) -> impl Fn(f64) -> f64 {
    let of = |node: Node| Some((number(node, coordinate) - above, micros(node.text()?)?));
    let labels = document.descendants().filter(|node| node.attribute("class") == Some(class));
    let ticks: Vec<(f64, f64)> = labels.filter_map(of).collect();
    let [(from, low), .., (to, high)] = ticks[..] else { panic!("{ticks:?} are no ticks") };
    move |at| low * (high / low).powf((at - from) / (to - from))
}

fn facts<'a>(document: &'a Document, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |node| node.attribute("data-figure") == Some(name))
}

#[test]
fn the_percentiles_of_the_picture_are_those_of_the_report() {
    let report = report(&many());
    let svg = drawn(PlotKind::Percentiles, &report, &[]);
    let document = Document::parse(&svg).unwrap();
    let time = by_ticks(&document, "tick end", "y", 3.5);
    for (number_of, target) in report.targets.iter().enumerate() {
        let latency = &target.phases[0].latency_us;
        for (name, expected) in
            [("p50", latency.p50), ("p90", latency.p90), ("p95", latency.p95), ("p99", latency.p99)]
        {
            let mark =
                facts(&document, name).find(|node| number(*node, "data-target") == number_of as f64).unwrap();
            let drawn = time(place(mark).1);
            assert_eq!(Some(number(mark, "data-value")), expected);
            assert!(
                (drawn / expected.unwrap() - 1.0).abs() < PRECISION,
                "{name} is drawn at {drawn}, not {expected:?}"
            );
        }
        assert_eq!(
            (latency.p999, facts(&document, "p999").count()),
            (None, 0),
            "what is withheld is not drawn"
        );
    }
}

#[test]
fn a_ratio_is_drawn_where_it_is_with_its_interval_however_small() {
    let much_faster = (0..40).flat_map(|n| [in_round(n, "a", 50_000 + n), in_round(n, "b", 1000 + n % 7)]);
    let report = report(&much_faster.collect::<Vec<_>>());
    let svg = drawn(PlotKind::Ratios, &report, &[]);
    let document = Document::parse(&svg).unwrap();
    let class = |node: &Node, class: &str| node.attribute("class") == Some(class);
    let labels = document.descendants().filter(|node| class(node, "tick middle"));
    let ticks: Vec<(f64, f64)> =
        labels.filter_map(|node| Some((number(node, "x"), node.text()?.parse().ok()?))).collect();
    let [(from, low), .., (to, high)] = ticks[..] else { panic!("{ticks:?} are no ticks") };
    let ratio = |at: f64| low * f64::powf(high / low, (at - from) / (to - from));
    let (point, told) = (facts(&document, "ratio").next().unwrap(), &report.comparisons[0]);
    assert!(told.ratio_p50 < 0.03, "{told:?}");
    assert!((ratio(place(point).0) / told.ratio_p50 - 1.0).abs() < 2.0 * PRECISION, "{svg}");
    let interval = document.descendants().find(|node| class(node, "ratio shown")).unwrap();
    let begins = ratio(place(interval).0);
    assert!((begins / told.ci95[0] - 1.0).abs() < 2.0 * PRECISION, "{begins} {told:?}");
}

#[test]
fn every_sample_has_a_mark_whose_shape_is_of_its_instance() {
    let mut samples = twice_as_slow();
    samples[3].freshness = crate::evidence::Freshness::Reused;
    samples[5].outcome = Outcome::Status(500);
    let svg = drawn(PlotKind::Time, &report(&samples), &samples);
    let document = Document::parse(&svg).unwrap();
    let count = |class: &str, ink: bool| -> usize {
        let of = |node: &Node| {
            node.attribute("class")
                .is_some_and(|names| names.starts_with(class) && names.ends_with("ink") == ink)
        };
        document.descendants().filter(of).map(|node| node.attribute("d").unwrap().matches('M').count()).sum()
    };
    assert_eq!((count("open", false), count("small", false), count("cross", false)), (78, 1, 1));
    assert_eq!(
        (count("open", true), count("small", true), count("cross", true)),
        (1, 1, 1),
        "and each is explained"
    );
}

fn by_rates(document: &Document) -> impl Fn(f64) -> f64 {
    let labels = document.descendants().filter(|node| node.attribute("class") == Some("tick middle"));
    let of = |node: Node| Some((number(node, "x"), node.text()?.parse::<f64>().ok()?));
    let ticks: Vec<(f64, f64)> = labels.filter_map(of).collect();
    let [(from, low), .., (to, high)] = ticks[..] else { panic!("{ticks:?} are no ticks") };
    move |at| low + (high - low) * (at - from) / (to - from)
}

#[test]
fn of_a_ramp_every_rate_has_its_percentiles_where_they_are_by_both_axes() {
    let report = ramp();
    let svg = drawn(PlotKind::Ramp, &report, &[]);
    let document = Document::parse(&svg).unwrap();
    let (time, rate) = (by_ticks(&document, "tick end", "y", 3.5), by_rates(&document));
    let steps = &report.targets[0].phases[0].load.as_ref().unwrap().steps;
    let figure = figures(PlotKind::Ramp, &report, &[]).remove(0);
    for (name, of) in lines::LINES {
        let column = figure.table.header.iter().position(|header| header == name).unwrap();
        let told = steps
            .iter()
            .zip(&figure.table.rows)
            .filter_map(|(step, row)| Some((step, &row[column], of(&step.latency_us)?)));
        let marks: Vec<Node> = facts(&document, name).collect();
        assert_eq!(marks.len(), told.clone().count(), "{name}");
        for (mark, (step, cell, us)) in marks.into_iter().zip(told) {
            let (x, y) = place(mark);
            assert_eq!((number(mark, "data-value"), cell.as_str()), (us, time_of(us).as_str()));
            assert!((time(y) / us - 1.0).abs() < PRECISION, "{name} is drawn at {}, not {us}", time(y));
            assert!((rate(x) - step.asked_rate).abs() < 3.0, "{name} is drawn at {}/s", rate(x));
        }
    }
}

#[test]
fn a_hostile_name_is_text_in_every_plot() {
    let mut report = report(&twice_as_slow());
    let hostile = "</text><script>alert(1)</script>\u{202e}\0'\"";
    let samples: Vec<Sample> = twice_as_slow()
        .into_iter()
        .map(|s| if s.target == "a" { Sample { target: hostile.into(), ..s } } else { s })
        .collect();
    report.targets[0].name = hostile.into();
    report.comparisons[0].baseline = hostile.into();
    for kind in PlotKind::ALL.into_iter().filter(|kind| *kind != PlotKind::Ramp) {
        let svg = drawn(kind, &report, &samples);
        let document = Document::parse(&svg).unwrap_or_else(|e| panic!("{kind:?}: {e}"));
        assert!(!document.descendants().any(|node| node.has_tag_name("script")), "{svg}");
        assert!(svg.contains("&#60;script") || svg.contains("&#60;/text"), "{kind:?}: {svg}");
    }
}

#[test]
fn a_load_has_curves_of_latency_and_service_time_that_are_told_apart_by_shape() {
    let report = late(300);
    let svg = drawn(PlotKind::Percentiles, &report, &[]);
    let document = Document::parse(&svg).unwrap();
    let time = by_ticks(&document, "tick end", "y", 3.5);
    let phase = &report.targets[0].phases[0];
    let shape = |mark: Node| mark.attribute("d").unwrap().split_once('m').unwrap().1.to_owned();
    let service = &phase.load.as_ref().unwrap().service_us;
    let marks = ["p99", "service p99"].map(|name| facts(&document, name).next().unwrap());
    for (mark, us) in marks.into_iter().zip([phase.latency_us.p99, service.p99]) {
        assert!((time(place(mark).1) / us.unwrap() - 1.0).abs() < PRECISION, "{us:?}");
    }
    assert_ne!(shape(marks[0]), shape(marks[1]));
}

#[test]
fn a_load_whose_target_died_is_drawn_to_its_end_with_what_failed() {
    for rate in [Some(1000.0), None] {
        let svg = drawn(PlotKind::Time, &dies(rate, 4000, 1500), &[]);
        let document = Document::parse(&svg).unwrap();
        let failed: Vec<f64> = facts(&document, "failed").map(|mark| number(mark, "data-value")).collect();
        assert_eq!(
            (failed.len(), failed.iter().sum::<f64>()),
            (13, 2500.0),
            "from the eighth of twenty parts on"
        );
        let [cross, last] = ["failed", "max"].map(|name| facts(&document, name).last().map(place).unwrap().0);
        assert!(cross > 2.0 * last, "they go on when nothing was answered any more: {cross}, {last}");
    }
}

#[test]
fn of_a_ramp_what_is_not_sustained_is_said_by_shape() {
    let svg = drawn(PlotKind::Ramp, &ramp(), &[]);
    let document = Document::parse(&svg).unwrap();
    let rates =
        |name| -> Vec<f64> { facts(&document, name).map(|mark| number(mark, "data-value")).collect() };
    assert_eq!(rates("yes"), [100.0, 200.0, 300.0, 500.0, 600.0]);
    assert_eq!(rates("undecided"), [400.0], "it stalls before its end");
    assert_eq!(rates("no"), [700.0, 800.0, 900.0, 1000.0]);
    let shape = |name| {
        facts(&document, name).next().unwrap().attribute("d").unwrap().split_once('m').unwrap().1.to_owned()
    };
    assert_ne!(shape("yes"), shape("no"));
}

/// What stands beside the marks, of every kind.
#[test]
fn plots_say_how_they_are_to_be_read() {
    let (samples, compared) = (with_timeouts(), report(&with_timeouts()));
    let saved: Report = serde_json::from_str(&crate::report::json::render(&compared)).unwrap();
    let loads = [ramp(), dies(Some(1000.0), 4000, 1500), late(300)];
    let told = [(&compared, &samples[..]), (&saved, &[])]
        .into_iter()
        .chain(loads.iter().map(|load| (load, &[][..])));
    let told =
        told.flat_map(|(report, samples)| PlotKind::ALL.map(|kind| figures(kind, report, samples))).flatten();
    let told = told.map(|figure| format!("{}\n  {}", figure.drawing.title, figure.caption.join("\n  ")));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
}
