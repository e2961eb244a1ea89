//! The report for a spreadsheet: a line for each figure.

use std::fmt::Write;

use serde_json::{Value, json};

use super::MatrixReport;

/// `packaging,figure,value`, where a figure is named by its place in the JSON report; of what is withheld, the value says why.
/// What is of no packaging alone, as table 4.1, has none.
pub fn render(report: &MatrixReport) -> String {
    let mut text = String::from("packaging,figure,value\n");
    for row in &report.rows {
        let fields = serde_json::to_value(row).unwrap_or_default();
        lines(&mut text, &row.name, "", &fields);
    }
    lines(
        &mut text,
        "",
        "",
        &json!({"spawn_us": report.spawn_us, "lab": report.lab, "same_file": report.same_file}),
    );
    text
}

fn lines(text: &mut String, name: &str, place: &str, value: &Value) {
    let below = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| lines(text, name, &below(key), value)),
        Value::Array(items) => {
            for (label, item) in labels(items).iter().zip(items) {
                lines(text, name, &below(label), item);
            }
        }
        Value::Null => line(text, name, place, ""),
        Value::String(value) => line(text, name, place, value),
        value => line(text, name, place, &value.to_string()),
    }
}

/// What tells the items of a list apart: what they are of, and which of several that are of the same.
fn labels(items: &[Value]) -> Vec<String> {
    let of = |(place, item): (usize, &Value)| {
        let label = ["phase", "part", "metric"].iter().find_map(|key| item.get(*key)?.as_str());
        label.map_or_else(|| place.to_string(), str::to_owned)
    };
    let labels: Vec<String> = items.iter().enumerate().map(of).collect();
    let which =
        |(place, label): (usize, &String)| match labels[..place].iter().filter(|l| *l == label).count() {
            0 => label.clone(),
            before => format!("{label}.{}", before + 1),
        };
    labels.iter().enumerate().map(which).collect()
}

fn line(text: &mut String, name: &str, place: &str, value: &str) {
    let _ = writeln!(text, "{},{},{}", quoted(name), quoted(place), quoted(value));
}

/// As RFC 4180 has it, and so that no spreadsheet takes a name for a formula.
fn quoted(text: &str) -> String {
    let number = text.parse::<f64>().is_ok();
    let text =
        if !number && text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_a_line_and_its_place() {
        let mut text = String::new();
        let value = serde_json::json!({"a": {"value": 1.5}, "b": {"withheld": "no, \"none\""}, "parts": [{"part": "client", "n": 2}]});
        lines(&mut text, "x y", "", &value);
        assert_eq!(
            text,
            "x y,a.value,1.5\nx y,b.withheld,\"no, \"\"none\"\"\"\nx y,parts.client.part,client\nx y,parts.client.n,2\n"
        );
    }

    #[test]
    fn items_of_the_same_name_are_told_apart() {
        let items = json!([{"metric": "once"}, {"metric": "once"}, {"metric": "start"}, 7]);
        assert_eq!(labels(items.as_array().unwrap()), ["once", "once.2", "start", "3"]);
    }

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!((quoted("=1+1").as_str(), quoted("-1.5").as_str()), ("'=1+1", "-1.5"));
    }
}
