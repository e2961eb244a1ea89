//! Many requests at once.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::parse::{count, rate, time};
use super::{OUTPUT, ReportTo, RequestArgs};
use crate::plan::MAX_SEED;

/// Ask one URL many times at once.
///
/// With -q an open loop: requests are due at fixed times, whatever the answers do, and latency counts from when each was
/// due. Without it a closed loop, whose service time hides what a stall of the target held back.
#[derive(Debug, Args)]
#[command(next_help_heading = "Load")]
pub struct LoadArgs {
    /// Ask this URL [default: $SPIN_URL]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Connections, and so the most requests in flight
    #[arg(short = 'c', long = "connections", value_name = "N", default_value_t = 50, value_parser = count::<usize>)]
    pub connections: usize,
    /// For this long, like 10s or 1m; of a ramp, all steps together [default: 10s; 30s of a ramp]
    #[arg(short = 'z', long = "duration", value_name = "TIME", value_parser = time)]
    pub duration: Option<Duration>,
    /// This many requests, instead of -z
    #[arg(short = 'n', long = "number", value_name = "N", value_parser = count::<u64>)]
    pub requests: Option<u64>,
    /// Requests a second, over all connections
    #[arg(short = 'q', long = "rate", value_name = "RATE", allow_negative_numbers = true, value_parser = rate)]
    pub rate: Option<f64>,
    /// Rates from A to B in ten steps: finds the highest that the target sustains
    #[arg(long, value_name = "A..B")]
    pub ramp: Option<String>,
    /// What is sent, and how it gets there.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportTo,
    /// Write every request into this file as it is over, one JSON object a line; - is standard output
    ///
    /// An earlier file is replaced, unless it is of a measurement that did not end.
    #[arg(long, value_name = "FILE.ndjson", help_heading = OUTPUT)]
    pub samples: Option<PathBuf>,
    /// Seed of the resampling for intervals [default: drawn, and reported]
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=MAX_SEED))]
    pub seed: Option<u64>,
    /// No progress
    #[arg(long, help_heading = OUTPUT)]
    pub quiet: bool,
}
