//! Measuring a URL, or this directory.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CommonArgs, PathBelow};

/// What and how to measure.
#[derive(Debug, Args)]
#[command(next_help_heading = "What to measure")]
pub struct MeasureArgs {
    /// Measure this URL [default: $SPIN_URL, if it is set]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Build, serve and measure what is here, even where SPIN_URL is set
    #[arg(long, conflicts_with_all = ["course", "url"])]
    pub local: bool,
    /// The lab's own loop: 5 cold, 5 s apart; 5 warm, 1 s apart; at the URL if there is one, and 5 + 5 here, all of the same path
    #[arg(long, conflicts_with_all = ["samples_per_phase", "interval", "idle", "cold", "warm"])]
    pub course: bool,
    /// Serve this manifest here, instead of ./spin.toml and ./spin-p3.toml; may be repeated
    #[arg(long = "from", value_name = "SPIN_TOML")]
    pub manifests: Vec<PathBuf>,
    /// Where to ask what is served here.
    #[command(flatten)]
    pub path: PathBelow,
    /// What serves here: `spin up`, or the embedded host [default: spin if it is on the PATH]
    #[arg(long, value_enum)]
    pub host: Option<HostArg>,
    /// How each request and phase is done.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// What serves a manifest here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HostArg {
    /// `spin up`
    Spin,
    /// This program's own host
    Embedded,
}
