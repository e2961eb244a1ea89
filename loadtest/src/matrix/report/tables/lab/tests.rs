//! Table 4.1, read as a student reads it: with a pocket calculator.

use super::*;
use crate::args::Format;
use crate::look::Look;
use crate::matrix::report::fixtures::{lab, spread, two};
use crate::matrix::report::{csv, render};

fn rows(report: &MatrixReport) -> Vec<Vec<String>> {
    table(report, true).rows
}

fn cells<'a>(rows: &'a [Vec<String>], metric: &str) -> [&'a str; 4] {
    let row = rows.iter().find(|row| row[0] == metric).unwrap_or_else(|| panic!("no {metric} in {rows:?}"));
    [&row[1], &row[2], &row[3], &row[4]]
}

/// `390.5 kB`, `2.00 ms`, `75.0 %`, `0.50×`: the number, in bytes, microseconds or as it is.
fn number(cell: &str) -> f64 {
    let digits = cell.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '−').unwrap_or(cell.len());
    let value: f64 = cell[..digits].replace('−', "-").parse().unwrap_or_else(|e| panic!("{cell}: {e}"));
    let scale = match cell[digits..].split_whitespace().next() {
        Some("kB" | "ms") => 1e3,
        Some("MB" | "s") => 1e6,
        _ => 1.0,
    };
    value * scale
}

#[test]
fn the_improvement_is_what_a_calculator_makes_of_the_two_figures() {
    let rows = rows(&lab());
    let near = |told: f64, expected: f64, within: f64| (told - expected).abs() <= within;
    for metric in ["Program size", "Image size", "Image, unpacked", "Memory idle (PSS)", "Memory after load"]
    {
        let [traditional, wasm, improvement, _] = cells(&rows, metric);
        let (a, b) = (number(traditional), number(wasm));
        let expected = (a - b) / a * 100.0;
        assert!(near(number(improvement), expected, 1.0), "{metric}: {improvement}, not {expected}");
    }
    for metric in ["MODE=once", "MODE=once, same client"] {
        let [traditional, wasm, improvement, _] = cells(&rows, metric);
        let expected = number(traditional) / number(wasm);
        assert!(near(number(improvement), expected, 0.02), "{metric}: {improvement}, not {expected}");
    }
}

#[test]
fn what_is_better_or_worse_is_said_with_its_sign() {
    let rows = rows(&lab());
    assert_eq!(cells(&rows, "Image size")[..3], ["400.0 kB", "44.0 kB", "89.0 %"]);
    // The Wasm container is faster than docker, by another client; by the same client it is slower.
    assert_eq!(cells(&rows, "MODE=once")[2], "1.33×");
    assert_eq!(cells(&rows, "MODE=once, same client")[2], "0.67× (slower)");
    let more = two();
    assert_eq!(more.lab.rows.iter().filter(|row| row.wasm.is_some()).count(), 0, "two() has no Wasm");
}

#[test]
fn notes_say_of_which_two_it_is_how_sure_and_why_there_is_nothing() {
    let rows = rows(&lab());
    assert_eq!(
        cells(&rows, "Image size")[3],
        "docker and ctr wasm; exact; ctr wasm needs a runtime beside it, not counted here and of a size that is not known"
    );
    let once = cells(&rows, "MODE=once")[3];
    assert!(
        once.starts_with("docker and ctr wasm; 95 % CI ") && once.ends_with("started by different commands"),
        "{once}"
    );
    assert!(!cells(&rows, "MODE=once, same client")[3].contains("different"), "{rows:?}");
    let start = cells(&rows, "Start to first answer");
    assert_eq!(start[1..3], [WITHHELD, WITHHELD]);
    assert!(start[3].contains("a command has no sockets"), "{start:?}");
    assert_eq!(cells(&rows, "Base image")[..2], ["scratch", "scratch"]);
    assert_eq!(cells(&rows, "Server mode")[..2], ["yes", "no"]);
}

#[test]
fn where_rows_are_of_different_packagings_each_says_of_which_also_where_there_is_no_room_for_names() {
    let report = lab();
    let Table { header, rows, details, .. } = table(&report, false);
    assert_eq!(header.last().unwrap(), "of");
    let letter = |metric: &str| rows.iter().find(|row| row[0] == metric).unwrap().last().unwrap().clone();
    let told = |metric: &str| {
        let begins = format!("{}: ", letter(metric));
        details.iter().find_map(|detail| detail.strip_prefix(&begins)).unwrap()
    };
    for metric in ["Image size", "MODE=once", "Base image"] {
        assert_eq!(told(metric), "docker and ctr wasm", "{metric}");
    }
    assert_eq!(told("MODE=once, same client"), "ctr and ctr wasm");
    let mut one_pair = report.clone();
    one_pair.lab.rows.retain(|row| row.same_client != Some(true));
    let Table { header, details, .. } = table(&one_pair, false);
    assert!(!header.contains(&"of".to_owned()), "{header:?}");
    assert_eq!(details[0], "All rows are of docker and ctr wasm.");
}

#[test]
fn where_the_interval_has_none_in_it_none_is_shown() {
    let mut report = lab();
    let once = report.lab.rows.iter_mut().find(|row| row.metric == Metric::Once).unwrap();
    once.improvement = Cell::Value(Improvement {
        value: 1.04,
        ci95: Some([0.9, 1.2]),
        p_value: Some(0.4),
        includes_none: true,
    });
    assert_eq!(cells(&rows(&report), "MODE=once")[2], "none shown (1.04×)");
}

#[test]
fn the_table_of_six_rounds_is_full_and_marks_what_has_no_interval() {
    let mut report = lab();
    report.plan.rounds = 6;
    let once = report.lab.rows.iter_mut().find(|row| row.metric == Metric::Once).unwrap();
    once.improvement =
        Cell::Value(Improvement { value: 1.33, ci95: None, p_value: None, includes_none: true });
    let [traditional, wasm, improvement, note] = {
        let rows = rows(&report);
        cells(&rows, "MODE=once").map(str::to_owned)
    };
    assert!([&traditional, &wasm].iter().all(|cell| cell.ends_with(" ms")), "six rounds have an interval");
    assert_eq!(improvement, "1.33×*");
    assert!(note.contains("the rounds are too few to compare: -n 20"), "{note}");
    let told = "*: no 95 % interval, and no difference is shown: the rounds are too few to compare: -n 20.";
    assert!(table(&report, false).details.iter().any(|detail| detail == told));
    report.rows.iter_mut().for_each(|row| row.once_us = Cell::Value(spread(4000.0, 5)));
    assert!(cells(&rows(&report), "MODE=once")[0].ends_with(" ms*"));
}

#[test]
fn a_factor_has_the_digits_of_all_other_ratios() {
    let mut report = lab();
    let once = report.lab.rows.iter_mut().find(|row| row.metric == Metric::Once).unwrap();
    once.improvement = Cell::Value(Improvement {
        value: 0.0534,
        ci95: Some([0.0221, 0.171]),
        p_value: Some(0.001),
        includes_none: false,
    });
    let rows = rows(&report);
    assert_eq!(cells(&rows, "MODE=once")[2], "0.05× (slower)");
    assert!(cells(&rows, "MODE=once")[3].contains("95 % CI 0.02× to 0.17×"), "{rows:?}");
}

#[test]
fn the_answers_say_what_the_table_says() {
    let report = lab();
    let answer = |question: &str| {
        report
            .answers
            .iter()
            .find(|answer| answer.starts_with(question))
            .unwrap_or_else(|| panic!("{question}"))
    };
    let smaller = answer("Which is smaller?");
    assert!(
        smaller.contains(
            "ctr wasm takes 89.0 % less: docker 400.0 kB, ctr wasm 44.0 kB; ctr wasm needs a runtime"
        ),
        "{smaller}"
    );
    let starts: Vec<_> =
        report.answers.iter().filter(|answer| answer.starts_with("Which starts faster")).collect();
    assert!(
        starts[0].contains("ctr wasm, 1.33 times as fast") && starts[0].contains("different commands"),
        "{starts:?}"
    );
    assert!(
        starts[1].contains("ctr; ctr wasm is 0.67 times as fast") && starts[1].contains("same command"),
        "{starts:?}"
    );
    let not_told = answer("Not told here");
    assert!(
        not_told.contains("Which answers first, once it is started? (a command has no sockets)"),
        "{not_told}"
    );
    let serves = answer("Can the Wasm container serve HTTP?");
    assert!(serves.contains("Not here: ctr wasm does not, and nothing else was measured."), "{serves}");
}

#[test]
fn every_format_has_the_same_figures() {
    let report = lab();
    let of = |format| String::from_utf8(render(&report, format, None, Look::PLAIN).unwrap()).unwrap();
    let (markdown, html) = (of(Format::Markdown), of(Format::Html).replace(" class=\"words\"", ""));
    for row in rows(&report) {
        assert!(markdown.contains(&format!("| {} |", row.join(" | "))), "{row:?} in {markdown}");
        let [first, others @ ..] = row.as_slice() else { panic!("{row:?}") };
        let cells: String = others.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        assert!(html.contains(&format!("<bdi>{first}</bdi></th>{cells}")), "{row:?}");
    }
    let json: serde_json::Value = serde_json::from_str(&of(Format::Json)).unwrap();
    let csv = csv::render(&report);
    for (row, saved) in report.lab.rows.iter().zip(json["lab"]["rows"].as_array().unwrap()) {
        assert_eq!(saved["metric"], serde_json::to_value(row.metric).unwrap());
        let Cell::Value(improvement) = &row.improvement else { continue };
        assert_eq!(saved["improvement"]["value"]["value"], improvement.value);
        let place = format!(
            "{}{}",
            saved["metric"].as_str().unwrap(),
            if row.same_client == Some(true) { ".2" } else { "" }
        );
        let line = format!(
            "\n,lab.rows.{place}.improvement.value.value,{}\n",
            saved["improvement"]["value"]["value"]
        );
        assert!(csv.contains(&line), "{line} in {csv}");
    }
}
