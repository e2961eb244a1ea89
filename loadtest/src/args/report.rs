//! Where a report goes, as what, and reporting again.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{OUTPUT, PlotKind};
use crate::margin::Margin;

/// Where the report goes, and as what.
#[derive(Clone, Debug, Args)]
pub struct ReportTo {
    /// Write the report into this file, and print it as text besides; - only prints it
    #[arg(short = 'o', long, value_name = "FILE", help_heading = OUTPUT)]
    pub output: Option<PathBuf>,
    /// Format of the report [default: by the file's ending, .txt, .md, .json, .html, .csv, .svg or .png; else text]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = OUTPUT)]
    pub output_format: Option<Format>,
    /// Which plot an .svg or .png is [default: percentiles]
    #[arg(long, value_enum, value_name = "KIND", help_heading = OUTPUT)]
    pub plot_kind: Option<PlotKind>,
    /// Add the report to the summary of the job, in GitHub Actions: to the file that $GITHUB_STEP_SUMMARY names
    #[arg(long, help_heading = OUTPUT)]
    pub github: bool,
    /// Print everything after the table: intervals, percentiles, p-values, all pairs and notes, as files have it
    #[arg(short = 'v', long, help_heading = OUTPUT)]
    pub verbose: bool,
    /// Fail, with exit code 1, if this holds by its whole 95 % interval; may be repeated
    ///
    /// TARGET.PHASE.METRIC>TIME, like 'cold.p99>50ms' or 'mean<1us'. Phases are startup, cold, warm and load; without one, it is
    /// held against every phase that can decide it. Metrics are p50, p90, p95, p99, p999 and mean.
    ///
    /// 'warm.failures>1%' is the share of requests that failed, those of warm-up included. 'slower-than(OLD.ndjson)'
    /// compares medians with samples that were saved; 'slower-than(OLD.ndjson, 5%)' has a margin.
    ///
    /// Where the interval holds the limit, it is undecided: exit code 4. What nothing could decide, like p99 with -n 5, is
    /// refused: exit code 2.
    #[arg(long, value_name = "GATE", help_heading = OUTPUT)]
    pub fail_if: Vec<String>,
}

/// Render what was measured.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Files of samples, several of one measurement as one; or one report in JSON. Pipes, - and gzip are read too
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Medians whose ratio lies within this, by its whole 95 % interval, are called the same [default: as it was measured]
    #[arg(long, value_name = "PERCENT")]
    pub margin: Option<Margin>,
    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportTo,
}

/// Format of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// For programs
    Json,
    /// For a README or an issue
    Markdown,
    /// A page with plots, in one file
    Html,
    /// Every sample, a row each; of a load, every part of it
    Csv,
    /// A plot, for a README
    Svg,
    /// The same, for a slide
    #[cfg(feature = "png")]
    Png,
}

impl Format {
    /// Whether it is made of samples alone.
    pub fn needs_samples(self) -> bool {
        self == Self::Csv
    }
}
