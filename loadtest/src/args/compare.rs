//! Measuring several targets in turn.

use clap::Args;

use super::parse::absolute_path;
use super::{CommonArgs, HostArg};

/// Measure several targets in turn.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// What to compare, at least two, each under a name for the report
    ///
    /// NAME=URL: a server that runs already. NAME=COMMAND: a server that is started afresh in every round; {port} in its words,
    /// and PORT in its environment, is a free port. NAME=SPIN_TOML: what a manifest serves, started afresh too.
    /// NAME=FILE.ndjson: samples that were saved; then all are.
    #[arg(value_name = "NAME=TARGET", required = true, num_args = 2..)]
    pub targets: Vec<String>,
    /// Ask what is started for this path [default: /]
    #[arg(long, value_name = "PATH", value_parser = absolute_path)]
    pub path: Option<String>,
    /// What serves a manifest: `spin up`, or the embedded host [default: spin if it is on the PATH]
    #[arg(long, value_enum)]
    pub host: Option<HostArg>,
    /// Run this in a shell once before everything
    #[arg(long, value_name = "COMMAND")]
    pub setup: Option<String>,
    /// Run this in a shell before each start of a server; it is not timed
    #[arg(long, value_name = "COMMAND")]
    pub prepare: Option<String>,
    /// Run this in a shell once after everything
    #[arg(long, value_name = "COMMAND")]
    pub cleanup: Option<String>,
    /// How each request and phase is done.
    #[command(flatten)]
    pub common: CommonArgs,
}
