//! Whether an answer is what the first correct answer of its target looked like.

use serde_json::Value;

/// What the answers of a target look like: learnt from the first, held against the others.
///
/// Answers change with the time and the visitor, so what is compared is their form: the media type; of JSON the
/// keys, their order and the types of the values; of anything else the length, which may double or halve.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    media_type: String,
    form: Form,
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    Json(Shape),
    Bytes(usize),
}

/// A JSON value without its contents.
#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Null,
    Bool,
    Number,
    String,
    /// Lengths vary, so of an array only the first item counts.
    Array(Option<Box<Shape>>),
    Object(Vec<(String, Shape)>),
}

impl Expectation {
    /// What an answer with this `Content-Type` and this body looks like.
    pub fn of(content_type: &str, body: &[u8]) -> Self {
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let form = match serde_json::from_slice(body) {
            Ok(json) if media_type.ends_with("json") => Form::Json(shape(&json)),
            _ => Form::Bytes(body.len()),
        };
        Self { media_type, form }
    }

    /// How `answer` differs, in a few words; `None` when it does not.
    pub fn difference(&self, answer: &Self) -> Option<String> {
        if self.media_type != answer.media_type {
            return Some(format!("{:?} instead of {:?}", answer.media_type, self.media_type));
        }
        match (&self.form, &answer.form) {
            (Form::Json(expected), Form::Json(found)) if compatible(expected, found) => None,
            (Form::Json(_), Form::Json(_)) => Some("JSON of another shape".into()),
            (Form::Json(_), Form::Bytes(n)) => Some(format!("{n} bytes that are not JSON")),
            (Form::Bytes(expected), Form::Bytes(found)) if similar(*expected, *found) => None,
            (Form::Bytes(n), _) => Some(format!("a body of another length than {n} bytes")),
        }
    }
}

fn shape(value: &Value) -> Shape {
    match value {
        Value::Null => Shape::Null,
        Value::Bool(_) => Shape::Bool,
        Value::Number(_) => Shape::Number,
        Value::String(_) => Shape::String,
        Value::Array(items) => Shape::Array(items.first().map(|item| Box::new(shape(item)))),
        Value::Object(entries) => {
            Shape::Object(entries.iter().map(|(key, value)| (key.clone(), shape(value))).collect())
        }
    }
}

fn compatible(expected: &Shape, found: &Shape) -> bool {
    match (expected, found) {
        // A value that may be missing says nothing.
        (Shape::Null, _)
        | (_, Shape::Null)
        | (Shape::Array(None), Shape::Array(_))
        | (Shape::Array(_), Shape::Array(None)) => true,
        (Shape::Array(Some(a)), Shape::Array(Some(b))) => compatible(a, b),
        (Shape::Object(a), Shape::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, v), (l, w))| k == l && compatible(v, w))
        }
        (a, b) => a == b,
    }
}

fn similar(expected: usize, found: usize) -> bool {
    found <= 2 * expected && expected <= 2 * found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(first: (&str, &str), later: (&str, &str)) -> Option<String> {
        Expectation::of(first.0, first.1.as_bytes()).difference(&Expectation::of(later.0, later.1.as_bytes()))
    }

    const JSON: &str = "application/json";

    #[test]
    fn json_may_change_its_values_but_not_its_shape() {
        let first = (JSON, r#"{"moscow_time":"a","timestamp":1}"#);
        assert_eq!(
            difference(first, ("Application/JSON; charset=utf-8", r#"{"moscow_time":"b","timestamp":2}"#)),
            None
        );
        for other in [
            r#"{"moscow_time":"b"}"#,
            r#"{"timestamp":2,"moscow_time":"b"}"#,
            r#"{"moscow_time":"b","timestamp":"2"}"#,
            r#"{"error":"b","timestamp":2}"#,
            "[]",
            "not json",
            "",
        ] {
            assert!(difference(first, (JSON, other)).is_some(), "{other}");
        }
    }

    #[test]
    fn arrays_may_change_their_length() {
        assert_eq!(difference((JSON, "[1,2]"), (JSON, "[]")), None);
        assert_eq!(difference((JSON, "[]"), (JSON, "[1]")), None);
        assert!(difference((JSON, "[1]"), (JSON, "[\"1\"]")).is_some());
    }

    #[test]
    fn a_page_may_change_but_not_shrink_to_an_error() {
        let page = "x".repeat(100);
        assert_eq!(difference(("text/html", &page), ("text/html", &page[..60])), None);
        assert!(difference(("text/html", &page), ("text/html", "")).is_some());
        assert!(difference(("text/html", &page), ("text/html", "error")).is_some());
        assert!(difference(("text/html", &page), ("text/plain", &page)).is_some());
        assert_eq!(difference(("", ""), ("", "")), None);
    }
}
