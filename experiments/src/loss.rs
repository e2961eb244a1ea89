//! What is lost when a measurement is killed: at random moments, with SIGKILL.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use loadtest::sample::Phase;
use loadtest::saved::Saved;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::witness::Witness;

/// What may be missing: what was answered so shortly before the end.
const GRACE: Duration = Duration::from_millis(100);
/// Within these times after the first answer, a measurement is killed.
const MOMENTS: std::ops::Range<Duration> = Duration::from_millis(5)..Duration::from_millis(1000);
/// Nothing here takes as long.
const AT_LAST: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub struct Args {
    /// Measurements to kill
    #[arg(short = 'n', default_value_t = 50)]
    kills: usize,
    /// Samples of each phase: enough to take longer than a second
    #[arg(long, default_value_t = 2000)]
    samples: usize,
    /// The program [default: loadtest, beside this one]
    #[arg(long)]
    loadtest: Option<PathBuf>,
    /// Of the moments
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What came of one kill.
/// Warm samples of a target in a round, where there are as many as here.
const ROUND: usize = 20;

#[derive(Debug)]
struct Outcome {
    /// Samples that should be in the file, and are not.
    lost: usize,
    /// Samples in the file, when the measurement was killed.
    kept: usize,
    readable: bool,
    resumable: bool,
}

/// Whether nothing was lost, and everything could be resumed.
pub fn run(args: &Args) -> bool {
    match play(args) {
        Ok(outcomes) => conclude(&outcomes),
        Err(e) => {
            eprintln!("loss: {e}");
            false
        }
    }
}

fn play(args: &Args) -> Result<Vec<Outcome>, String> {
    let program = program(args)?;
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed);
    println!(
        "{:>4} {:>9} {:>6} {:>5} {:>9} {:>10}",
        "kill", "after", "kept", "lost", "readable", "resumable"
    );
    let mut outcomes = Vec::new();
    while outcomes.len() < args.kills {
        let after = rng.random_range(MOMENTS.start.as_micros()..MOMENTS.end.as_micros());
        let after = Duration::from_micros(u64::try_from(after).unwrap_or(u64::MAX));
        // A measurement that ended before could not be killed.
        let Some(outcome) = kill(&program, args.samples, after)? else { continue };
        outcomes.push(outcome);
        let Outcome { lost, kept, readable, resumable } = &outcomes[outcomes.len() - 1];
        let after = format!("{} ms", after.as_millis());
        println!("{:>4} {after:>9} {kept:>6} {lost:>5} {readable:>9} {resumable:>10}", outcomes.len());
    }
    Ok(outcomes)
}

fn conclude(outcomes: &[Outcome]) -> bool {
    let lost: usize = outcomes.iter().map(|outcome| outcome.lost).sum();
    let sound = outcomes.iter().filter(|outcome| outcome.readable && outcome.resumable).count();
    println!(
        "{lost} samples older than {} ms lost, {sound} of {} files readable and resumable",
        GRACE.as_millis(),
        outcomes.len()
    );
    lost == 0 && sound == outcomes.len()
}

fn program(args: &Args) -> Result<PathBuf, String> {
    let beside = || Some(std::env::current_exe().ok()?.with_file_name("loadtest"));
    let program = args.loadtest.clone().or_else(beside).unwrap_or_default();
    if program.exists() {
        return Ok(program);
    }
    Err(format!(
        "there is no {}: cargo build --release -p loadtest makes it, or name it with --loadtest",
        program.display()
    ))
}

/// `None` if the measurement had ended by then.
fn kill(program: &Path, samples: usize, after: Duration) -> Result<Option<Outcome>, String> {
    let dir = tempfile::tempdir().map_err(|e| format!("no directory for the samples: {e}"))?;
    let file = dir.path().join("samples.ndjson");
    let server = Witness::start();
    let measure = |resume: bool| {
        let mut command = Command::new(program);
        command.args(["--cold", "--warm", "--idle", "0s", "--quiet", "--url", &server.url()]);
        command.arg("-n").arg(samples.to_string()).arg("--samples").arg(&file);
        if resume {
            command.arg("--resume");
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).env_remove("SPIN_URL");
        command
    };
    let mut child = measure(false).spawn().map_err(|e| format!("cannot start {}: {e}", program.display()))?;
    let begun = Instant::now();
    while server.answered().is_empty() {
        if begun.elapsed() > AT_LAST {
            return Err("the measurement does not begin".into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(after);
    let killed = Instant::now();
    let still_there = child.try_wait().map_err(|e| e.to_string())?.is_none();
    child.kill().and_then(|()| child.wait()).map_err(|e| format!("cannot kill it: {e}"))?;
    if !still_there {
        return Ok(None);
    }
    let there = instances(&file);
    let answered = server.answered();
    let due = answered.iter().take_while(|moment| killed.duration_since(**moment) > GRACE).count();
    let lost = (0..due).filter(|number| !there.contains(&Witness::instance(*number))).count();
    let mut report = Command::new(program);
    report.arg("report").arg(&file).stdout(Stdio::null());
    Ok(Some(Outcome {
        lost,
        kept: there.len(),
        readable: succeeds(report),
        resumable: succeeds(measure(true)) && is_whole(&file, samples),
    }))
}

fn succeeds(mut command: Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

fn instances(file: &Path) -> HashSet<String> {
    let samples = Saved::read(file).map(|saved| saved.samples).unwrap_or_default();
    samples.into_iter().filter_map(|sample| sample.testimony.instance).collect()
}

/// Whether every sample of the plan is there, in the order of time, and none twice.
fn is_whole(file: &Path, samples: usize) -> bool {
    let Ok(saved) = Saved::read(file) else { return false };
    let of =
        |phase| saved.samples.iter().filter(|sample| sample.phase == phase && sample.outcome.is_ok()).count();
    let ordered = saved.samples.windows(2).all(|pair| pair[0].done_ns <= pair[1].sent_ns);
    let distinct = instances(file).len() == saved.samples.len();
    // Rounds that only warmed up are made up for, by as many: what is beyond the plan comes in whole rounds.
    let made_up = of(Phase::Warm).checked_sub(samples);
    let enough = of(Phase::Cold) == samples && made_up.is_some_and(|n| n.is_multiple_of(ROUND));
    saved.is_complete() && enough && ordered && distinct
}
