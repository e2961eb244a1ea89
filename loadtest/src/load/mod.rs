//! Many requests at a time: arguments → plan → threads that send and count → report.

mod check;
mod client;
mod floor;
pub mod pacer;
pub mod plan;
pub mod recording;
mod stops;
pub mod tally;
mod timer;
mod watched;
mod worker;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::check::Check;
use self::client::{Client, Connection};
use self::pacer::{Pace, Until};
use self::plan::LoadPlan;
use self::recording::{Head, Lines, Writer};
use self::tally::Tally;
use self::worker::Schedule;
use crate::args::LoadArgs;
use crate::environment::Environment;
use crate::error::Error;
use crate::exit;
use crate::experiment::Ended;
use crate::explain;
use crate::gate::Gatekeeper;
use crate::interrupt;
use crate::output::Output;
use crate::progress::{LoadSeen, Progress};
use crate::report;
use crate::sample::Outcome;
use crate::unfinished;

const TICK: Duration = Duration::from_millis(100);

/// Open files besides connections: those of the runtimes and the timers of some dozen threads, and the report.
const OTHER_FILES: u64 = 100;

#[derive(Clone, Debug)]
pub struct Stage {
    pub pace: Pace,
    pub tally: Tally,
    pub period: Duration,
    /// Requests that were due in that time, and for which no connection was free in it.
    pub unsent: u64,
    /// The share of its time that each thread of this program was busy; `None` where the system does not tell.
    pub busy: Option<f64>,
}

impl Stage {
    /// Ok answers a second. Answers that came after `-z` are ok and are no throughput: the time did not last until them.
    pub fn throughput(&self) -> f64 {
        let tally = &self.tally;
        match self.pace.until {
            Until::Elapsed(_) => tally.in_time as f64 / self.period.as_secs_f64(),
            Until::Sent(_) => tally.ok() as f64 / self.period.max(tally.last_done).as_secs_f64(),
        }
    }

    /// With requests that were due after those that were sent, and were not. Whatever they would have taken, they had
    /// already waited longer than those before them.
    fn with_unsent(mut self, unsent: u64) -> Self {
        let censored = self.pace.by_slice(self.tally.sent, unsent);
        self.tally.censor(censored);
        Self { unsent, ..self }
    }
}

/// Loads a URL.
///
/// # Errors
///
/// See [`Error`].
pub async fn load(args: &LoadArgs) -> Result<ExitCode, Error> {
    let plan = LoadPlan::new(args)?;
    let output = Output::open(&args.report, args.samples.as_deref())?.of_load()?;
    let gatekeeper = Gatekeeper::of_load(&args.report.fail_if, &plan)?;
    gatekeeper.check(std::slice::from_ref(&plan.target))?;
    args.samples.as_deref().map_or(Ok(()), unfinished::refuse)?;
    check_files(plan.connections)?;
    let cancel = interrupt::token();
    let client = Arc::new(Client::new(&plan.target, &plan.template)?);
    let check = Arc::new(first_answer(&plan, &client, &cancel).await?);
    let environment = Environment { floor: floor::measure().await, ..Environment::here(None) };
    let head = Head::new(&plan, environment, args.seed);
    let writer = args.samples.as_deref().map(|path| Writer::create(path, cancel.clone())).transpose()?;
    writer.iter().for_each(|writer| writer.begin(&head));
    let mut progress = Progress::new(args.quiet);
    let mut stages = Vec::new();
    for (index, pace) in plan.stages.iter().enumerate() {
        if !cancel.is_cancelled() {
            progress.begin_rate(index, plan.stages.len());
            let threads = threads(plan.connections);
            let (client, check, cancel) = (client.clone(), check.clone(), cancel.clone());
            let schedule = Arc::new(Schedule::new(threads, *pace, plan.timeout, client, check, cancel));
            let lines = || writer.as_ref().map(|writer| writer.lines(index));
            let stage = stage(&schedule, threads, plan.connections, lines, &mut progress).await?;
            writer.iter().for_each(|writer| writer.end_stage(index, &stage));
            stages.push(stage);
        }
    }
    drop(progress);
    let interrupted = cancel.is_cancelled();
    let ended = if interrupted { Ended::Interrupted } else { Ended::Completely };
    let written = writer.map_or(Ok(()), |writer| writer.finish(ended));
    if interrupted && stages.iter().all(|stage| stage.tally.ok() == 0) {
        return Err(written.err().unwrap_or(Error::Interrupted));
    }
    let mut report = report::load::build(&head, &stages, interrupted);
    let judged = gatekeeper.judge(&mut report);
    output.write(&report, &[])?;
    written?;
    exit::unless_interrupted(&report, judged)?;
    Ok(exit::code(&report))
}

/// One stage of a load without anybody watching, as a part of something else.
pub async fn quietly(plan: &LoadPlan, pace: Pace, cancel: &CancellationToken) -> Result<Stage, Error> {
    check_files(plan.connections)?;
    let client = Arc::new(Client::new(&plan.target, &plan.template)?);
    let check = Arc::new(first_answer(plan, &client, cancel).await?);
    let threads = threads(plan.connections);
    let schedule = Arc::new(Schedule::new(threads, pace, plan.timeout, client, check, cancel.clone()));
    stage(&schedule, threads, plan.connections, || None, &mut Progress::new(true)).await
}

/// # Errors
///
/// When the system does not let this process have so many connections.
#[cfg(unix)]
fn check_files(connections: usize) -> Result<(), Error> {
    use rustix::process::{Resource, getrlimit};
    let needed = connections as u64 + OTHER_FILES;
    match getrlimit(Resource::Nofile).current {
        Some(limit) if limit < needed => Err(Error::Usage(format!(
            "-c {connections} needs more open files than the {limit} that are allowed here: run ulimit -n {needed} before"
        ))),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn check_files(_: usize) -> Result<(), Error> {
    Ok(())
}

async fn first_answer(
    plan: &LoadPlan,
    client: &Arc<Client>,
    cancel: &CancellationToken,
) -> Result<Check, Error> {
    let mut connection = Connection::new(client.clone());
    let asking = tokio::time::timeout(plan.timeout, connection.ask());
    let answer = cancel.run_until_cancelled(asking).await.ok_or(Error::Interrupted)?;
    let learnt = match answer {
        Ok(answer) => answer.and_then(|answer| Check::learn(&answer, &plan.template)),
        Err(_) => Err(Outcome::Timeout),
    };
    learnt.map_err(|outcome| {
        Error::Target(explain::first_failure(plan.target.url.as_str(), &outcome, plan.timeout))
    })
}

/// One for each core: more would only take turns.
fn threads(connections: usize) -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(connections)
}

async fn stage(
    schedule: &Arc<Schedule>,
    threads: usize,
    connections: usize,
    lines: impl Fn() -> Option<Lines>,
    progress: &mut Progress,
) -> Result<Stage, Error> {
    let busy_before = processor_time();
    let mut working = JoinSet::new();
    for thread in 0..threads {
        let share = connections * (thread + 1) / threads - connections * thread / threads;
        let (schedule, lines) = (schedule.clone(), lines());
        working.spawn_blocking(move || worker::work(&schedule, share, lines));
    }
    watch(schedule, progress).await;
    let elapsed = schedule.elapsed();
    let tally = together(schedule, working.join_all().await)?;
    let busy = processor_time().zip(busy_before).map(|(after, before)| {
        let taken = after.saturating_sub(before).as_secs_f64();
        taken / (schedule.elapsed().as_secs_f64() * threads as f64)
    });
    let cut_short = schedule.cancel.is_cancelled();
    let period = period(&schedule.pace, &tally, cut_short.then_some(elapsed));
    let due = match schedule.pace.until {
        Until::Sent(n) if !cut_short => n,
        _ => schedule.pace.due(period),
    };
    let unsent = due.saturating_sub(tally.sent);
    Ok(Stage { pace: schedule.pace, tally, period, unsent: 0, busy }.with_unsent(unsent))
}

/// Shows how far it is, until nothing is to be sent any more.
async fn watch(schedule: &Schedule, progress: &mut Progress) {
    loop {
        let (elapsed, requests) = (schedule.elapsed(), schedule.claimed());
        let share = match schedule.pace.until {
            Until::Sent(n) => requests as f64 / n as f64,
            Until::Elapsed(end) => elapsed.as_secs_f64() / end.as_secs_f64(),
        };
        let (slowest, failed) = schedule.watched.look();
        progress.load(&LoadSeen { share, elapsed, requests, slowest, failed });
        if share >= 1.0 || schedule.cancel.run_until_cancelled(tokio::time::sleep(TICK)).await.is_none() {
            return;
        }
    }
}

fn together(schedule: &Schedule, tallies: Vec<io::Result<Tally>>) -> Result<Tally, Error> {
    let add = |mut all: Tally, tally: Tally| {
        all.add(&tally);
        all
    };
    let tallies = tallies.into_iter().collect::<io::Result<Vec<_>>>();
    let tallies = tallies.map_err(|e| Error::Usage(format!("cannot start: {e}")))?;
    Ok(tallies.into_iter().reduce(add).unwrap_or_else(|| schedule.tally()))
}

/// How long requests were sent, by the schedule or until it was `cut` short.
fn period(pace: &Pace, tally: &Tally, cut: Option<Duration>) -> Duration {
    match (pace.until, cut) {
        (Until::Elapsed(end), cut) => cut.map_or(end, |cut| cut.min(end)),
        (Until::Sent(_), Some(cut)) => cut,
        // A schedule that is kept ends one gap after its last request.
        (Until::Sent(n), None) => match pace.rate {
            Some(rate) => tally.last_sent.max(Duration::from_secs_f64(n as f64 / rate)),
            None => tally.last_done,
        },
    }
}

/// By libc, which also answers under Valgrind.
fn processor_time() -> Option<Duration> {
    cpu_time::ProcessTime::try_now().ok().map(|time| time.as_duration())
}

#[cfg(test)]
mod tests {
    use std::hash::RandomState;

    use super::*;
    use crate::load::tally::Turn;

    /// Eight connections of a closed loop, each answered every 200 ms.
    fn answered(until: Until, period: Duration) -> Stage {
        let pace = Pace { rate: None, until };
        let mut tally = Tally::new(&pace, RandomState::new());
        for index in 0..16 {
            let sent = Duration::from_millis(200 * (index / 8));
            let turn = Turn { index, slice: 0, intended: sent, sent, free: sent };
            tally.send(&turn);
            tally.finish(&turn, sent + Duration::from_millis(200), until.end(), None);
        }
        Stage { pace, tally, period, unsent: 0, busy: None }
    }

    #[test]
    fn throughput_is_of_answers_within_the_time() {
        let time = Duration::from_millis(300);
        let stage = answered(Until::Elapsed(time), time);
        assert_eq!(
            (stage.tally.ok(), stage.throughput().round()),
            (16, 27.0),
            "8 in 300 ms, 40 a second at most"
        );
        assert_eq!(answered(Until::Sent(16), time).throughput(), 40.0);
    }
}
