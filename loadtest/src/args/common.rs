//! How each request and phase is done.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use http::header::HeaderName;

use super::parse::{count, time};
use super::{OUTPUT, ReportTo, RequestArgs};
use crate::margin::Margin;
use crate::plan::MAX_SEED;
use crate::until::Until;

/// How each request and phase is done.
#[derive(Debug, Args)]
#[command(next_help_heading = "How to measure")]
pub struct CommonArgs {
    /// Only cold requests: each on a new connection, after an idle wait, past every cache
    #[arg(long)]
    pub cold: bool,
    /// Only warm requests: one after the other on one connection
    #[arg(long)]
    pub warm: bool,
    /// Samples of each phase of each target [default: 20, but 1000 warm]
    #[arg(short = 'n', long = "number", value_name = "N", value_parser = count::<usize>)]
    pub samples_per_phase: Option<usize>,
    /// End a phase as soon as the 95% interval of every target is so tight, like p50±2%; -n is the cap then
    /// [its default: 200, but 100000 warm]
    #[arg(long, value_name = "p50±2%")]
    pub until: Option<Until>,
    /// Idle wait before each cold request, to outlast the host's reuse of instances [default: 1500ms]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub idle: Option<Duration>,
    /// At least this long from one request to the next, like 100ms or 1s [default: 0s]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub interval: Option<Duration>,
    /// What is sent, and how it gets there.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Header of the answer that names the instance, where it is not in Server-Timing
    #[arg(long, value_name = "NAME")]
    pub instance_header: Option<HeaderName>,
    /// Header of the answer that counts what the instance has answered, this answer included
    #[arg(long, value_name = "NAME")]
    pub served_header: Option<HeaderName>,
    /// Medians whose ratio lies within this, by its whole 95 % interval, are called the same [default: 2%]
    #[arg(long, value_name = "PERCENT")]
    pub margin: Option<Margin>,
    /// Seed of every random choice: the order of targets, the resampling [default: drawn, and reported]
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=MAX_SEED))]
    pub seed: Option<u64>,
    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportTo,
    /// Write every sample into this file as it comes, one JSON object a line; - is standard output
    ///
    /// Samples share standard output with nothing: with -, the report is printed on standard error. An
    /// earlier file is replaced, unless it is of a measurement that did not end.
    #[arg(long, value_name = "FILE.ndjson", help_heading = OUTPUT)]
    pub samples: Option<PathBuf>,
    /// Go on with the measurement that the file of samples is of, where it was interrupted or killed
    ///
    /// Rounds that are complete there are kept, the others measured. A file that is not there is begun.
    #[arg(long, requires = "samples", help_heading = OUTPUT)]
    pub resume: bool,
    /// No progress
    #[arg(long, help_heading = OUTPUT)]
    pub quiet: bool,
}
