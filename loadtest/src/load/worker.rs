//! Sends and counts: a thread for each core, on it a share of the connections, and nothing shared but the schedule.

use std::cell::RefCell;
use std::hash::RandomState;
use std::io;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, OnceLock};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::check::Check;
use super::client::{Client, Connection};
use super::pacer::{Next, Pace};
use super::recording::{HANDED_OVER, Lines};
use super::stops::Stops;
use super::tally::{Tally, Turn};
use super::timer::Timer;
use super::watched::Watched;
use crate::sample::Outcome;

pub struct Schedule {
    pub pace: Pace,
    pub timeout: Duration,
    pub client: Arc<Client>,
    pub check: Arc<Check>,
    pub cancel: CancellationToken,
    pub watched: Watched,
    /// So that an instance has the same name on every thread.
    hasher: RandomState,
    ready: Barrier,
    start: OnceLock<Instant>,
    claimed: Alone,
}

/// What every thread writes to, on a line of the processor's caches where nothing lies that they only read.
#[derive(Default)]
#[repr(align(128))]
struct Alone(AtomicU64);

impl Schedule {
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
            claimed: Alone::default(),
        }
    }

    pub fn tally(&self) -> Tally {
        Tally::with_room(&self.pace, self.hasher.clone())
    }

    /// Since the start, which is when all connections are there.
    pub fn elapsed(&self) -> Duration {
        self.start.get().map_or(Duration::ZERO, Instant::elapsed)
    }

    /// How many requests were taken from the schedule; at its end, some more than there are.
    pub fn claimed(&self) -> u64 {
        self.claimed.0.load(Ordering::Relaxed)
    }
}

/// Works off a schedule over so many connections, on a thread of its own, until it is over or cancelled. What is over goes
/// into `lines`, if there are any.
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
        tally: RefCell::new(schedule.tally()),
        check: RefCell::new((*schedule.check).clone()),
        stops: Stops::default(),
        turnstile: Mutex::new(timer),
        lines: lines.map(RefCell::new),
    });
    runtime.block_on(all(&bench, connections));
    // Requests that were given up hold the bench until the runtime is gone.
    drop(runtime);
    let tally = Rc::into_inner(bench).map(|bench| bench.tally.into_inner());
    tally.ok_or_else(|| io::Error::other("a request outlived its load"))
}

fn equipment() -> io::Result<(LocalRuntime, Timer)> {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
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
        () = bench.stops.keep(|| bench.schedule.elapsed()) => {}
        () = bench.hand_over() => {}
    }
}

fn local_set<T: 'static>(futures: impl Iterator<Item = impl Future<Output = T> + 'static>) -> JoinSet<T> {
    let mut set = JoinSet::new();
    futures.for_each(|future| drop(set.spawn_local(future)));
    set
}

struct Bench {
    schedule: Arc<Schedule>,
    tally: RefCell<Tally>,
    /// Which remembers what it has seen.
    check: RefCell<Check>,
    stops: Stops,
    /// Of an open loop: those that are free stand in line here, and only the first of them looks at the schedule and the clock.
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
        let (mut counted, mut repeated) = (0, 0);
        while let Some(turn) = self.turn(free).await {
            self.tally.borrow_mut().send(&turn);
            let answer = tokio::time::timeout(self.schedule.timeout, connection.ask()).await;
            let done = self.now();
            let was_stopped = turn.sent < self.stops.look(done);
            let (outcome, testimony) = match &answer {
                Ok(Ok(answer)) => {
                    let mut check = self.check.borrow_mut();
                    (check.outcome(answer), Some(check.testimony(answer)))
                }
                Ok(Err(outcome)) => (outcome.clone(), None),
                Err(_) => (Outcome::Timeout, None),
            };
            let outcome = if was_stopped { outcome.while_stopped() } else { outcome };
            let again = connection.repeated() - repeated;
            repeated += again;
            self.schedule.watched.see(done.saturating_sub(turn.sent), &outcome);
            let testimony = testimony.filter(|_| outcome.is_ok());
            if let Some(lines) = &self.lines {
                lines.borrow_mut().add(&turn, done, &outcome, again > 0, testimony.as_ref());
            }
            let mut tally = self.tally.borrow_mut();
            let failed = (!outcome.is_ok()).then(|| outcome.kind());
            tally.finish(&turn, done, self.schedule.pace.until.end(), failed.as_deref());
            match &outcome {
                Outcome::Transport(cause) => tally.blame(cause),
                Outcome::WrongAnswer(how) => tally.differs(how),
                _ => {}
            }
            if let Some(testimony) = testimony {
                tally.hear(testimony.instance.as_deref(), testimony.served);
            }
            tally.retried += again;
            tally.connections += connection.made() - counted;
            counted = connection.made();
            drop(tally);
            free = done;
        }
    }

    /// Since the start. Whoever asks has run, and is not stopped.
    fn now(&self) -> Duration {
        let now = self.schedule.elapsed();
        self.stops.look(now);
        now
    }

    async fn hand_over(&self) {
        let Some(lines) = &self.lines else { return std::future::pending().await };
        loop {
            tokio::time::sleep(HANDED_OVER).await;
            lines.borrow_mut().hand_over();
        }
    }

    /// Waits for the next request that is due; `None` when none is any more.
    async fn turn(&self, free: Duration) -> Option<Turn> {
        // In a closed loop, nobody is waited for.
        let mut timer = match self.schedule.pace.rate {
            Some(_) => Some(self.turnstile.lock().await),
            None => None,
        };
        let index = self.schedule.claimed.0.fetch_add(1, Ordering::Relaxed);
        let elapsed = self.now();
        let (intended, sent) = match (self.schedule.pace.next(elapsed, index), &mut timer) {
            (Next::Send { intended }, _) => (intended, elapsed),
            (Next::Wait(rest), Some(timer)) => {
                timer.wait(rest).await.ok()?;
                // Also if it is over by now: it was due before, and a connection was free.
                (elapsed + rest, self.now())
            }
            _ => return None,
        };
        let slice = self.schedule.pace.slice(intended, index);
        Some(Turn { index, slice, intended, sent, free })
    }
}
