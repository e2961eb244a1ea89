//! A server that is started for a measurement: how it is started, found ready, weighed, and stopped with all that it started.
//!
//! [`start`] runs what a [`Serve`] says, and gives the [`process`](process::Process) with the sample of its first correct
//! answer; [`memory`] weighs it.

pub mod announcement;
pub mod command;
pub mod command_line;
pub mod last_words;
pub mod memory;
mod patience;
pub mod port;
pub mod process;
pub mod resident;
pub mod shell;
mod starting;

use std::path::PathBuf;
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

/// The processes that serve.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Each process without which no request would be answered, and with it all its descendants.
    pub roots: Vec<u32>,
    /// The directory under `/sys/fs/cgroup` of what serves, where it has one of its own.
    pub cgroup: Option<PathBuf>,
    /// What is in the figure, or is not, that is not obvious: "with the shim", "without dockerd".
    pub note: Option<String>,
}

impl Served {
    /// A process and its descendants.
    pub fn tree(root: u32) -> Self {
        Self { roots: vec![root], ..Self::default() }
    }
}
