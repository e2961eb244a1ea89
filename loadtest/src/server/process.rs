//! A command under way, which ends with this value.

use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::io::AsyncReadExt;
use tokio::process::Child;
use url::Url;

use super::Why;
use super::announcement::serving_address;
use super::command_line::CommandLine;
use super::last_words::{self, LastWords};
use crate::plain_output;
use crate::process_group::ProcessGroup;

/// The longest that a command may take that is to end by itself.
pub const LIMIT: Duration = Duration::from_secs(120);
/// How long a server may take to end after SIGTERM.
pub const STOP: Duration = Duration::from_secs(10);

/// A command under way.
pub struct Process {
    /// Just before it was spawned.
    pub started: Instant,
    child: Child,
    group: ProcessGroup,
    last_words: LastWords,
    written: String,
}

/// A command that ended well.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Just before it was spawned.
    pub started: Instant,
    /// From before it was spawned to after it was waited for.
    pub took: Duration,
    /// What it printed.
    pub stdout: Vec<u8>,
}

impl Process {
    /// Spawns it; what it prints goes to `stdout`, what it complains of is kept.
    ///
    /// # Errors
    ///
    /// When it cannot be spawned.
    pub fn spawn(line: &CommandLine, stdout: Stdio) -> Result<Self, Why> {
        let mut command = line.command();
        command.stdout(stdout).stderr(Stdio::piped());
        let started = Instant::now();
        let spawned = command.spawn();
        let mut child = spawned.map_err(|e| format!("`{}` cannot be started: {e}", line.written()))?;
        let group = ProcessGroup::of(&child);
        let last_words = LastWords::of(child.stderr.take());
        Ok(Self { started, child, group, last_words, written: line.written() })
    }

    /// Its process, unless it has ended.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until it prints where it serves, or prints nothing more; reads on what it prints then. Once, and only where
    /// that is piped.
    pub async fn serves(&mut self) -> Option<Url> {
        let mut stdout = self.child.stdout.take()?;
        let address = serving_address(&mut stdout).await;
        last_words::ignore(stdout);
        address
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Lets it finish, for a while, and then ends it with all that it has started.
    pub async fn stop(self) {
        self.stop_within(STOP).await;
    }

    /// Lets it finish for that long, and then ends it with all that it has started. Whether it ended by itself.
    pub async fn stop_within(mut self, grace: Duration) -> bool {
        self.group.signal(Signal::TERM);
        tokio::time::timeout(grace, self.child.wait()).await.is_ok()
    }

    /// What went wrong with it, with its own last words, if it had any.
    pub async fn failed(self, how: &str) -> Why {
        let failed = format!("`{}` {how}", self.written);
        self.last_words().await.map_or(failed.clone(), |words| format!("{failed}: {words}"))
    }

    /// Ends it, and tells what it complained of last, if it did.
    pub async fn last_words(self) -> Option<String> {
        let Self { group, last_words, .. } = self;
        // Whoever still holds its standard error is not waited for.
        drop(group);
        last_words.told().await
    }
}

/// Runs a command to its end.
///
/// # Errors
///
/// When it cannot be started, takes too long, or ends badly.
pub async fn run(line: &CommandLine, limit: Duration) -> Result<Ended, Why> {
    let mut process = Process::spawn(line, Stdio::piped())?;
    let mut stdout = Vec::new();
    let mut pipe = process.child.stdout.take();
    let reading = async {
        if let Some(pipe) = &mut pipe {
            let _ = pipe.read_to_end(&mut stdout).await;
        }
    };
    let waiting = async {
        let status = process.child.wait().await;
        (status, Instant::now())
    };
    let ended = tokio::time::timeout(limit, async { tokio::join!(waiting, reading).0 }).await;
    match ended {
        Ok((Ok(status), at)) if status.success() => Ok(Ended {
            started: process.started,
            took: at.saturating_duration_since(process.started),
            stdout,
        }),
        Ok((Ok(status), _)) => Err(process.failed(&format!("ended with {status}")).await),
        Ok((Err(e), _)) => Err(process.failed(&format!("cannot be waited for ({e})")).await),
        Err(_) => Err(process.failed(&format!("took longer than {} s", limit.as_secs())).await),
    }
}

/// The first line that a program prints, like its version.
///
/// # Errors
///
/// When it cannot be started, prints nothing, or does not end well and soon.
pub async fn first_line(program: &str, args: &[&str]) -> Result<String, Why> {
    let line = CommandLine::new(program).args(args);
    let ended = run(&line, Duration::from_secs(10)).await?;
    let first = ended.stdout.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match plain_output::line(first).trim() {
        "" => Err(format!("`{}` printed nothing", line.written())),
        first => Ok(first.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> CommandLine {
        CommandLine::new("sh").args(["-c", script])
    }

    #[tokio::test]
    async fn a_command_is_timed_to_its_end_and_its_output_kept() {
        let ended = run(&sh("echo $WHAT").env("WHAT", "that"), LIMIT).await.unwrap();
        assert_eq!(ended.stdout, b"that\n");
        assert!(ended.took > Duration::ZERO);
    }

    #[tokio::test]
    async fn what_the_application_looks_at_is_not_inherited() {
        let inherited = std::env::var("PATH").unwrap();
        let ended = run(&sh("echo ${MODE-none} $PATH"), LIMIT).await.unwrap();
        assert_eq!(String::from_utf8(ended.stdout).unwrap(), format!("none {inherited}\n"));
    }

    #[tokio::test]
    async fn a_command_that_fails_is_told_with_its_last_words() {
        let why = run(&sh("echo too bad >&2; exit 3"), LIMIT).await.unwrap_err();
        assert!(why.contains("exit status: 3: too bad"), "{why}");
        let why = run(&sh("exit 3"), LIMIT).await.unwrap_err();
        assert!(why.ends_with("exit status: 3"), "{why}");
        let why = run(&CommandLine::new("no-such-program"), LIMIT).await.unwrap_err();
        assert!(why.contains("no-such-program") && why.contains("cannot be started"), "{why}");
    }

    #[tokio::test]
    async fn a_command_that_does_not_end_is_ended() {
        let why = run(&sh("sleep 1000 & sleep 1000"), Duration::from_millis(50)).await.unwrap_err();
        assert!(why.contains("took longer"), "{why}");
    }
}
