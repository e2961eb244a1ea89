//! Every packaging in one table.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::parse::{absolute_path, count, time};
use super::{CommonArgs, OUTPUT, ReportTo, RequestArgs};
use crate::margin::Margin;
use crate::plan::MAX_SEED;

/// Build, start and measure every packaging that this machine can run, in one table.
///
/// What it cannot run is listed with what to install.
#[derive(Debug, Args)]
#[command(next_help_heading = "What to measure")]
pub struct MatrixArgs {
    /// Only packagings whose name has this in it: spin is all of them under Spin, ctr all under ctr. May be
    /// repeated; what --url names is measured besides
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// No packagings whose name has this in it, as with --only; may be repeated
    #[arg(long, value_name = "NAME")]
    pub skip: Vec<String>,
    /// Something that is served already, like a cloud, whatever --only names; may be repeated
    #[arg(long = "url", value_name = "NAME=URL")]
    pub urls: Vec<String>,
    /// Package this manifest's application, instead of ./spin.toml and ./spin-p3.toml; may be repeated
    #[arg(long = "from", value_name = "SPIN_TOML")]
    pub manifests: Vec<PathBuf>,
    /// Ask for this path below each route
    #[arg(long, value_name = "PATH", default_value = "/api/time", value_parser = absolute_path)]
    pub path: String,
    /// Rounds: in each, every packaging runs once (MODE=once), is started, asked 20 times warm, loaded, asked cold and
    /// stopped. Fewer than 20 are not compared
    #[arg(short = 'n', long = "number", value_name = "N", value_parser = count::<usize>, default_value_t = 20,
        help_heading = "How to measure")]
    pub rounds: usize,
    /// Load each for this long as fast as it answers, in each round
    #[arg(short = 'z', long = "duration", value_name = "TIME", default_value = "300ms",
        value_parser = time, help_heading = "How to measure")]
    pub burst: Duration,
    /// Over this many connections
    #[arg(
        short = 'c',
        long = "connections",
        value_name = "N",
        default_value_t = 8,
        value_parser = count::<usize>,
        help_heading = "How to measure"
    )]
    pub connections: usize,
    /// Idle wait before each cold request, to outlast the host's reuse of instances
    #[arg(long, value_name = "TIME", default_value = "1500ms", value_parser = time,
        help_heading = "How to measure")]
    pub idle: Duration,
    /// Seed of every random choice: the order of packagings, the resampling [default: drawn, and reported]
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=MAX_SEED), help_heading = "How to measure")]
    pub seed: Option<u64>,
    /// Medians whose ratio lies within this, by its whole 95 % interval, are called the same [default: 2%]
    #[arg(long, value_name = "PERCENT", help_heading = "How to measure")]
    pub margin: Option<Margin>,
    /// What is sent, and how it gets there.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportTo,
    /// Write every sample into this file as it comes, one JSON object a line; - is standard output
    #[arg(long, value_name = "FILE.ndjson", help_heading = OUTPUT)]
    pub samples: Option<PathBuf>,
    /// No progress
    #[arg(long, help_heading = OUTPUT)]
    pub quiet: bool,
}

impl MatrixArgs {
    /// As any measurement has them.
    pub fn common(&self) -> CommonArgs {
        CommonArgs {
            cold: false,
            warm: false,
            samples_per_phase: Some(self.rounds),
            until: None,
            idle: Some(self.idle),
            interval: None,
            request: self.request.clone(),
            instance_header: None,
            served_header: None,
            margin: self.margin,
            seed: self.seed,
            report: self.report.clone(),
            samples: self.samples.clone(),
            resume: false,
            quiet: self.quiet,
        }
    }
}
