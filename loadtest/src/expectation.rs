//! Whether an answer looks like the other answers of its target.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::shape::Shape;

/// How closely answers are checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The status, the media type, the keys of JSON and the kinds of its values, the length of anything else
    #[default]
    Shape,
    /// The status alone
    Status,
    /// Nothing: every whole answer is right
    None,
}

impl Check {
    /// Whether it is the usual one, which needs no mention.
    pub fn is_usual(&self) -> bool {
        *self == Self::Shape
    }
}

/// Keys may be missing while no more answers than these are known.
const FEW: u32 = 5;

/// Keys under which JSON reports an error.
const ERRORS: [&str; 2] = ["error", "errors"];

/// How an answer that reports an error differs.
const ERROR: &str = "an error object";

/// A longer text is cut off when it is quoted, in characters.
const QUOTED: usize = 60;

/// What the answers of a target look like, learnt from those that were right.
#[derive(Clone, Debug, Default)]
pub struct Learnt(Option<Expectation>);

impl Learnt {
    /// Learns from an answer.
    ///
    /// # Errors
    ///
    /// When it is wrong: how, in a few words. Nothing is learnt from it.
    pub fn judge(&mut self, answer: Expectation) -> Result<(), String> {
        if answer.is_error {
            return Err(ERROR.into());
        }
        match &mut self.0 {
            None => self.0 = Some(answer),
            Some(known) => match known.difference(&answer) {
                Some(difference) => return Err(difference),
                None => known.add(answer),
            },
        }
        Ok(())
    }

    /// How the answers of another target differ; `None` when they do not, or one of the two has not answered.
    pub fn difference(&self, other: &Self) -> Option<String> {
        self.0.as_ref()?.difference(other.0.as_ref()?)
    }
}

/// What one answer looks like, or several.
///
/// Answers change with the time and the visitor, so their form is compared: the media type; the keys of a JSON object and
/// the kinds of its values, in any order; the length of anything else, which may double or halve.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    media_type: String,
    /// Whether the answer reports an error, whatever its status.
    is_error: bool,
    json: Option<Document>,
    /// Shortest and longest, in bytes; a number counts as one byte, however many digits it has.
    length: RangeInclusive<usize>,
}

/// What a JSON document looks like, or several.
#[derive(Clone, Debug, PartialEq)]
struct Document {
    shape: Shape,
    /// The keys that every one of them has, if they are objects.
    common: BTreeSet<String>,
    /// How many they are.
    answers: u32,
}

impl Expectation {
    /// What an answer with this `Content-Type` and this body looks like.
    pub fn of(content_type: &str, body: &[u8]) -> Self {
        let media_type = media_type(content_type).to_ascii_lowercase();
        let json = may_be_json(&media_type, body).then(|| serde_json::from_slice(body).ok()).flatten();
        let json = json.map(Document::of);
        let is_error = json.as_ref().is_some_and(|json| json.reports_an_error(&media_type, body));
        let length = length(body);
        Self { media_type, is_error, json, length: length..=length }
    }

    /// How `answer` differs, in a few words; `None` when it does not.
    pub fn difference(&self, answer: &Self) -> Option<String> {
        if answer.is_error {
            return Some(ERROR.into());
        }
        if self.media_type != answer.media_type {
            return Some(format!("{:?} instead of {:?}", answer.media_type, self.media_type));
        }
        match (&self.json, &answer.json) {
            (Some(expected), Some(found)) => expected.difference(found),
            (Some(_), None) if *answer.length.end() == 0 => Some("an empty body instead of JSON".into()),
            (Some(_), None) => Some("a body that is not JSON".into()),
            (None, _) if similar(&self.length, &answer.length) => None,
            (None, _) if *answer.length.end() == 0 => Some("an empty body".into()),
            (None, _) => Some(format!(
                "a body of about {} bytes instead of {}",
                answer.length.end(),
                told(&self.length)
            )),
        }
    }

    /// Adds an answer that does not differ.
    fn add(&mut self, answer: Self) {
        if let (Some(known), Some(json)) = (&mut self.json, answer.json) {
            known.add(json);
        }
        let (shortest, longest) = (self.length.start(), self.length.end());
        self.length = *shortest.min(answer.length.start())..=*longest.max(answer.length.end());
    }
}

impl Document {
    fn of(shape: Shape) -> Self {
        let common = match &shape {
            Shape::Object(entries) => entries.keys().cloned().collect(),
            _ => BTreeSet::new(),
        };
        Self { shape, common, answers: 1 }
    }

    /// Keys may come and go. An answer is another one if it lacks too many of those that all others have: half of them, or as
    /// long as few are known, if something else is in their place.
    fn difference(&self, found: &Self) -> Option<String> {
        if let Some(conflict) = self.shape.conflict(&found.shape) {
            return Some(format!("JSON of another shape ({})", shortened(conflict.trim_start_matches(": "))));
        }
        let missing: Vec<_> = self.common.difference(&found.common).cloned().collect();
        let shared = self.common.len() - missing.len();
        let needed = match self.answers {
            ..FEW => self.common.len().min(found.common.len()),
            _ => self.common.len(),
        };
        let is_alike = self.common.is_empty() || 2 * shared > needed;
        (!is_alike).then(|| format!("JSON without {}", shortened(&missing.join(", "))))
    }

    fn add(&mut self, other: Self) {
        self.common.retain(|key| other.common.contains(key));
        self.shape.add(other.shape);
        self.answers = self.answers.saturating_add(other.answers);
    }

    fn may_report_an_error(&self) -> bool {
        matches!(&self.shape, Shape::Object(entries) if ERRORS.iter().any(|key| entries.contains_key(*key)))
    }

    /// Whether it is an `application/problem+json`, or says something under a key that names an error.
    fn reports_an_error(&self, media_type: &str, body: &[u8]) -> bool {
        if media_type == "application/problem+json" {
            return true;
        }
        let document = || serde_json::from_slice::<Map<String, Value>>(body).ok();
        let says =
            |document: Map<String, Value>| ERRORS.iter().any(|key| document.get(*key).is_some_and(is_error));
        self.may_report_an_error() && document().is_some_and(says)
    }
}

/// Whether that is an error and not its absence. A number may be a measure, such as a margin of error.
fn is_error(value: &Value) -> bool {
    match value {
        Value::Null | Value::Number(_) => false,
        Value::Bool(is_error) => *is_error,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// Servers that do not say so send JSON too. A list of documents (`application/x-ndjson`) is none, even if it has only one.
fn may_be_json(media_type: &str, body: &[u8]) -> bool {
    let subtype = media_type.rsplit('/').next().unwrap_or_default();
    let looks_like_it = || matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    subtype == "json" || subtype.ends_with("+json") || !subtype.contains("json") && looks_like_it()
}

/// In bytes, but of each number only its first digit: a counter may grow.
fn length(body: &[u8]) -> usize {
    let further_digits = body.windows(2).filter(|pair| pair.iter().all(u8::is_ascii_digit)).count();
    body.len() - further_digits
}

fn similar(expected: &RangeInclusive<usize>, found: &RangeInclusive<usize>) -> bool {
    2 * found.end() >= *expected.start()
        && *found.start() <= 2 * expected.end()
        && (*found.start() > 0 || *expected.start() == 0)
}

fn told(length: &RangeInclusive<usize>) -> String {
    match (length.start(), length.end()) {
        (shortest, longest) if shortest == longest => longest.to_string(),
        (shortest, longest) => format!("{shortest} to {longest}"),
    }
}

/// What a server says, in one short line.
fn shortened(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.chars().take(QUOTED).map(plain).collect();
    if text.chars().nth(QUOTED).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = "application/json";

    /// How the last of these answers differs from those before it, which must be right.
    fn last(content_type: &str, bodies: &[&str]) -> Option<String> {
        let mut learnt = Learnt::default();
        let (last, before) = bodies.split_last().unwrap();
        for body in before {
            assert_eq!(learnt.judge(Expectation::of(content_type, body.as_bytes())), Ok(()), "{body}");
        }
        learnt.judge(Expectation::of(content_type, last.as_bytes())).err()
    }

    fn difference(first: (&str, &str), later: (&str, &str)) -> Option<String> {
        Expectation::of(first.0, first.1.as_bytes()).difference(&Expectation::of(later.0, later.1.as_bytes()))
    }

    #[test]
    fn json_may_change_its_values_and_the_order_of_its_keys() {
        let first = (JSON, r#"{"moscow_time":"a","timestamp":1}"#);
        for later in [r#"{"moscow_time":"b","timestamp":2}"#, r#"{"timestamp":2,"moscow_time":"b"}"#] {
            assert_eq!(difference(first, ("Application/JSON; charset=utf-8", later)), None);
        }
    }

    #[test]
    fn json_of_another_shape_is_told() {
        let first = (JSON, r#"{"moscow_time":"a","timestamp":1}"#);
        for (other, why) in [
            (r#"{"moscow_time":"b","timestamp":"2"}"#, "timestamp: string instead of number"),
            (r#"{"state":"b","timestamp":2}"#, "without moscow_time"),
            ("{}", "without moscow_time, timestamp"),
            ("[]", "array instead of object"),
            ("busy", "not JSON"),
            ("", "empty body instead of JSON"),
        ] {
            let told = difference(first, (JSON, other)).unwrap();
            assert!(told.contains(why), "{other}: {told}");
        }
    }

    #[test]
    fn keys_may_come_and_go() {
        let (cold, warm) = (r#"{"cold":true,"n":1}"#, r#"{"n":2}"#);
        assert_eq!(last(JSON, &[cold, warm, warm, cold, warm, warm, warm]), None);
        assert_eq!(last(JSON, &[warm, cold, warm]), None);
        assert!(last(JSON, &[cold, warm, r#"{"cold":true}"#]).is_some());
        let many = [r#"{"a":1,"b":1,"c":1}"#; 9];
        assert_eq!(last(JSON, &[&many[..], &[r#"{"a":1,"c":1,"d":1,"e":1,"f":1}"#]].concat()), None);
    }

    #[test]
    fn an_error_is_wrong_even_if_it_is_the_first_answer() {
        for error in [
            r#"{"error":"busy!"}"#,
            r#"{"timestamp":1,"error":{"code":7}}"#,
            r#"{"data":null,"errors":[{"message":"no"}]}"#,
            r#"{"error":true}"#,
        ] {
            assert_eq!(last(JSON, &[error]).unwrap(), ERROR, "{error}");
            assert!(last("text/plain", &["hello, world", error]).is_some(), "{error}");
        }
        assert!(last("application/problem+json", &["{}"]).is_some());
        for none in
            [r#"{"error":null}"#, r#"{"errors":[]}"#, r#"{"error":""}"#, r#"{"error":0.02}"#, r#"{"e":1}"#]
        {
            assert_eq!(last(JSON, &[none]), None, "{none}");
        }
    }

    #[test]
    fn json_is_known_without_its_media_type() {
        for media_type in ["", "text/plain", "text/html"] {
            let (one, other) = (r#"{"a":"b"}"#, r#" {"b":"b"}"#);
            assert!(last(media_type, &[one, other]).is_some(), "{media_type}");
            assert!(last(media_type, &[one, "busy now!"]).is_some(), "{media_type}");
        }
        assert_eq!(last("application/x-ndjson", &["{}\n{}\n", "{}\n"]), None);
        assert_eq!(
            last("text/plain", &["[1] is no JSON", "{2}"]),
            Some("a body of about 3 bytes instead of 14".into())
        );
    }

    #[test]
    fn a_page_may_change_but_not_shrink_to_an_error() {
        let page = "x".repeat(100);
        assert_eq!(difference(("text/html", &page), ("text/html", &page[..60])), None);
        for other in [("text/html", ""), ("text/html", "error"), ("text/plain", &page)] {
            assert!(difference(("text/html", &page), other).is_some(), "{other:?}");
        }
        assert_eq!(difference(("", ""), ("", "")), None);
    }

    #[test]
    fn a_counter_may_grow() {
        assert_eq!(last("text/plain", &["1", "10", "1000000000"]), None);
        assert_eq!(last("text/plain", &["visits: 9", "visits: 1000000000"]), None);
        assert!(last("text/plain", &["ok", "service overloaded"]).is_some());
    }

    #[test]
    fn a_text_may_grow_from_answer_to_answer() {
        let text = "x".repeat(900);
        assert_eq!(last("text/plain", &[&text[..100], &text[..190], &text[..370], &text[..700]]), None);
        assert!(last("text/plain", &[&text[..100], &text]).is_some());
        assert_eq!(last("text/plain", &["", &text]), Some("a body of about 900 bytes instead of 0".into()));
    }

    #[test]
    fn what_a_server_says_is_quoted_in_one_short_line() {
        let long = format!(r#"{{"{}\u001b[31m":1}}"#, "x".repeat(200));
        let told = last(JSON, &[&long, r#"{"a":1}"#]).unwrap();
        assert!(told.ends_with("x…") && told.chars().count() < 80, "{told}");
    }
}
