//! Who has a turn when: in every round each packaging once, in an order drawn anew, so that what the machine does
//! meanwhile falls on all of them alike.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use tokio_util::sync::CancellationToken;

use crate::experiment::Ended;

/// The stream of the seed that orders are drawn from; others are for what comes after.
const STREAM: u64 = 7;

/// What takes turns; a test's takes no time.
pub trait Turns {
    /// All that one of them has done to it in a round; before the first round once without a number, which fills caches
    /// and does not count.
    fn turn(&mut self, who: usize, round: Option<u32>) -> impl Future<Output = ()>;
}

/// So many rounds of so many turns. A turn during which the user has enough is dropped where it is.
pub async fn take(
    rounds: u32,
    count: usize,
    seed: u64,
    cancel: &CancellationToken,
    turns: &mut impl Turns,
) -> Ended {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(STREAM);
    for round in std::iter::once(None).chain((0..rounds).map(Some)) {
        let mut order: Vec<usize> = (0..count).collect();
        if round.is_some() {
            order.shuffle(&mut rng);
        }
        for who in order {
            if cancel.run_until_cancelled(turns.turn(who, round)).await.is_none() {
                return Ended::Interrupted;
            }
        }
    }
    Ended::Completely
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down whose turn it was.
    #[derive(Default)]
    struct Scripted {
        diary: Vec<(usize, Option<u32>)>,
        cancel_at: Option<(usize, CancellationToken)>,
    }

    impl Turns for Scripted {
        async fn turn(&mut self, who: usize, round: Option<u32>) {
            if let Some((at, token)) = &self.cancel_at
                && self.diary.len() == *at
            {
                token.cancel();
                std::future::pending::<()>().await;
            }
            self.diary.push((who, round));
        }
    }

    async fn diary(seed: u64) -> Vec<(usize, Option<u32>)> {
        let mut turns = Scripted::default();
        assert_eq!(take(30, 3, seed, &CancellationToken::new(), &mut turns).await, Ended::Completely);
        turns.diary
    }

    #[tokio::test]
    async fn each_has_one_turn_in_every_round_and_one_before_the_first() {
        let diary = diary(1).await;
        for round in std::iter::once(None).chain((0..30).map(Some)) {
            let mut who: Vec<_> = diary.iter().filter(|(_, of)| *of == round).map(|(who, _)| *who).collect();
            who.sort_unstable();
            assert_eq!(who, [0, 1, 2]);
        }
        assert!(diary.is_sorted_by_key(|(_, round)| *round));
    }

    #[tokio::test]
    async fn the_order_is_drawn_for_every_round_from_the_seed() {
        let first = |diary: &[(usize, Option<u32>)]| -> Vec<usize> {
            diary.chunks(3).skip(1).map(|round| round[0].0).collect()
        };
        let (one, two) = (diary(1).await, diary(2).await);
        assert_eq!(one, diary(1).await);
        assert_ne!(one, two);
        for who in 0..3 {
            assert!(first(&one).contains(&who), "{one:?}");
        }
    }

    #[tokio::test]
    async fn what_is_under_way_when_the_user_has_enough_is_dropped() {
        let cancel = CancellationToken::new();
        let mut turns = Scripted { cancel_at: Some((5, cancel.clone())), ..Scripted::default() };
        assert_eq!(take(30, 3, 1, &cancel, &mut turns).await, Ended::Interrupted);
        assert_eq!(turns.diary.len(), 5);
    }
}
