//! What `loadtest matrix` leaves behind that is ended at random moments, in every way in which a program can be.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::tool::Tool;
use crate::traces;

/// Nothing here takes as long.
const AT_LAST: Duration = Duration::from_secs(90);
/// How often it is looked again.
const SOON: Duration = Duration::from_millis(50);
/// After this time, a daemon has done whatever it had been asked for.
const SETTLED: Duration = Duration::from_secs(1);

#[derive(clap::Args)]
pub struct Args {
    /// Runs to end: SIGKILL, the same to all of its process group, SIGTERM, Ctrl-C, and SIGKILL to its warden too, in turn
    #[arg(short = 'n', default_value_t = 20)]
    kills: usize,
    /// What is run
    #[arg(long, default_value = "matrix -n 1 -z 20ms --idle 0s --only native --only docker --only ctr")]
    run: String,
    #[command(flatten)]
    tool: Tool,
    /// Of the moments
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// How a run is ended.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Kill,
    KillOfGroup,
    Terminate,
    CtrlC,
    KillWithWarden,
}

/// What came of it.
struct Outcome {
    /// How many traces there were just then.
    there: usize,
    /// How long until all was as before, and what was so last; what never was.
    as_before: Result<(Duration, Option<String>), Vec<String>>,
    /// How the program ended, where it could say so.
    status: ExitStatus,
}

/// Whether everything was as before, each time.
pub fn run(args: &Args) -> bool {
    match play(args) {
        Ok(sound) => {
            println!("{sound} of {}: nothing was left", args.kills);
            sound == args.kills
        }
        Err(e) => {
            eprintln!("kills: {e}");
            false
        }
    }
}

fn play(args: &Args) -> Result<usize, String> {
    let own = tempfile::Builder::new().prefix("kills-").tempdir();
    let own = own.map_err(|e| format!("no directory for temporary files: {e}"))?;
    let stage = Stage { args, own: own.path(), before: traces::all(own.path()) };
    let whole = stage.whole()?;
    println!("{} traces before; a whole run takes {:.1} s", stage.before.len(), whole.as_secs_f64());
    println!("{:>4}  {:<27} {:>9} {:>6}  as before after, at last", "kill", "by", "after", "traces");
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed);
    let (mut done, mut sound) = (0, 0);
    while done < args.kills {
        let after = whole.mul_f64(rng.random_range(0.0..1.0));
        let end = End::ALL[done % End::ALL.len()];
        // A run that ended before could not be ended.
        let Some(outcome) = stage.end(end, after)? else { continue };
        done += 1;
        sound += usize::from(outcome.as_before.is_ok() && end.is_told_by(outcome.status));
        let taken = match &outcome.as_before {
            Ok((taken, last)) => {
                format!("{:.1} s  {}", taken.as_secs_f64(), last.as_deref().unwrap_or_default())
            }
            Err(_) => "never".into(),
        };
        let after = format!("{:.2} s", after.as_secs_f64());
        println!("{done:>4}  {:<27} {after:>9} {:>6}  {taken}", end.to_string(), outcome.there);
        if !end.is_told_by(outcome.status) {
            println!("      it ended with {}", outcome.status);
        }
        outcome.as_before.err().iter().flatten().for_each(|line| println!("      {line}"));
    }
    Ok(sound)
}

/// Where runs are ended, and what was there before the first.
struct Stage<'a> {
    args: &'a Args,
    own: &'a Path,
    before: BTreeSet<String>,
}

impl Stage<'_> {
    fn command(&self, args: &str) -> Command {
        let mut command = self.args.tool.command(args);
        command.arg("--quiet").env("TMPDIR", self.own).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn start(&self, args: &str) -> Result<Child, String> {
        self.command(args).spawn().map_err(|e| format!("loadtest cannot be started: {e}"))
    }

    /// How long a run takes that is left alone: the second one, since the first one builds.
    fn whole(&self) -> Result<Duration, String> {
        let mut taken = Duration::ZERO;
        for _ in 0..2 {
            let begun = Instant::now();
            let status = self.start(&self.args.run)?.wait().map_err(|e| e.to_string())?;
            taken = begun.elapsed();
            if !status.success() {
                return Err(format!("{:?} ends with {status} by itself", self.args.run));
            }
        }
        let left = self.as_before().err().unwrap_or_default();
        if left.is_empty() { Ok(taken) } else { Err(format!("a whole run leaves {left:#?}")) }
    }

    /// `None` if the run had ended by then.
    fn end(&self, end: End, after: Duration) -> Result<Option<Outcome>, String> {
        let mut child = self.start(&self.args.run)?;
        thread::sleep(after);
        if child.try_wait().map_err(|e| e.to_string())?.is_some() {
            self.as_before().map_err(|left| format!("a whole run leaves {left:#?}"))?;
            return Ok(None);
        }
        let there = traces::all(self.own).difference(&self.before).count();
        end.strike(&child);
        let status = ended(&mut child)?;
        if status.success() {
            return Ok(None);
        }
        if end == End::KillWithWarden {
            // What nobody was left to remove, the next one does.
            let next = self.start(&self.args.run)?.wait().map_err(|e| e.to_string())?;
            if !next.success() {
                return Err(format!("the next run ends with {next}"));
            }
        }
        Ok(Some(Outcome { there, as_before: self.as_before(), status }))
    }

    /// How long it takes until everything is as before and stays so, and what was so last.
    fn as_before(&self) -> Result<(Duration, Option<String>), Vec<String>> {
        let begun = Instant::now();
        let mut last = None;
        loop {
            let taken = begun.elapsed();
            let mut differ = self.differences();
            if differ.is_empty() {
                thread::sleep(SETTLED);
                differ = self.differences();
                if differ.is_empty() {
                    return Ok((taken, last));
                }
            }
            last = differ.last().cloned();
            if taken > AT_LAST {
                return Err(differ);
            }
            thread::sleep(SOON);
        }
    }

    fn differences(&self) -> Vec<String> {
        let now = traces::all(self.own);
        let left = now.difference(&self.before).map(|line| format!("+ {line}"));
        // What has no name of its own, like a network, may have been of another run, and over.
        let taken = self.before.difference(&now).filter(|line| traces::is_named(line));
        left.chain(taken.map(|line| format!("- {line}"))).collect()
    }
}

impl End {
    const ALL: [Self; 5] =
        [Self::Kill, Self::KillOfGroup, Self::Terminate, Self::CtrlC, Self::KillWithWarden];

    fn strike(self, child: &Child) {
        let Some(id) = Pid::from_raw(child.id().cast_signed()) else { return };
        // What has ended meanwhile is past it.
        let _ = match self {
            Self::Kill => kill_process(id, Signal::KILL),
            Self::KillOfGroup => kill_process_group(id, Signal::KILL),
            Self::Terminate => kill_process(id, Signal::TERM),
            // A terminal sends it to all in the foreground.
            Self::CtrlC => kill_process_group(id, Signal::INT),
            Self::KillWithWarden => {
                if let Some(warden) = warden_of(child.id()) {
                    let _ = kill_process(warden, Signal::KILL);
                }
                kill_process(id, Signal::KILL)
            }
        };
    }

    /// Whether this is how a program ends that was ended so.
    fn is_told_by(self, status: ExitStatus) -> bool {
        match self {
            Self::Terminate | Self::CtrlC => status.code() == Some(130),
            Self::Kill | Self::KillOfGroup | Self::KillWithWarden => status.code().is_none(),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kill => "SIGKILL",
            Self::KillOfGroup => "SIGKILL to its group",
            Self::Terminate => "SIGTERM",
            Self::CtrlC => "Ctrl-C",
            Self::KillWithWarden => "SIGKILL, its warden's too",
        })
    }
}

fn ended(child: &mut Child) -> Result<ExitStatus, String> {
    let begun = Instant::now();
    while begun.elapsed() < AT_LAST {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok(status);
        }
        thread::sleep(SOON);
    }
    let _ = child.kill();
    Err("a run that was ended goes on".into())
}

/// The process that cleans up after this one, which is told whose it is.
fn warden_of(id: u32) -> Option<Pid> {
    let ids =
        fs::read_dir("/proc").ok()?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_warden = |warden: &i32| {
        let line = fs::read_to_string(format!("/proc/{warden}/cmdline")).unwrap_or_default();
        line.split_once("\0warden\0").is_some_and(|(_, owner)| owner.contains(&format!("-{id}-")))
    };
    ids.into_iter().find(is_warden).and_then(Pid::from_raw)
}
