//! Sends and counts: a thread for each core, on it a share of the connections, and nothing shared but the schedule.

use std::cell::RefCell;
use std::hash::RandomState;
use std::io;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, OnceLock};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;
use tokio::task::{JoinSet, LocalSet};
use tokio_util::sync::CancellationToken;

use super::check::Check;
use super::client::{Client, Connection};
use super::pacer::{Next, Pace};
use super::recording::{HANDED_OVER, Lines};
use super::tally::{Tally, Turn};
use super::timer::Timer;
use super::watched::Watched;
use crate::evidence::Testimony;
use crate::sample::Outcome;

/// What all threads of a stage share.
pub struct Schedule {
    /// When requests are due.
    pub pace: Pace,
    /// The limit of a whole request.
    pub timeout: Duration,
    /// What is asked.
    pub client: Arc<Client>,
    /// What it should answer.
    pub check: Arc<Check>,
    /// Ends it.
    pub cancel: CancellationToken,
    /// What came in of late.
    pub watched: Watched,
    /// So that an instance has the same name on every thread.
    pub hasher: RandomState,
    ready: Barrier,
    start: OnceLock<Instant>,
    claimed: AtomicU64,
}

impl Schedule {
    /// For so many threads.
    pub fn new(
        threads: usize,
        pace: Pace,
        timeout: Duration,
        client: Arc<Client>,
        check: Arc<Check>,
        cancel: CancellationToken,
    ) -> Self {
        Self {
            pace,
            timeout,
            client,
            check,
            cancel,
            watched: Watched::default(),
            hasher: RandomState::new(),
            ready: Barrier::new(threads),
            start: OnceLock::new(),
            claimed: AtomicU64::new(0),
        }
    }

    /// Since the start, which is when all connections are there.
    pub fn elapsed(&self) -> Duration {
        self.start.get().map_or(Duration::ZERO, Instant::elapsed)
    }

    /// How many requests were taken from the schedule; at its end, some more than there are.
    pub fn claimed(&self) -> u64 {
        self.claimed.load(Ordering::Relaxed)
    }
}

/// Works off a schedule over so many connections, on a thread of its own, until it is over or cancelled. What is over goes
/// into `lines`, if there are any.
///
/// # Errors
///
/// When the system has no more files for it.
pub fn work(schedule: &Arc<Schedule>, connections: usize, lines: Option<Lines>) -> io::Result<Tally> {
    let (runtime, timer) = match equipment() {
        Ok(equipment) => equipment,
        Err(e) => {
            // The others wait for this thread, whatever becomes of it.
            schedule.ready.wait();
            return Err(io::Error::other(format!("{e}; ulimit -n allows more open files")));
        }
    };
    let bench = Rc::new(Bench {
        schedule: schedule.clone(),
        tally: RefCell::new(Tally::new(schedule.hasher.clone())),
        turnstile: Mutex::new(timer),
        lines: lines.map(RefCell::new),
    });
    let local = LocalSet::new();
    local.block_on(&runtime, all(&bench, connections));
    // Requests that were given up hold the bench until the set is gone.
    drop(local);
    Ok(bench.tally.replace(Tally::new(schedule.hasher.clone())))
}

fn equipment() -> io::Result<(Runtime, Timer)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let timer = {
        let _entered = runtime.enter();
        Timer::new()?
    };
    Ok((runtime, timer))
}

async fn all(bench: &Rc<Bench>, connections: usize) {
    let cancel = bench.schedule.cancel.clone();
    let opening: JoinSet<Connection> = local_set((0..connections).map(|_| bench.clone().open()));
    let opened = cancel.run_until_cancelled(opening.join_all()).await;
    bench.schedule.ready.wait();
    bench.schedule.start.get_or_init(Instant::now);
    let Some(opened) = opened else { return };
    let working: JoinSet<()> =
        local_set(opened.into_iter().map(|connection| bench.clone().serve(connection)));
    let working = cancel.run_until_cancelled(working.join_all());
    tokio::select! {
        _ = working => {}
        () = bench.hand_over() => {}
    }
}

fn local_set<T: 'static>(futures: impl Iterator<Item = impl Future<Output = T> + 'static>) -> JoinSet<T> {
    let mut set = JoinSet::new();
    futures.for_each(|future| drop(set.spawn_local(future)));
    set
}

/// What the connections of one thread share.
struct Bench {
    schedule: Arc<Schedule>,
    tally: RefCell<Tally>,
    /// Those that are free stand in line here, and only the first of them looks at the schedule and the clock.
    turnstile: Mutex<Timer>,
    /// What is over, on its way into a file.
    lines: Option<RefCell<Lines>>,
}

impl Bench {
    /// Makes a connection before the start. If that fails, the first request on it will tell.
    async fn open(self: Rc<Self>) -> Connection {
        let mut connection = Connection::new(self.schedule.client.clone());
        let _ = tokio::time::timeout(self.schedule.timeout, connection.open()).await;
        connection
    }

    async fn serve(self: Rc<Self>, mut connection: Connection) {
        let mut free = Duration::ZERO;
        let mut counted = 0;
        while let Some(turn) = self.turn(free).await {
            self.tally.borrow_mut().send(&turn);
            let answer = tokio::time::timeout(self.schedule.timeout, connection.ask()).await;
            let done = self.schedule.elapsed();
            let (outcome, testimony) = match &answer {
                Ok(Ok(answer)) => {
                    let values = answer.headers.get_all("server-timing").into_iter();
                    let testimony =
                        Testimony::from_server_timing(values.filter_map(|value| value.to_str().ok()));
                    (self.schedule.check.outcome(answer, turn.index), Some(testimony))
                }
                Ok(Err(outcome)) => (outcome.clone(), None),
                Err(_) => (Outcome::Timeout, None),
            };
            self.schedule.watched.see(done.saturating_sub(turn.sent), &outcome);
            let testimony = testimony.filter(|_| outcome.is_ok());
            if let Some(lines) = &self.lines {
                lines.borrow_mut().add(&turn, done, &outcome, testimony.as_ref());
            }
            let mut tally = self.tally.borrow_mut();
            let failed = (!outcome.is_ok()).then(|| outcome.kind());
            tally.finish(&turn, done, self.schedule.pace.until.end(), failed.as_deref());
            if let Some(testimony) = testimony {
                tally.hear(testimony.instance.as_deref(), testimony.served);
            }
            tally.connections += connection.made() - counted;
            counted = connection.made();
            drop(tally);
            free = done;
        }
    }

    /// Now and then, for ever.
    async fn hand_over(&self) {
        loop {
            tokio::time::sleep(HANDED_OVER).await;
            if let Some(lines) = &self.lines {
                lines.borrow_mut().hand_over();
            }
        }
    }

    /// Waits for the next request that is due; `None` when none is any more.
    async fn turn(&self, free: Duration) -> Option<Turn> {
        let mut timer = self.turnstile.lock().await;
        let index = self.schedule.claimed.fetch_add(1, Ordering::Relaxed);
        let elapsed = self.schedule.elapsed();
        let (intended, sent) = match self.schedule.pace.next(elapsed, index) {
            Next::Send { intended } => (intended, elapsed),
            Next::Wait(rest) => {
                timer.wait(rest).await.ok()?;
                // Also if it is over by now: it was due before, and a connection was free.
                (elapsed + rest, self.schedule.elapsed())
            }
            Next::Over => return None,
        };
        let slice = self.schedule.pace.slice(intended, index);
        Some(Turn { index, slice, intended, sent, free })
    }
}
