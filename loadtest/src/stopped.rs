//! Notices when this process did not run while a request was under way: stopped by a signal, frozen with its container, or
//! kept off the processor. Such a request took time that says nothing about the target.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// From one look at the clock to the next. Rare enough not to keep an idle processor awake.
pub const LOOK_EVERY: Duration = Duration::from_millis(20);
/// A look that comes this much too late was not merely delayed by others who use the processor.
const TOO_LATE: Duration = Duration::from_millis(100);

pub struct Watched<T> {
    /// Nothing, where its time was over first.
    pub value: Option<T>,
    pub done: Instant,
    /// Whether this process did not run for a while.
    pub stopped: bool,
}

/// Waits for `asking`, but no longer than `limit`.
pub async fn within<T>(limit: Duration, asking: impl Future<Output = T>) -> Watched<T> {
    let mut asking = pin!(asking);
    let begun = Instant::now();
    let (mut seen, mut stopped) = (begun, false);
    loop {
        let next = LOOK_EVERY.min(limit.saturating_sub(seen - begun));
        let value = tokio::select! {
            biased;
            value = &mut asking => Some(value),
            () = sleep(next) => None,
        };
        let done = Instant::now();
        stopped |= done - seen > LOOK_EVERY + TOO_LATE;
        seen = done;
        if value.is_some() || done - begun >= limit {
            return Watched { value, done, stopped };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use tokio::time::advance;

    const LIMIT: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_takes_long_is_no_stop() {
        let watched = within(LIMIT, sleep(LIMIT / 2)).await;
        assert!(watched.value.is_some() && !watched.stopped);
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_is_given_up_in_time_and_is_no_stop() {
        let begun = Instant::now();
        let watched = within(LIMIT, pending::<()>()).await;
        assert!(watched.value.is_none() && !watched.stopped);
        assert_eq!(watched.done - begun, LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_passes_without_a_look_is_a_stop() {
        for stop in [Duration::from_millis(150), 2 * LIMIT] {
            let asking = async {
                advance(stop).await;
                sleep(LIMIT / 3).await;
            };
            assert!(within(LIMIT, asking).await.stopped, "{stop:?}");
        }
    }
}
