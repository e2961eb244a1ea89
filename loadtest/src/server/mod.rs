//! A server that is started for a measurement: how it is started, found ready, weighed, and stopped with all that it started.
//!
//! [`start`] runs what a [`Serve`] says, and gives the [`process`](process::Process) with the sample of its first correct
//! answer; [`resident`] weighs it.

pub mod announcement;
pub mod command;
pub mod command_line;
pub mod last_words;
mod patience;
pub mod port;
pub mod process;
pub mod resident;
pub mod shell;
mod starting;

use std::time::Duration;

pub use starting::{Failed, start};

use command_line::CommandLine;

/// How long a server may take to its first answer: `spin up` compiles first, and a large application takes its time.
pub const START: Duration = Duration::from_secs(120);

/// Why something cannot be known or done, in words for the report, without a full stop.
pub type Why = String;

/// What serves, and where.
#[derive(Clone, Debug)]
pub struct Serve {
    /// Runs in the foreground until it is ended: first by SIGTERM to its process group, later by SIGKILL.
    pub command: CommandLine,
    /// Where it is asked. Of [`Ready::SaysWhere`], only the path counts.
    pub url: String,
    /// When it may be asked.
    pub ready: Ready,
    /// How long its first correct answer may take.
    pub within: Duration,
}

/// When a server that was started may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// It is asked until it answers.
    Answers,
    /// It prints that it serves, and is not asked before: being asked too early would make it late.
    Says,
    /// It prints where it serves, and is asked there.
    SaysWhere,
}
