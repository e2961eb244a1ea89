//! Runs the command, and stamps what it prints as it comes.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::command::SpinCommand;
use super::failure;
use super::transcript::{Line, Transcript};
use crate::error::Error;
use crate::output;
use crate::process_group::ProcessGroup;
use crate::warden::Warden;

const STOP: Duration = Duration::from_secs(5);
/// How long what it said is waited for once it has ended: another process may hold its pipes.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub struct Deployed {
    pub started: std::time::Instant,
    pub took: Duration,
    pub lines: Vec<Line>,
}

struct Pipes<O, E> {
    stdout: (O, Transcript),
    stderr: (E, Transcript),
    started: Instant,
    /// Whether a person sees it too.
    shown: bool,
}

/// Runs it to its end.
///
/// # Errors
///
/// When it cannot be started, fails, wants the user to log in, takes longer than `limit`, or is cancelled.
pub async fn run(
    command: &SpinCommand,
    limit: Duration,
    shown: bool,
    cancel: &CancellationToken,
) -> Result<Deployed, Error> {
    let mut spin = command.command();
    spin.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    ProcessGroup::prepare(&mut spin);
    let _warden = Warden::stand_by().await;
    let started = Instant::now();
    let mut child = spin.spawn().map_err(|e| Error::Usage(format!("spin cannot be started: {e}")))?;
    // From here on, all that it starts ends with this value.
    let group = ProcessGroup::of(&child);
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Error::Usage("spin has no output".into()));
    };
    let mut pipes = Pipes {
        stdout: (stdout, Transcript::default()),
        stderr: (stderr, Transcript::default()),
        started,
        shown,
    };
    let ended = tokio::select! {
        ended = pipes.follow(async { child.wait().await.ok()?.code() }) => ended,
        () = tokio::time::sleep(limit) => Err(Stopped::Late),
        () = cancel.cancelled() => Err(Stopped::Cancelled),
    };
    let code = match ended {
        Ok((took, Some(0))) => {
            return Ok(Deployed {
                started: started.into_std(),
                took,
                lines: pipes.stdout.1.lines().to_vec(),
            });
        }
        Ok((_, code)) => code,
        Err(stopped) => {
            group.signal(Signal::TERM);
            let _ = tokio::time::timeout(STOP, child.wait()).await;
            return Err(stopped.told(command, limit));
        }
    };
    let lines: Vec<_> = pipes.stdout.1.lines().iter().chain(pipes.stderr.1.lines()).collect();
    Err(failure::explain(command, code, &lines))
}

enum Stopped {
    Late,
    Cancelled,
    AskedToLogIn,
}

impl Stopped {
    fn told(&self, command: &SpinCommand, limit: Duration) -> Error {
        match self {
            Self::Cancelled => Error::Interrupted,
            Self::AskedToLogIn => failure::not_logged_in(command),
            Self::Late => Error::Target(format!(
                "{} took longer than {} and was stopped, and what it did until then may be there; --deploy-timeout \
                 allows more time",
                command.own_words(),
                humantime::format_duration(limit)
            )),
        }
    }
}

impl<O: AsyncRead + Unpin, E: AsyncRead + Unpin> Pipes<O, E> {
    /// Until the command has ended, as `exit` tells with its code, and said all; how long it ran, and that code.
    async fn follow(
        &mut self,
        exit: impl Future<Output = Option<i32>>,
    ) -> Result<(Duration, Option<i32>), Stopped> {
        let (mut out, mut err) = (vec![0; 8192], vec![0; 8192]);
        let (mut out_open, mut err_open) = (true, true);
        let mut ended = None;
        let silence = tokio::time::sleep(Duration::MAX);
        tokio::pin!(silence, exit);
        while ended.is_none() || out_open || err_open {
            let started = self.started;
            tokio::select! {
                read = self.stdout.0.read(&mut out), if out_open => {
                    out_open = hear(&mut self.stdout.1, read, &out, started, self.shown)?;
                }
                read = self.stderr.0.read(&mut err), if err_open => {
                    err_open = hear(&mut self.stderr.1, read, &err, started, self.shown)?;
                }
                code = &mut exit, if ended.is_none() => {
                    ended = Some((started.elapsed(), code));
                    silence.as_mut().reset(Instant::now() + LAST_WORDS);
                }
                () = &mut silence => break,
            }
        }
        let (took, code) = ended.unwrap_or((self.started.elapsed(), None));
        self.stdout.1.end(took);
        self.stderr.1.end(took);
        Ok((took, code))
    }
}

/// Whether more may come.
fn hear(
    transcript: &mut Transcript,
    read: std::io::Result<usize>,
    buffer: &[u8],
    started: Instant,
    shown: bool,
) -> Result<bool, Stopped> {
    let at = started.elapsed();
    let Some(bytes) = read.ok().filter(|n| *n > 0).map(|n| &buffer[..n]) else { return Ok(false) };
    let known = transcript.lines().len();
    transcript.hear(at, bytes);
    if transcript.lines()[known..].iter().any(|line| failure::asks_to_log_in(&line.text)) {
        return Err(Stopped::AskedToLogIn);
    }
    if shown {
        output::pass_on(bytes);
    }
    Ok(true)
}
