//! How long a server that starts is asked again, by what it answers: pure.

use std::borrow::Cow;
use std::time::Duration;

use crate::sample::Outcome;

/// A server that gives the same wrong answer for so long has started, and gives no other.
const STEADY: Duration = Duration::from_secs(2);

/// What was answered last, and since when.
#[derive(Debug)]
pub struct Patience {
    /// How long a start may take.
    within: Duration,
    steady: Option<(Cow<'static, str>, Duration)>,
}

/// Whether a server that answers so may still be starting: it does not listen yet, is not ready, or has no time.
fn may_be_starting(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Status(code) => matches!(code, 408 | 425 | 429 | 500..=599),
        Outcome::Timeout | Outcome::Transport(_) | Outcome::ClientStopped => true,
        Outcome::Ok | Outcome::WrongAnswer(_) | Outcome::Cached(_) => false,
    }
}

impl Patience {
    /// With a start that may take so long.
    pub fn new(within: Duration) -> Self {
        Self { within, steady: None }
    }

    /// Takes what was answered so long after the spawn; how long was waited for another answer, if it is not waited any
    /// longer.
    pub fn end(&mut self, outcome: &Outcome, after: Duration) -> Option<Duration> {
        let kind = outcome.kind();
        let since = match self.steady.take() {
            Some((known, since)) if known == kind => since,
            _ => after,
        };
        let is_steady = !may_be_starting(outcome);
        self.steady = is_steady.then_some((kind, since));
        match after {
            _ if is_steady && after.saturating_sub(since) >= STEADY => Some(STEADY),
            _ if after > self.within => Some(self.within),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::START;

    /// When asking ends, in tenths of a second after the spawn, of what answers so at each of them.
    fn ends(answer: impl Fn(u64) -> Outcome) -> Option<(u64, Duration)> {
        let mut patience = Patience::new(START);
        let mut asked = (0..2000).map(|tenths| (tenths, Duration::from_millis(tenths * 100)));
        asked.find_map(|(tenths, after)| Some((tenths, patience.end(&answer(tenths), after)?)))
    }

    fn refused() -> Outcome {
        Outcome::Transport("connection refused".into())
    }

    #[test]
    fn the_same_wrong_answer_again_and_again_is_given_up_soon_after_the_first() {
        let listens_after =
            |first| move |tenths| if tenths < first { refused() } else { Outcome::Status(404) };
        assert_eq!(ends(listens_after(0)), Some((20, STEADY)));
        assert_eq!(ends(listens_after(300)), Some((320, STEADY)));
        let differs = |tenths| Outcome::WrongAnswer(format!("difference {tenths}"));
        assert_eq!(ends(differs), Some((20, STEADY)));
    }

    #[test]
    fn what_does_not_listen_or_is_not_ready_is_waited_for() {
        for answer in [refused(), Outcome::Timeout, Outcome::Status(503), Outcome::Status(429)] {
            assert_eq!(ends(|_| answer.clone()), Some((1201, START)), "{answer:?}");
        }
    }

    #[test]
    fn an_answer_that_changes_is_no_steady_one() {
        let loading = |tenths| if tenths % 15 == 0 { Outcome::Status(503) } else { Outcome::Status(404) };
        assert_eq!(ends(loading), Some((1201, START)));
        let routes_come = |tenths| match tenths {
            0..15 => Outcome::Status(404),
            15..1000 => Outcome::Status(503),
            _ => Outcome::Status(403),
        };
        assert_eq!(ends(routes_come), Some((1020, STEADY)));
    }
}
