//! What was saved is what was found, and what was damaged is refused.

use std::fs;

use serde_json::{Value, json};

use super::*;
use crate::args::Format;
use crate::input::Input;
use crate::look::Look;
use crate::matrix::packaging::Missing;
use crate::matrix::report::fixtures::{lab, report, row, two};
use crate::matrix::report::render;

fn read(text: &str) -> Result<MatrixReport, String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("m.json");
    fs::write(&file, text).unwrap();
    let input = Input::open(&file).unwrap();
    let saved = SavedReport::read(&input).and_then(|saved| saved.into_report(SCHEMA_VERSION));
    saved.map(MatrixReport::restored).map_err(|e| e.to_string().replace(file.to_str().unwrap(), "m.json"))
}

fn rendered(report: &MatrixReport, format: Format) -> String {
    String::from_utf8(render(report, format, None, Look::PLAIN).unwrap()).unwrap()
}

fn json(report: &MatrixReport) -> String {
    rendered(report, Format::Json)
}

#[test]
fn a_saved_report_renders_as_the_run_did() {
    let mut not_all = two();
    not_all.interrupted = true;
    not_all.rows[1].missing = Some(Missing { what: "no <wasm>".into(), remedy: "install \"it\"".into() });
    for report in [two(), lab(), not_all, report(vec![row("only", 1)])] {
        let again = read(&json(&report)).unwrap();
        for format in [Format::Text, Format::Markdown, Format::Json, Format::Html, Format::Csv, Format::Svg] {
            assert_eq!(rendered(&again, format), rendered(&report, format), "{format:?}");
        }
    }
}

#[test]
fn a_report_that_breaks_off_or_lacks_a_field_is_refused_in_one_line() {
    let whole = json(&two());
    for length in (1..whole.len() - 2).step_by(whole.len() / 50).filter(|n| whole.is_char_boundary(*n)) {
        let refused = read(&whole[..length]).unwrap_err();
        assert!(refused.starts_with("m.json breaks off before its end: "), "{refused}");
        let names_its_kind = whole[..length].contains("\"matrix\"");
        // A matrix has no file of samples.
        assert_eq!(refused.contains("--samples"), !names_its_kind, "{refused}");
    }
    let value: Value = serde_json::from_str(&whole).unwrap();
    for place in [
        "/plan/rounds",
        "/environment/os",
        "/lab/rows/0/metric",
        "/rows/0/name",
        "/rows/0/code",
        "/rows/0/once_us",
        "/rows/0/memory_idle/value/consists_of/pss",
        "/answers",
    ] {
        let (above, key) = place.rsplit_once('/').unwrap();
        let mut damaged = value.clone();
        damaged.pointer_mut(above).unwrap().as_object_mut().unwrap().remove(key).unwrap();
        let refused = read(&damaged.to_string()).unwrap_err();
        assert!(
            refused.contains("missing field") && refused.contains(key) && refused.contains("page"),
            "{refused}"
        );
        let mut odd = value.clone();
        *odd.pointer_mut(place).unwrap() = json!({"odd": true});
        assert!(read(&odd.to_string()).is_err(), "{place}");
    }
}

#[test]
fn a_newer_report_is_refused_by_its_version() {
    let newer = json(&two()).replacen("\"schema_version\": 1", "\"schema_version\": 2", 1);
    let refused = read(&newer).unwrap_err();
    assert!(refused.contains("version 2 of the report") && refused.contains("a newer one"), "{refused}");
}

#[test]
fn what_would_command_a_terminal_is_refused() {
    let hostile = json(&report(vec![row("a\u{1b}[2J", 1)]));
    let refused = read(&hostile).unwrap_err();
    assert!(refused.contains("control character") && !refused.contains('\u{1b}'), "{refused}");
}

#[test]
fn whatever_numbers_stand_in_it_they_do_no_harm() {
    let value: Value = serde_json::from_str(&json(&two())).unwrap();
    let mut places = Vec::new();
    numbers(&value, String::new(), &mut places);
    assert!(places.len() > 200, "{places:?}");
    for (place, odd) in
        places.iter().zip([json!(0), json!(-1.0), json!(1e308), json!(u64::MAX)].iter().cycle())
    {
        let mut changed = value.clone();
        *changed.pointer_mut(place).unwrap() = odd.clone();
        if let Ok(report) = read(&changed.to_string()) {
            rendered(&report, Format::Text);
            rendered(&report, Format::Html);
        }
    }
}

/// Where there is one, as a pointer.
fn numbers(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Number(_) => places.push(place),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| numbers(item, format!("{place}/{n}"), places));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(key, item)| numbers(item, format!("{place}/{key}"), places));
        }
        _ => {}
    }
}
