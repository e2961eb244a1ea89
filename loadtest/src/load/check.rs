//! Whether an answer is right, at a price that can be paid a million times.

use hyper::StatusCode;

use super::client::Answer;
use crate::cache::CachePolicy;
use crate::evidence::Testimony;
use crate::expectation::Expectation;
use crate::headers::Headers;
use crate::sample::Outcome;

/// Every so many requests an answer is looked at closely, whatever it looks like.
const CLOSELY: u64 = 16;

/// Longer answers are not remembered, in bytes.
const SHORT: usize = 1 << 12;

/// What the first answer looked like.
#[derive(Clone)]
pub struct Check {
    content_type: Option<Vec<u8>>,
    length: usize,
    form: Expectation,
    right: Right,
    caches: CachePolicy,
}

/// The last answer that was looked at closely, and was right.
#[derive(Clone, Default)]
struct Right {
    status: StatusCode,
    headers: Vec<u8>,
    body: Vec<u8>,
}

impl Check {
    /// Learns from the first answer.
    ///
    /// # Errors
    ///
    /// Its outcome, if it is not ok.
    pub fn learn(answer: &Answer, caches: &CachePolicy) -> Result<Self, Outcome> {
        let content_type = content_type(answer).map(<[u8]>::to_vec);
        let (form, length) = (form(answer), answer.body.len());
        let mut check = Self { content_type, length, form, right: Right::default(), caches: caches.clone() };
        match check.outcome(answer, 0) {
            Outcome::Ok => Ok(check),
            outcome => Err(outcome),
        }
    }

    /// What an answer says of the instance it is of. A copy out of a cache repeats what the original said, and so says
    /// nothing.
    pub fn testimony(&self, answer: &Answer) -> Testimony {
        match self.caches.allow_cached {
            true => Testimony::default(),
            false => Testimony::from_server_timing(answer.headers.texts("server-timing")),
        }
    }

    /// The outcome of the request that `before` others go before. An answer of the first one's type and length is
    /// taken for one of its form, except every sixteenth; one that is to the byte what was right is right.
    pub fn outcome(&mut self, answer: &Answer, before: u64) -> Outcome {
        if self.right.is(answer) {
            return Outcome::Ok;
        }
        if !answer.status.is_success() {
            return Outcome::Status(answer.status.as_u16());
        }
        if let Some(betrayed) = self.caches.betrayal(&answer.headers, answer.body) {
            return Outcome::Cached(betrayed);
        }
        let alike = answer.body.len() == self.length && content_type(answer) == self.content_type.as_deref();
        if alike && !before.is_multiple_of(CLOSELY) {
            return Outcome::Ok;
        }
        if let Some(difference) = self.form.difference(&form(answer)) {
            return Outcome::WrongAnswer(difference).with_body(answer.body);
        }
        self.right.remember(answer);
        Outcome::Ok
    }
}

impl Right {
    fn is(&self, answer: &Answer) -> bool {
        // With its body in it, that of HTTP/1 alone tells almost all others apart.
        self.headers == answer.headers.bytes
            && self.body == answer.body
            && self.status == answer.status
            && !self.headers.is_empty()
    }

    fn remember(&mut self, answer: &Answer) {
        self.headers.clear();
        if answer.headers.bytes.len() + answer.body.len() <= SHORT {
            self.status = answer.status;
            self.headers.extend_from_slice(answer.headers.bytes);
            self.body.clear();
            self.body.extend_from_slice(answer.body);
        }
    }
}

fn content_type<'a>(answer: &Answer<'a>) -> Option<&'a [u8]> {
    answer.headers.all("content-type").next()
}

fn form(answer: &Answer) -> Expectation {
    let content_type = answer.headers.texts("content-type").next();
    Expectation::of(content_type.unwrap_or_default(), answer.body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::fields::{Fields, Place};

    const JSON: &[Place] = &[Place { name: 0..12, value: 14..30 }];

    fn headers(bytes: &'static [u8], places: &'static [Place]) -> Fields<'static> {
        Fields { bytes, places }
    }

    fn answer(body: &str) -> Answer<'_> {
        let headers = headers(b"content-type: application/json", JSON);
        Answer { status: StatusCode::OK, headers, body: body.as_bytes() }
    }

    fn learn(answer: &Answer) -> Result<Check, Outcome> {
        Check::learn(answer, &CachePolicy::default())
    }

    fn check() -> Check {
        learn(&answer(r#"{"a":1}"#)).unwrap_or_else(|outcome| panic!("{outcome:?}"))
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
        const AGE: &[Place] = &[Place { name: 0..3, value: 5..6 }];
        assert_eq!(outcome(|answer| answer.headers = headers(b"age: 1", AGE)), "cached");
        assert_eq!(outcome(|answer| answer.headers = headers(b"", &[])), "wrong-answer");
    }

    #[test]
    fn answers_out_of_caches_are_right_where_they_count() {
        const AGE: &[Place] = &[Place { name: 0..3, value: 5..6 }];
        let cached = Answer { headers: headers(b"age: 1", AGE), ..answer("x") };
        assert_eq!(learn(&cached).map(drop), Err(Outcome::Cached("age: 1".into())));
        let caches = CachePolicy { allow_cached: true, ..CachePolicy::default() };
        assert!(Check::learn(&cached, &caches).is_ok());
    }

    #[test]
    fn what_is_right_to_the_byte_is_right_and_nothing_else_is() {
        let (mut check, first) = (check(), answer(r#"{"a":1}"#));
        assert!(check.right.is(&first) && check.outcome(&first, 16).is_ok());
        assert!(!check.right.is(&answer(r#"{"b":1}"#)) && !check.outcome(&answer(r#"{"b":1}"#), 16).is_ok());
        let mut failed = answer(r#"{"a":1}"#);
        failed.status = StatusCode::INTERNAL_SERVER_ERROR;
        assert_eq!(check.outcome(&failed, 1), Outcome::Status(500));
        let long = format!("[{}1]", " ".repeat(SHORT));
        let mut check = learn(&answer(&long)).unwrap();
        assert!(!check.right.is(&answer(&long)) && check.outcome(&answer(&long), 0).is_ok());
    }

    #[test]
    fn nothing_is_learnt_from_a_failure() {
        let mut failed = answer("");
        failed.status = StatusCode::INTERNAL_SERVER_ERROR;
        assert_eq!(learn(&failed).err(), Some(Outcome::Status(500)));
    }
}
