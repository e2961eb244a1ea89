//! The page of a matrix: its bars are read out of the picture again, and nothing in it is markup but its own.

use std::collections::BTreeSet;

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node};

use super::*;
use crate::matrix::packaging::{Code, Missing, Part};
use crate::matrix::report::fixtures::{report, row, spread, two};
use crate::matrix::report::{Cell, MemoryReport, Row};
use crate::report::outline::Table;
use crate::report::picture::Figure;
use crate::report::picture::svg::Inline;

const HOSTILE: &str = "<script>alert(1)</script>\"'&\u{202e}";

fn figures(report: &MatrixReport) -> Vec<Figure> {
    charts::of(report).into_iter().flat_map(|theme| theme.figures).collect()
}

fn figure<'a>(figures: &'a [Figure], id: &str) -> &'a Figure {
    figures.iter().find(|figure| figure.drawing.id == id).unwrap_or_else(|| panic!("no figure {id}"))
}

fn inline(figure: &Figure) -> String {
    Inline { drawing: &figure.drawing }.render().unwrap()
}

fn number(node: Node, name: &str) -> f64 {
    node.attribute(name).unwrap().parse().unwrap()
}

fn parsed(label: &str) -> Option<f64> {
    let (value, unit) = label.split_once(' ').unwrap_or((label, ""));
    let scale = match unit {
        "" if value == "0" => 1.0,
        "µs" => 1.0,
        "kB" | "ms" => 1e3,
        "MB" | "s" => 1e6,
        _ => return None,
    };
    Some(value.parse::<f64>().ok()? * scale)
}

/// Of every bar that stands for a figure: whose, which, its value, and its length by the axis.
fn bars(svg: &str) -> Vec<(usize, String, f64, f64)> {
    let document = Document::parse(svg).unwrap();
    let labels =
        document.descendants().filter(|node| node.attribute("class").is_some_and(|c| c.starts_with("tick ")));
    let ticks: Vec<(f64, f64)> =
        labels.filter_map(|node| Some((number(node, "x"), parsed(node.text()?)?))).collect();
    let [(from, low), .., (to, high)] = ticks[..] else { panic!("{ticks:?} are no ticks") };
    let rects =
        document.descendants().filter(|node| node.has_tag_name("rect") && node.has_attribute("data-value"));
    rects
        .map(|rect| {
            let length = number(rect, "width") * (high - low) / (to - from);
            let figure = rect.attribute("data-figure").unwrap().to_owned();
            (number(rect, "data-target") as usize, figure, number(rect, "data-value"), length)
        })
        .collect()
}

/// What is drawn, after it was made sure that it is as long as it says.
fn drawn(report: &MatrixReport, id: &str) -> Vec<(usize, String, f64)> {
    let bars = bars(&inline(figure(&figures(report), id)));
    let longest = bars.iter().map(|(.., value, _)| *value).fold(0.0, f64::max);
    for (_, name, value, length) in &bars {
        assert!((value - length).abs() < longest * 0.01, "{id}: {name} is drawn as {length}, not {value}");
    }
    bars.into_iter().map(|(row, name, value, _)| (row, name, value)).collect()
}

#[test]
fn bars_are_as_long_as_the_report_says() {
    let report = two();
    let single = |id: &str, name: &str, of: fn(&Row) -> f64| {
        let expected: Vec<_> =
            report.rows.iter().enumerate().map(|(n, row)| (n, name.to_owned(), of(row))).collect();
        assert_eq!(drawn(&report, id), expected, "{id}");
    };
    single("sizes-program", "bytes", |row| *row.artefact_bytes.value().unwrap() as f64);
    single("start-once", "p50", |row| row.once_us.value().unwrap().distribution.p50.unwrap());
    single("start-serving", "p50", |row| row.start_us.value().unwrap().distribution.p50.unwrap());
}

#[test]
fn the_parts_of_memory_add_up_to_it() {
    let report = two();
    for (id, of) in [
        ("memory-idle", (|row| &row.memory_idle) as fn(&Row) -> &Cell<MemoryReport>),
        ("memory-loaded", |row| &row.memory_loaded),
    ] {
        let bars = drawn(&report, id);
        for (number, row) in report.rows.iter().enumerate() {
            let seen = of(row).value().unwrap().consists_of;
            let parts: Vec<f64> =
                bars.iter().filter(|(of, ..)| *of == number).map(|(.., value)| *value).collect();
            assert_eq!(parts.iter().sum::<f64>(), seen.pss as f64);
            assert_eq!(parts[..2], [seen.anonymous_pss as f64, seen.executable_pss as f64]);
        }
    }
}

#[test]
fn sizes_are_said_to_be_without_the_runtime_where_one_is_needed() {
    let is_said = |report: &MatrixReport| {
        let figures = figures(report);
        figure(&figures, "sizes-program")
            .caption
            .concat()
            .contains("runtime that Wasm needs beside it is not in")
    };
    let mut report = two();
    assert!(!is_said(&report));
    report.rows[1].kind.code = Code::Wasm;
    report.rows[1].runtime_bytes = Cell::Value(46_000_000);
    assert!(is_said(&report));
}

#[test]
fn idle_and_loaded_have_the_same_axis() {
    let figures = figures(&two());
    let axis = |id: &str| -> Vec<String> {
        let svg = inline(figure(&figures, id));
        let document = Document::parse(&svg).unwrap();
        let ticks = document.descendants().filter(|node| node.attribute("class") == Some("tick middle"));
        ticks.map(|node| format!("{:?} {:?}", node.attribute("x"), node.text())).collect()
    };
    assert_eq!(axis("memory-idle"), axis("memory-loaded"));
}

#[test]
fn a_part_below_nought_is_told_and_not_drawn() {
    let report = two();
    let parts: Vec<_> = drawn(&report, "parts-once").into_iter().map(|(_, name, _)| name).collect();
    assert_eq!(parts, ["process", "program", "process", "program"]);
    let figures = figures(&report);
    let parts = figure(&figures, "parts-once");
    assert!(inline(parts).contains("network\u{a0}−"));
    let caption = parts.caption.join(" ");
    assert!(caption.contains("below nought: network of native, network of wasm. "), "{caption}");
}

#[test]
fn a_part_that_may_be_nothing_is_drawn_no_more_than_the_table_tells_it() {
    let mut report = two();
    let program = report.rows[0].parts.iter_mut().find(|part| part.part == Part::Program).unwrap();
    program.difference_us.distribution.ci95.p50 = Some([-670.0, 1558.0]);
    let parts: Vec<_> = drawn(&report, "parts-once").into_iter().map(|(row, name, _)| (row, name)).collect();
    assert_eq!(
        parts,
        [(0, "process"), (1, "process"), (1, "program")].map(|(row, name)| (row, name.to_owned()))
    );
    let figures = figures(&report);
    let caption = figure(&figures, "parts-once").caption.join(" ");
    assert!(caption.contains("holds nought: program of native. "), "{caption}");
}

#[test]
fn parts_are_told_apart_without_colour() {
    let figures = figures(&two());
    let svg = inline(figure(&figures, "memory-idle"));
    let document = Document::parse(&svg).unwrap();
    let textures = document.descendants().filter(|node| node.attribute("class") == Some("texture"));
    let textures: Vec<_> = textures.map(|node| !node.attribute("d").unwrap().is_empty()).collect();
    // The legend and two bars, with lines on all parts but the first.
    assert_eq!(textures, [false, true, true].repeat(3));
}

#[test]
fn what_has_no_bar_says_why_in_the_picture_and_in_the_table() {
    let mut report = two();
    report.rows[1].artefact_bytes = Cell::Withheld("it is on another machine".into());
    report.rows[1].once_us = Cell::Value(spread(1000.0, 4));
    let figures = figures(&report);
    for (id, why) in [("sizes-program", "it is on another machine"), ("start-once", "too few for a median")] {
        let figure = figure(&figures, id);
        let document = inline(figure);
        let document = Document::parse(&document).unwrap();
        let words = document.descendants().filter(|node| node.has_tag_name("text"));
        let text = words.filter_map(|node| node.text()).collect::<Vec<_>>().join(" ");
        assert!(text.contains("No bar: wasm: ") && text.contains(why), "{text}");
        assert!(figure.table.rows[1].last().unwrap().contains(why));
    }
    assert!(!figures.iter().any(|figure| figure.drawing.id == "sizes-image"), "no row has an image");
    assert!(!render(&report).contains("NaN"));
}

#[test]
fn a_bar_without_a_median_says_in_the_table_why_there_is_none() {
    let mut report = two();
    report.plan.rounds = 3;
    let Cell::Value(idle) = &mut report.rows[0].memory_idle else { panic!() };
    idle.pss_bytes = spread(1_000_000.0, 3);
    let figures = figures(&report);
    let Table { header, rows, .. } = &figure(&figures, "memory-idle").table;
    assert_eq!(header.last().unwrap(), "why there is none");
    let why: Vec<_> = rows.iter().map(|row| row.last().unwrap().as_str()).collect();
    assert_eq!(why, ["no median: the rounds are too few for a median: -n 5", ""]);
}

#[test]
fn a_hostile_row_adds_no_element() {
    let elements = |page: &str| -> BTreeSet<String> {
        let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric()).collect::<String>();
        page.split('<').skip(1).map(name).collect()
    };
    let with = |text: &str| {
        let mut rows = vec![row(text, 1), row(&text.repeat(200), 2), row("c", 3), row("d", 4)];
        rows[1].artefact_bytes = Cell::Withheld(text.into());
        rows[2].missing = Some(Missing { what: text.into(), remedy: text.into() });
        rows[3].failed = Some(text.repeat(100));
        rows[0].by = Some(text.into());
        report(rows)
    };
    let (hostile, plain) = (with(HOSTILE), with("a"));
    let page = render(&hostile);
    assert_eq!(elements(&page), elements(&render(&plain)));
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains('\u{202e}') && page.contains("&#60;script&#62;alert(1)"));
    let picture = picture(&hostile, None).unwrap();
    Document::parse(&picture).unwrap();
    assert!(!picture.contains("<script"));
}

#[test]
fn the_data_in_the_page_is_the_report() {
    let report = two();
    let page = render(&report);
    let saved = |kind: &str| {
        let from = format!("data:{kind};base64,");
        let (_, rest) = page.split_once(&from).unwrap();
        STANDARD.decode(rest.split('"').next().unwrap()).unwrap()
    };
    let json: serde_json::Value = serde_json::from_slice(&saved("application/json")).unwrap();
    assert_eq!(json, serde_json::to_value(&report).unwrap());
    assert_eq!(saved("text/csv"), csv::render(&report).as_bytes());
}

#[test]
fn the_labs_table_and_its_answers_are_in_it() {
    let report = two();
    let page = render(&report);
    assert!(page.contains("Table 4.1") && page.contains("One program in 2 packagings"));
    for answer in &report.answers {
        assert!(page.contains(&answer.split('?').next().unwrap().to_owned()), "{answer}");
    }
}

#[test]
fn what_did_not_answer_stands_as_not_measured_among_what_was() {
    let mut cloud = row("cloud", 1);
    (cloud.once_us, cloud.start_us) = (Cell::Withheld("x".into()), Cell::Withheld("x".into()));
    (cloud.kind.remote, cloud.by) = (true, Some("http://127.0.0.1:9/".into()));
    (cloud.no_server, cloud.no_once) = (Some("elsewhere".into()), Some("elsewhere".into()));
    cloud.no_requests = Some("connection refused".into());
    assert_eq!(place(&cloud), "not measured: connection refused");
    assert_eq!(place(&row("native", 1)), "the kernel");
}

#[test]
fn a_matrix_of_nothing_is_a_page_and_no_picture() {
    let mut nothing = row("docker", 1);
    nothing.missing = Some(Missing { what: "there is no docker".into(), remedy: "install it".into() });
    (nothing.once_us, nothing.start_us) = (Cell::Withheld("x".into()), Cell::Withheld("x".into()));
    for report in [report(vec![]), report(vec![nothing])] {
        let page = render(&report);
        assert!(page.contains("No packaging was measured"));
        assert!(picture(&report, None).is_none());
    }
}

#[test]
fn a_picture_alone_says_where_and_when_it_was_and_of_how_many_packagings() {
    let mut report = two();
    report.rows.push(row("docker", 1));
    report.rows[2].failed = Some("x".into());
    (report.rows[2].once_us, report.rows[2].start_us) =
        (Cell::Withheld("x".into()), Cell::Withheld("x".into()));
    let picture = picture(&report, Some(PlotKind::Memory)).unwrap();
    for told in
        [report.environment.os.as_str(), "measured 2026-04-22", "20 rounds", "packagings measured: 2 of 3"]
    {
        assert!(picture.contains(told), "{told}: {picture}");
    }
}

#[test]
fn a_picture_has_all_bars_or_those_of_a_kind() {
    let report = two();
    let titles = |kind| -> Vec<String> {
        let picture = picture(&report, kind).unwrap();
        let document = Document::parse(&picture).unwrap();
        let titles = document.descendants().filter(|node| node.attribute("class") == Some("title"));
        titles.filter_map(|node| node.text().map(str::to_owned)).collect()
    };
    assert_eq!(
        titles(Some(PlotKind::Memory)),
        ["Memory, idle after the first answer", "Memory after a load"]
    );
    assert_eq!(titles(Some(PlotKind::Parts)), ["MODE=once, part by part"]);
    assert_eq!(titles(None).len(), figures(&report).len());
}
