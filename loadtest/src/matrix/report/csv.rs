//! The report for a spreadsheet: a line for each figure.

use std::fmt::Write;

use serde_json::Value;

use super::MatrixReport;

/// `packaging,figure,value`, where a figure is named by its place in the JSON report; of what is withheld, the value says why.
pub fn render(report: &MatrixReport) -> String {
    let mut text = String::from("packaging,figure,value\n");
    for row in &report.rows {
        let fields = serde_json::to_value(row).unwrap_or_default();
        lines(&mut text, &row.name, "", &fields);
    }
    text
}

fn lines(text: &mut String, name: &str, place: &str, value: &Value) {
    let below = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| lines(text, name, &below(key), value)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let label = ["phase", "part"].iter().find_map(|key| item.get(*key)?.as_str());
                lines(text, name, &below(label.unwrap_or(&index.to_string())), item);
            }
        }
        Value::Null => line(text, name, place, ""),
        Value::String(value) => line(text, name, place, value),
        value => line(text, name, place, &value.to_string()),
    }
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
    fn no_cell_is_a_formula() {
        assert_eq!((quoted("=1+1").as_str(), quoted("-1.5").as_str()), ("'=1+1", "-1.5"));
    }
}
