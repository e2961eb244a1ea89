//! Measuring several URLs in turn.

use clap::Args;

use super::CommonArgs;

/// Measure several URLs in turn.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// What to compare, at least two; the name is for the report; or NAME=FILE.ndjson, of samples that were saved
    #[arg(value_name = "NAME=URL", required = true, num_args = 2..)]
    pub targets: Vec<String>,
    /// How each request and phase is done.
    #[command(flatten)]
    pub common: CommonArgs,
}
