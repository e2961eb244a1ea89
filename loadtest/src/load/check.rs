//! Checks every answer of a load, at a price that can be paid a million times.

use hyper::StatusCode;

use crate::client::Answer;
use crate::evidence::Testimony;
use crate::expectation::Learnt;
use crate::sample::Outcome;
use crate::target::RequestTemplate;

/// What is compared at once, in bytes.
const PIECE: usize = 64;

#[derive(Clone)]
pub struct Check {
    template: RequestTemplate,
    learnt: Learnt,
    right: Option<Right>,
}

#[derive(Clone, Default)]
struct Right {
    status: StatusCode,
    headers: Vec<u8>,
    content_type: Vec<u8>,
    body: Vec<u8>,
}

impl Check {
    /// Learns from the first answer.
    ///
    /// # Errors
    ///
    /// Its outcome, if it is not ok.
    pub fn learn(answer: &Answer, template: &RequestTemplate) -> Result<Self, Outcome> {
        let mut check = Self { template: template.clone(), learnt: Learnt::default(), right: None };
        match check.outcome(answer) {
            Outcome::Ok => Ok(check),
            outcome => Err(outcome),
        }
    }

    pub fn testimony(&self, answer: &Answer) -> Testimony {
        answer.testimony(&self.template)
    }

    pub fn outcome(&mut self, answer: &Answer) -> Outcome {
        if self.right.as_ref().is_some_and(|right| right.is(answer)) {
            return Outcome::Ok;
        }
        let is_known = || self.right.as_ref().is_some_and(|right| right.has_the_form_of(answer));
        let outcome = answer.outcome(&self.template, &mut self.learnt, is_known);
        if outcome.is_ok() {
            self.right.get_or_insert_default().remember(answer);
        }
        outcome
    }
}

impl Right {
    fn is(&self, answer: &Answer) -> bool {
        // With its body in them, the bytes of HTTP/1 tell almost all others apart.
        self.headers == answer.headers.bytes && self.body == answer.body && self.status == answer.status
    }

    /// Whether the answer has the same media type and the same body, but for its digits: most answers that change tell the
    /// time or count, and need not be parsed.
    fn has_the_form_of(&self, answer: &Answer) -> bool {
        self.content_type == content_type(answer) && same_but_for_digits(&self.body, answer.body)
    }

    fn remember(&mut self, answer: &Answer) {
        self.status = answer.status;
        replace(&mut self.headers, answer.headers.bytes);
        replace(&mut self.content_type, content_type(answer));
        replace(&mut self.body, answer.body);
    }
}

fn replace(known: &mut Vec<u8>, bytes: &[u8]) {
    known.clear();
    known.extend_from_slice(bytes);
}

fn content_type<'a>(answer: &Answer<'a>) -> &'a [u8] {
    answer.headers.all("content-type").next().unwrap_or_default()
}

/// The processor compares pieces at once, and looks at single bytes only where they differ.
fn same_but_for_digits(one: &[u8], other: &[u8]) -> bool {
    let alike = |(a, b): (&u8, &u8)| a == b || a.is_ascii_digit() && b.is_ascii_digit();
    let mut pieces = one.chunks(PIECE).zip(other.chunks(PIECE));
    one.len() == other.len() && pieces.all(|(a, b)| a == b || a.iter().zip(b).all(alike))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Fields, Place};
    use crate::expectation;

    const JSON: &[Place] = &[Place { name: 0..12, value: 14..30 }];

    fn headers(bytes: &'static [u8], places: &'static [Place]) -> Fields<'static> {
        Fields { bytes, places }
    }

    fn answer(body: &str) -> Answer<'_> {
        let headers = headers(b"content-type: application/json", JSON);
        Answer { status: StatusCode::OK, headers, body: body.as_bytes() }
    }

    fn checked(how: expectation::Check) -> Check {
        let template = RequestTemplate { check: how, ..RequestTemplate::default() };
        Check::learn(&answer(r#"{"a":1}"#), &template).unwrap_or_else(|outcome| panic!("{outcome:?}"))
    }

    fn check() -> Check {
        checked(expectation::Check::Shape)
    }

    #[test]
    fn every_answer_of_another_form_is_wrong_whatever_its_length() {
        let mut check = check();
        for _ in 0..40 {
            assert!(
                !check.outcome(&answer(r#"{"b":1}"#)).is_ok()
                    && !check.outcome(&answer(r#"{"a""1}"#)).is_ok()
            );
            assert!(
                check.outcome(&answer(r#"{"a":2}"#)).is_ok()
                    && check.outcome(&answer(r#"{"a":345}"#)).is_ok()
            );
        }
    }

    #[test]
    fn an_answer_that_differs_in_its_digits_alone_has_the_same_form() {
        let right = check().right.unwrap();
        assert!(right.has_the_form_of(&answer(r#"{"a":9}"#)));
        for other in [r#"{"a":x}"#, r#"{"b":1}"#, r#"{"a":10}"#] {
            assert!(!right.has_the_form_of(&answer(other)), "{other}");
        }
        assert!(!right.has_the_form_of(&Answer { headers: headers(b"", &[]), ..answer(r#"{"a":9}"#) }));
    }

    #[test]
    fn a_status_a_cache_and_another_type_are_told() {
        let outcome = |change: fn(&mut Answer)| {
            let mut answer = answer(r#"{"a":1}"#);
            change(&mut answer);
            check().outcome(&answer).kind().into_owned()
        };
        assert_eq!(outcome(|answer| answer.status = StatusCode::NOT_FOUND), "status-404");
        const AGE: &[Place] = &[Place { name: 0..3, value: 5..6 }];
        assert_eq!(outcome(|answer| answer.headers = headers(b"age: 1", AGE)), "cached");
        assert_eq!(outcome(|answer| answer.headers = headers(b"", &[])), "wrong-answer");
    }

    #[test]
    fn less_is_checked_where_less_is_asked_for() {
        let outcomes = |how| {
            let (mut check, mut failed) = (checked(how), answer(r#"{"a":1}"#));
            failed.status = StatusCode::INTERNAL_SERVER_ERROR;
            [answer(r#"{"error":"busy!"}"#), failed].map(|answer| check.outcome(&answer).kind().into_owned())
        };
        assert_eq!(outcomes(expectation::Check::Shape), ["wrong-answer", "status-500"]);
        assert_eq!(outcomes(expectation::Check::Status), ["ok", "status-500"]);
        assert_eq!(outcomes(expectation::Check::None), ["ok", "ok"]);
    }

    #[test]
    fn nothing_is_learnt_from_a_failure() {
        let mut failed = answer("");
        failed.status = StatusCode::INTERNAL_SERVER_ERROR;
        let learnt = Check::learn(&failed, &RequestTemplate::default());
        assert_eq!(learnt.err(), Some(Outcome::Status(500)));
    }
}
