//! How long what is left takes. By whole rounds, without the first: before it, nothing idles.

use std::time::Duration;

/// When rounds were over, counted from when the phase began.
#[derive(Debug, Default)]
pub(super) struct Pace {
    in_round: usize,
    first: Option<Duration>,
    last: Duration,
    rounds: u32,
}

impl Pace {
    /// Of rounds of so many samples.
    pub fn of(in_round: usize) -> Self {
        Self { in_round, ..Self::default() }
    }

    /// After `taken` samples.
    pub fn advance(&mut self, taken: usize, elapsed: Duration) {
        if !taken.is_multiple_of(self.in_round.max(1)) {
            return;
        }
        match self.first {
            None => self.first = Some(elapsed),
            Some(_) => (self.rounds, self.last) = (self.rounds + 1, elapsed),
        }
    }

    /// For so many samples more; `None` where nobody knows yet.
    pub fn left(&self, samples: usize) -> Option<Duration> {
        let took = self.last.checked_sub(self.first?).filter(|_| self.rounds > 0)? / self.rounds;
        Duration::try_from_secs_f64(took.as_secs_f64() * samples as f64 / self.in_round.max(1) as f64).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_millis(1500);

    #[test]
    fn what_is_left_is_by_rounds_that_began_with_idling() {
        let mut pace = Pace::of(2);
        let mut taken = 0;
        for round in 0..3 {
            for _ in 0..2 {
                taken += 1;
                pace.advance(taken, IDLE * round);
                let left = pace.left(400 - taken);
                match taken {
                    ..=3 => assert_eq!(left, None, "{taken}"),
                    // Rounds that are begun are not over.
                    _ => assert_eq!(left, Some(IDLE * (400 - taken as u32) / 2), "{taken}"),
                }
            }
        }
    }

    #[test]
    fn no_time_is_left_of_nothing_and_an_unannounced_phase_has_none() {
        let mut pace = Pace::default();
        assert_eq!(pace.left(7), None);
        pace.advance(1, IDLE);
        pace.advance(2, IDLE * 2);
        assert_eq!((pace.left(0), pace.left(2)), (Some(Duration::ZERO), Some(IDLE * 2)));
    }
}
