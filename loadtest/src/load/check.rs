//! Whether an answer is right, at a price that can be paid a million times.

use hyper::header::{CONTENT_TYPE, HeaderValue};

use super::client::Answer;
use crate::cache;
use crate::expectation::Expectation;
use crate::sample::Outcome;

/// Every so many requests an answer is looked at closely, whatever it looks like.
const CLOSELY: u64 = 16;

/// What the first answer looked like.
pub struct Check {
    content_type: Option<HeaderValue>,
    length: usize,
    form: Expectation,
}

impl Check {
    /// Learns from the first answer.
    ///
    /// # Errors
    ///
    /// Its outcome, if it is not ok.
    pub fn learn(answer: &Answer) -> Result<Self, Outcome> {
        let content_type = answer.headers.get(CONTENT_TYPE).cloned();
        let check = Self { form: form(answer), length: answer.body.len(), content_type };
        match check.outcome(answer, 0) {
            Outcome::Ok => Ok(check),
            outcome => Err(outcome),
        }
    }

    /// The outcome of the request that `before` others go before. An answer of the first one's type and length is
    /// taken for one of its form, except every sixteenth.
    pub fn outcome(&self, answer: &Answer, before: u64) -> Outcome {
        if !answer.status.is_success() {
            return Outcome::Status(answer.status.as_u16());
        }
        if let Some(betrayed) = cache::betrayed_by(&answer.headers, answer.body) {
            return Outcome::Cached(betrayed);
        }
        let alike = answer.body.len() == self.length
            && answer.headers.get(CONTENT_TYPE) == self.content_type.as_ref();
        if alike && !before.is_multiple_of(CLOSELY) {
            return Outcome::Ok;
        }
        self.form.difference(&form(answer)).map_or(Outcome::Ok, Outcome::WrongAnswer)
    }
}

fn form(answer: &Answer) -> Expectation {
    let content_type = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Expectation::of(content_type.unwrap_or_default(), answer.body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::{HeaderMap, StatusCode};

    fn answer(body: &str) -> Answer<'_> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Answer { status: StatusCode::OK, headers, body: body.as_bytes() }
    }

    fn check() -> Check {
        Check::learn(&answer(r#"{"a":1}"#)).unwrap_or_else(|outcome| panic!("{outcome:?}"))
    }

    #[test]
    fn another_length_is_looked_at_closely_and_the_same_one_every_sixteenth_time() {
        let is_ok = |body, before| check().outcome(&answer(body), before).is_ok();
        assert!(is_ok(r#"{"a":123}"#, 1) && !is_ok(r#"{"bc":1}"#, 1));
        assert!(is_ok(r#"{"b":1}"#, 1) && !is_ok(r#"{"b":1}"#, 32));
    }

    #[test]
    fn a_status_a_cache_and_another_type_are_told() {
        let outcome = |change: fn(&mut Answer)| {
            let mut answer = answer(r#"{"a":1}"#);
            change(&mut answer);
            check().outcome(&answer, 1).kind().into_owned()
        };
        assert_eq!(outcome(|answer| answer.status = StatusCode::NOT_FOUND), "status-404");
        assert_eq!(outcome(|a| drop(a.headers.insert("age", HeaderValue::from_static("1")))), "cached");
        assert_eq!(outcome(|a| drop(a.headers.remove(CONTENT_TYPE))), "wrong-answer");
    }

    #[test]
    fn nothing_is_learnt_from_a_failure() {
        let mut failed = answer("");
        failed.status = StatusCode::INTERNAL_SERVER_ERROR;
        assert_eq!(Check::learn(&failed).err(), Some(Outcome::Status(500)));
    }
}
