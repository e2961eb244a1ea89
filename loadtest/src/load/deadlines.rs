//! The limit of each request, watched over for all connections of a thread by one timer, which wakes about once in the time that
//! a request is given: a timer for each request would be set and taken back again for every answer.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

pub struct Deadlines {
    limit: Duration,
    watched: RefCell<Vec<Rc<Limited>>>,
}

#[derive(Default)]
pub struct Limited {
    /// When it began, since the start; `None` where nothing is under way.
    begun: Cell<Option<Duration>>,
    over: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Deadlines {
    /// So much for each.
    pub fn new(limit: Duration) -> Self {
        Self { limit, watched: RefCell::default() }
    }

    pub fn watch(&self) -> Rc<Limited> {
        let watched = Rc::<Limited>::default();
        self.watched.borrow_mut().push(watched.clone());
        watched
    }

    /// Ends what is over by `now`. The earliest deadline after that: nothing that begins later is over before.
    pub fn end_overdue(&self, now: Duration) -> Duration {
        let watched = self.watched.borrow();
        let deadlines = watched.iter().filter_map(|watched| watched.end_overdue(now, self.limit));
        deadlines.min().unwrap_or(now + self.limit)
    }

    /// Ends what is over, as soon as it is, for ever; `elapsed` is the time since the start.
    pub async fn keep(&self, elapsed: impl Fn() -> Duration) {
        loop {
            let next = self.end_overdue(elapsed());
            tokio::time::sleep(next.saturating_sub(elapsed())).await;
        }
    }
}

impl Limited {
    /// What comes of it, unless it is over before; then, `None`.
    pub async fn in_time<T>(
        &self,
        begun: Duration,
        mut asking: Pin<&mut impl Future<Output = T>>,
    ) -> Option<T> {
        self.over.set(false);
        self.begun.set(Some(begun));
        let ended = poll_fn(|cx| match asking.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if self.over.get() => Poll::Ready(None),
            Poll::Pending => {
                self.remember(cx.waker());
                Poll::Pending
            }
        });
        let ended = ended.await;
        self.begun.set(None);
        ended
    }

    fn remember(&self, waker: &Waker) {
        let mut known = self.waker.borrow_mut();
        if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *known = Some(waker.clone());
        }
    }

    /// Its deadline, if that is still to come.
    fn end_overdue(&self, now: Duration, limit: Duration) -> Option<Duration> {
        let deadline = self.begun.get()? + limit;
        if deadline > now {
            return Some(deadline);
        }
        if !self.over.replace(true)
            && let Some(waker) = &*self.waker.borrow()
        {
            waker.wake_by_ref();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use std::pin::pin;
    use tokio::time::{Instant, sleep};

    const LIMIT: Duration = Duration::from_millis(100);

    fn millis(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_longer_is_given_up_when_its_time_is_over_and_nothing_else_is() {
        let (deadlines, start) = (Deadlines::new(LIMIT), Instant::now());
        let [a, b] = [deadlines.watch(), deadlines.watch()];
        let asking = async {
            for _ in 0..5 {
                let begun = start.elapsed();
                assert_eq!(a.in_time(begun, pin!(sleep(millis(60)))).await, Some(()));
            }
        };
        let stalled = async {
            sleep(millis(37)).await;
            assert_eq!(b.in_time(start.elapsed(), pin!(pending::<()>())).await, None);
            assert_eq!(start.elapsed(), millis(137));
            assert_eq!(b.in_time(start.elapsed(), pin!(pending::<()>())).await, None);
            assert_eq!(start.elapsed(), millis(237));
        };
        tokio::select! {
            _ = async { tokio::join!(asking, stalled) } => {}
            () = deadlines.keep(|| start.elapsed()) => {}
        }
    }

    #[test]
    fn the_next_look_is_at_the_earliest_deadline() {
        let deadlines = Deadlines::new(LIMIT);
        let [a, b] = [deadlines.watch(), deadlines.watch()];
        assert_eq!(deadlines.end_overdue(millis(7)), millis(107));
        a.begun.set(Some(millis(10)));
        b.begun.set(Some(millis(20)));
        assert_eq!(deadlines.end_overdue(millis(30)), millis(110));
        assert_eq!(
            (deadlines.end_overdue(millis(110)), a.over.get(), b.over.get()),
            (millis(120), true, false)
        );
    }
}
