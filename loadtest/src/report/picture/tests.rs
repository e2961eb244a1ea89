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

/// Where a path begins.
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
fn a_percentile_stands_above_its_name() {
    let report = report(&many());
    let svg = drawn(PlotKind::Percentiles, &report, &[]);
    let document = Document::parse(&svg).unwrap();
    let ticks = document.descendants().filter(|node| node.attribute("class") == Some("tick middle"));
    let ticks: Vec<(String, f64)> =
        ticks.map(|node| (node.text().unwrap().into(), number(node, "x"))).collect();
    for (figure, label) in [("p50", "50"), ("p90", "90"), ("p99", "99")] {
        let tick = ticks.iter().find(|(text, _)| text == label).unwrap().1;
        assert!(
            facts(&document, figure).all(|mark| (place(mark).0 - tick).abs() < 0.2),
            "{figure} {ticks:?}"
        );
    }
}

#[test]
fn the_curve_passes_through_the_percentiles() {
    let report = report(&many());
    let svg = drawn(PlotKind::Percentiles, &report, &[]);
    let document = Document::parse(&svg).unwrap();
    let curves = document.descendants().filter(|node| {
        node.attribute("class").is_some_and(|class| class.starts_with("curve "))
            && place(*node).0 > 30.0
            && node.attribute("d").unwrap().contains('H')
    });
    for (curve, mark) in curves.zip(facts(&document, "p90")) {
        let (x, y) = place(mark);
        let mut at = place(curve);
        let path = curve.attribute("d").unwrap();
        let steps = path.split_inclusive(['H', 'V']).collect::<Vec<_>>();
        let mut level = at.1;
        for pair in steps.windows(2) {
            let value: f64 = pair[1].trim_end_matches(['H', 'V']).parse().unwrap();
            if pair[0].ends_with('V') {
                at.1 = value
            } else {
                at.0 = value
            }
            if at.0 <= x {
                level = at.1;
            }
        }
        assert!((level - y).abs() < 3.0, "the curve is at {level}, and p90 at {y}");
    }
}

#[test]
fn a_time_out_is_beyond_the_axis_and_said_in_words() {
    let (samples, report) = (with_timeouts(), report(&with_timeouts()));
    for kind in [PlotKind::Percentiles, PlotKind::Time] {
        let svg = drawn(kind, &report, &samples);
        assert!(!svg.contains("NaN") && !svg.contains("\"inf\" y"), "{svg}");
        assert!(svg.contains("time-out"), "{kind:?}: {svg}");
    }
    let caption = figures(PlotKind::Percentiles, &report, &samples).remove(0).caption.concat();
    assert!(caption.contains("time-out, and lies beyond"), "{caption}");
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

#[test]
fn without_samples_there_is_no_picture_of_them() {
    let saved: Report = serde_json::from_str(&crate::report::json::render(&report(&many()))).unwrap();
    assert!(svg::render(PlotKind::Time, &saved, &[]).is_none());
    let drawn = drawn(PlotKind::Percentiles, &saved, &[]);
    assert!(
        Document::parse(&drawn)
            .unwrap()
            .descendants()
            .any(|node| node.attribute("data-figure") == Some("p99"))
    );
    let caption = figures(PlotKind::Percentiles, &saved, &[]).remove(0).caption.concat();
    assert!(caption.contains("only join them"), "{caption}");
}

/// From a place to a rate, by the axis below a picture.
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
fn of_a_ramp_what_is_not_kept_up_with_is_said_by_shape_and_in_words() {
    let report = ramp();
    let svg = drawn(PlotKind::Ramp, &report, &[]);
    let document = Document::parse(&svg).unwrap();
    let rate = by_rates(&document);
    let marked = |name: &str| -> Vec<(f64, String)> {
        let shape = |mark: Node| mark.attribute("d").unwrap().split_once('m').unwrap().1.to_owned();
        facts(&document, name).map(|mark| (rate(place(mark).0).round(), shape(mark))).collect()
    };
    let rates = |name| marked(name).into_iter().map(|(rate, _)| (rate / 100.0).round()).collect::<Vec<_>>();
    assert_eq!(rates("yes"), [1.0, 2.0, 3.0, 5.0, 6.0]);
    assert_eq!(rates("undecided"), [4.0], "it stalls before its end");
    assert_eq!(rates("no"), [7.0, 8.0, 9.0, 10.0]);
    assert_ne!(marked("yes")[0].1, marked("no")[0].1);
    let table = figures(PlotKind::Ramp, &report, &[]).remove(0).table;
    let in_table: Vec<&str> = table.rows.iter().map(|row| row.last().unwrap().as_str()).collect();
    assert_eq!(in_table.iter().filter(|cell| **cell == "no").count(), 4, "{in_table:?}");
    let says = |text: &str| document.descendants().any(|node| node.text() == Some(text));
    assert!(says("700/s is not kept up with") && says("kept up with") && says("undecided"), "{svg}");
    let line = document.descendants().find(|node| node.attribute("class") == Some("one")).unwrap();
    assert!((rate(place(line).0) - 700.0).abs() < 3.0, "{svg}");
}

#[test]
fn a_load_whose_requests_were_held_back_has_a_curve_of_latency_and_one_of_service_time() {
    let report = late(300);
    let svg = drawn(PlotKind::Percentiles, &report, &[]);
    let document = Document::parse(&svg).unwrap();
    let time = by_ticks(&document, "tick end", "y", 3.5);
    let phase = &report.targets[0].phases[0];
    let service = &phase.load.as_ref().unwrap().service_us;
    let shape = |mark: Node| mark.attribute("d").unwrap().split_once('m').unwrap().1.to_owned();
    for (name, other, latency, service) in [
        ("p50", "service p50", phase.latency_us.p50, service.p50),
        ("p99", "service p99", phase.latency_us.p99, service.p99),
    ] {
        let marks = [name, other].map(|name| facts(&document, name).next().unwrap());
        for (mark, us) in marks.into_iter().zip([latency, service]) {
            assert_eq!(Some(number(mark, "data-value")), us);
            assert!((time(place(mark).1) / us.unwrap() - 1.0).abs() < PRECISION, "{name}: {us:?}");
        }
        assert_ne!(shape(marks[0]), shape(marks[1]), "told apart not by colour alone");
    }
    let says = |text: &str| document.descendants().any(|node| node.text() == Some(text));
    assert!(says("latency") && says("service time"), "{svg}");
    let curves =
        |class: &str| document.descendants().filter(|node| node.attribute("class") == Some(class)).count();
    assert_eq!((curves("curve s0 d0"), curves("curve s1 d1")), (2, 2), "each with its line in the legend");
    let table = figures(PlotKind::Percentiles, &report, &[]).remove(0).table;
    let rows: Vec<&str> = table.rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(rows, [["latency"; 5], ["service time"; 5]].concat());
}

#[test]
fn service_time_that_one_cannot_see_beside_latency_is_told_and_not_drawn() {
    let report = late(10);
    let figure = figures(PlotKind::Percentiles, &report, &[]).remove(0);
    assert!(figure.caption.concat().contains("less by under 5 %, and not drawn"), "{:?}", figure.caption);
    assert_eq!(figure.table.rows.len(), 5);
    let saved: Report = serde_json::from_str(&crate::report::json::render(&late(300))).unwrap();
    assert_eq!(figures(PlotKind::Percentiles, &saved, &[]).remove(0).table.rows.len(), 10);
}

#[test]
fn what_is_no_ramp_has_no_picture_of_one() {
    assert!(svg::render(PlotKind::Ramp, &report(&many()), &[]).is_none());
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
fn a_load_whose_target_died_is_drawn_to_its_end_with_what_failed() {
    for (rate, sent) in [(Some(1000.0), "when requests were due"), (None, "when requests were sent")] {
        let report = dies(rate, 4000, 1500);
        let svg = drawn(PlotKind::Time, &report, &[]);
        let document = Document::parse(&svg).unwrap();
        let says =
            |text: &str| document.descendants().any(|node| node.text().is_some_and(|t| t.starts_with(text)));
        assert!(says("4 s") && says(sent), "{svg}");
        let crosses: Vec<f64> = facts(&document, "failed").map(|mark| number(mark, "data-value")).collect();
        assert_eq!(
            (crosses.len(), crosses.iter().sum::<f64>()),
            (13, 2500.0),
            "from the eighth of twenty parts on"
        );
        let places: Vec<f64> = facts(&document, "failed").map(|mark| place(mark).0).collect();
        let last = facts(&document, "max").last().map(|mark| place(mark).0).unwrap();
        assert!(places[12] > 2.0 * last, "they go on when nothing was answered any more: {places:?}, {last}");
        let figure = figures(PlotKind::Time, &report, &[]).remove(0);
        assert_eq!((figure.table.rows.len(), figure.table.header[4].as_str()), (20, "failed"));
        assert_eq!(figure.table.rows[19][3..5], ["0", "200"]);
        let caption = figure.caption.concat();
        assert!(
            !caption.contains("no request is left out") && caption.contains("A cross at the upper edge"),
            "{caption}"
        );
    }
    let caption = figures(PlotKind::Time, &late(10), &[]).remove(0).caption.concat();
    assert!(caption.contains("no request is left out") && !caption.contains("cross"), "{caption}");
}

#[test]
fn a_part_of_which_most_failed_has_another_cross_than_one_of_which_few_did() {
    let mut report = dies(Some(1000.0), 4000, 1500);
    let boxed = |report: &Report| drawn(PlotKind::Time, report, &[]).matches("h10v10h-10z").count();
    assert_eq!(boxed(&report), 13);
    let load = report.targets[0].phases[0].load.as_mut().unwrap();
    for slice in load.slices.iter_mut().filter(|slice| slice.failed > 0) {
        (slice.ok, slice.failed) = (199, 1);
    }
    assert_eq!(boxed(&report), 0);
}

#[test]
fn the_ends_of_a_narrow_interval_stand_out_behind_its_point() {
    let alike = (0..40).flat_map(|n| [in_round(n, "a", 50_000 + n), in_round(n, "b", 50_100 + n)]);
    let svg = drawn(PlotKind::Ratios, &report(&alike.collect::<Vec<_>>()), &[]);
    let document = Document::parse(&svg).unwrap();
    let (x, y) = place(facts(&document, "ratio").next().unwrap());
    let interval = document
        .descendants()
        .find(|node| node.attribute("class").is_some_and(|class| class.starts_with("ratio ")))
        .unwrap();
    let (low, level) = place(interval);
    let ends = interval.attribute("d").unwrap();
    assert!((low - x).abs() < 8.0 && (level - y).abs() < 0.2, "{ends}");
    assert!(ends.contains(&format!("V{}", y + 7.0)), "{ends} reach below the point at {y}");
}

#[test]
fn a_plot_by_itself_says_what_was_asked_where_and_how_it_is_to_be_read() {
    let samples = many();
    let report = report(&samples);
    let drawn = drawn(PlotKind::Percentiles, &report, &samples);
    let drawn = Document::parse(&drawn).unwrap();
    let said: Vec<_> = drawn.descendants().filter_map(|node| node.text()).collect();
    let says = |words: &str| said.iter().any(|text| text.contains(words));
    assert!(says("Lower is faster.") && says("samples support them"), "{said:?}");
    let asked = &report.targets[1];
    assert!(says(&format!("{}: {} {}", asked.name, report.plan.method, asked.url)), "{said:?}");
    assert!(says(&format!("seed {}", report.plan.seed)), "{said:?}");
    let height = number(drawn.root_element(), "height");
    let lowest = |node: Node| node.attribute("y").and_then(|y| y.parse::<f64>().ok());
    let lines = drawn.root_element().children().filter(|node| node.has_tag_name("text"));
    assert!(lines.filter_map(lowest).all(|y| y < height - 4.0), "the last line is within the picture");
}
