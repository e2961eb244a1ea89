//! The command line: clap types only.

use std::ffi::OsString;
use std::ops::Deref;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use reqwest::header::HeaderName;
use serde::{Deserialize, Serialize};

use crate::plan::MAX_SEED;
use crate::reach::ConnectTo;
use crate::until::Until;

/// Heading of what says where results go.
const OUTPUT: &str = "Output";

/// Measures start-up, cold and warm latency over HTTP, and proves which requests were cold.
///
/// Without a URL it builds and serves ./spin.toml and ./spin-p3.toml and compares their packagings.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  loadtest --url https://example.org/ --cold -n 30
  loadtest compare here=http://127.0.0.1:3000/ there=https://example.org/
  loadtest load --url https://example.org/ -c 50 -z 10s -q 2000
  loadtest deploy --to cloud
  loadtest --local -o report.md
  loadtest --url https://example.org/ --samples - | jq 'select(.phase).outcome'
  loadtest --url https://example.org/ --samples x.ndjson --resume
  loadtest report x.ndjson -o report.md
  loadtest --url https://example.org/ --cold --fail-if 'p50>50ms'

Exit: 0 fine; 1 a --fail-if holds; 2 wrong usage or configuration, or a file that cannot be written; 3 the target \
gave no usable answer; 4 the samples do not decide a --fail-if; 130 interrupted, with everything measured so far \
reported. Where several are true: 130, then 3, 1, 4.")]
pub struct Cli {
    /// Something else than measuring.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What and how to measure.
    #[command(flatten)]
    pub measure: MeasureArgs,
}

/// Something else than measuring one URL or this directory.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure several URLs in turn, and compare each with those before it
    Compare(Box<CompareArgs>),
    /// Deploy what is here with a plugin of Spin, time that, and measure it there
    Deploy(Box<DeployArgs>),
    /// Ask one URL many times at once: at a rate with -q, else as fast as it answers
    Load(Box<LoadArgs>),
    /// Report again what was measured: from files of samples, merged if they are several
    Report(ReportArgs),
    /// Pack what is here as a container image, without Docker
    #[cfg(feature = "serve")]
    Image(ImageArgs),
    /// Build, start and measure every packaging that this machine can run, in one table
    #[cfg(feature = "serve")]
    Matrix(MatrixArgs),
    /// Serve a spin.toml, as `spin up` does, without Spin
    #[cfg(feature = "serve")]
    Serve(ServeArgs),
    /// Clean up after the process that starts this one, when it has ended
    #[command(hide = true)]
    Warden(WardenArgs),
}

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
    /// The lab's own loop: 5 cold, 5 s apart; 5 warm, 1 s apart; at the URL if there is one, and 5 + 5 here
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

/// Where to ask what is served here; knows whether it was given.
#[derive(Debug, Args)]
pub struct PathBelow {
    /// Ask for this path below each route of what is served here [default: /api/time]
    #[arg(id = "path", long = "path", value_name = "PATH", value_parser = absolute_path)]
    pub given: Option<String>,
}

impl Deref for PathBelow {
    type Target = str;

    fn deref(&self) -> &str {
        self.given.as_deref().unwrap_or("/api/time")
    }
}

/// What serves a manifest here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HostArg {
    /// `spin up`
    Spin,
    /// This program's own host
    Embedded,
}

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

/// Deploy what is here with a plugin of Spin, time that, and measure it there.
///
/// Runs `spin cloud deploy` or `spin aka deploy`, which must be installed and logged in to. Each route that it prints is
/// measured, cold and warm, as soon as the new version answers.
#[derive(Debug, Args)]
#[command(next_help_heading = "Deployment")]
pub struct DeployArgs {
    /// Where to
    #[arg(long, value_enum, value_name = "PLUGIN")]
    pub to: Platform,
    /// Deploy this manifest [default: ./spin.toml]
    #[arg(short = 'f', long = "from", value_name = "SPIN_TOML")]
    pub manifest: Option<PathBuf>,
    /// Where to ask what is deployed.
    #[command(flatten)]
    pub path: PathBelow,
    /// Only print the command that would be run
    #[arg(long)]
    pub dry_run: bool,
    /// Where the version is that this one replaces: asked before, so that the two can be told apart [default: $SPIN_URL]
    #[arg(long, value_name = "URL")]
    pub replaces: Option<String>,
    /// How long the command may take
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = humantime::parse_duration)]
    pub deploy_timeout: Duration,
    /// How long the new version may take to answer after that
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = humantime::parse_duration)]
    pub ready_timeout: Duration,
    /// How each request and phase is done.
    #[command(flatten)]
    pub common: CommonArgs,
    /// Passed on to the plugin, after --
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub passed_on: Vec<OsString>,
}

/// Where to deploy: by the name of Spin's plugin for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Fermyon Cloud
    Cloud,
    /// Akamai Functions
    Aka,
}

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
    #[arg(short = 'c', long = "connections", value_name = "N", default_value_t = 50)]
    pub connections: usize,
    /// For this long, like 10s or 1m; of a ramp, all steps together [default: 10s; 30s of a ramp]
    #[arg(short = 'z', long = "duration", value_name = "TIME", value_parser = humantime::parse_duration)]
    pub duration: Option<Duration>,
    /// This many requests, instead of -z
    #[arg(short = 'n', long = "number", value_name = "N")]
    pub requests: Option<u64>,
    /// Requests a second, over all connections
    #[arg(short = 'q', long = "rate", value_name = "RATE", allow_negative_numbers = true)]
    pub rate: Option<f64>,
    /// Rates from A to B in ten steps: finds the highest that the target keeps up with
    #[arg(long, value_name = "A..B")]
    pub ramp: Option<String>,
    /// What is sent, and how it gets there.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportTo,
    /// Write every request into this file as it is over, one JSON object a line; - is standard output
    #[arg(long, value_name = "FILE.ndjson", help_heading = OUTPUT)]
    pub samples: Option<PathBuf>,
    /// Seed of the resampling for intervals [default: drawn, and reported]
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=MAX_SEED))]
    pub seed: Option<u64>,
    /// No progress
    #[arg(long, help_heading = OUTPUT)]
    pub quiet: bool,
}

/// Build, start and measure every packaging that this machine can run, in one table.
///
/// What it cannot run is listed with what to install. With fewer than 20 rounds, medians are withheld.
#[cfg(feature = "serve")]
#[derive(Debug, Args)]
#[command(next_help_heading = "What to measure")]
pub struct MatrixArgs {
    /// Only packagings whose name has this in it, like spin or native; may be repeated
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// No packagings whose name has this in it; may be repeated
    #[arg(long, value_name = "NAME")]
    pub skip: Vec<String>,
    /// Something that is served already, like a cloud; may be repeated
    #[arg(long = "url", value_name = "NAME=URL")]
    pub urls: Vec<String>,
    /// Package this manifest's application, instead of ./spin.toml and ./spin-p3.toml; may be repeated
    #[arg(long = "from", value_name = "SPIN_TOML")]
    pub manifests: Vec<PathBuf>,
    /// Ask for this path below each route
    #[arg(long, value_name = "PATH", default_value = "/api/time", value_parser = absolute_path)]
    pub path: String,
    /// Rounds: in each, every packaging runs once, is started, loaded and stopped, and asked once cold, 50 times warm
    /// [default: 20]
    #[arg(short = 'n', long = "number", value_name = "N", help_heading = "How to measure")]
    pub rounds: Option<u32>,
    /// Ask for this long as fast as it answers, in each round
    #[arg(short = 'z', long = "duration", value_name = "TIME", default_value = "300ms",
        value_parser = humantime::parse_duration, help_heading = "How to measure")]
    pub burst: Duration,
    /// Over this many connections
    #[arg(
        short = 'c',
        long = "connections",
        value_name = "N",
        default_value_t = 8,
        help_heading = "How to measure"
    )]
    pub connections: usize,
    /// Idle wait before each cold request, to outlast the host's reuse of instances
    #[arg(long, value_name = "TIME", default_value = "1500ms", value_parser = humantime::parse_duration,
        help_heading = "How to measure")]
    pub idle: Duration,
    /// Seed of every random choice: the order of packagings, the resampling [default: drawn, and reported]
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=MAX_SEED), help_heading = "How to measure")]
    pub seed: Option<u64>,
    /// What is sent, and how it gets there.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportTo,
    /// No progress
    #[arg(long, help_heading = OUTPUT)]
    pub quiet: bool,
}

/// What is sent, and how it gets there.
#[derive(Debug, Args)]
pub struct RequestArgs {
    /// Request header, like 'Authorization: Bearer …'; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// Request method
    #[arg(short = 'm', long, default_value = "GET")]
    pub method: String,
    /// Time-out of a whole request
    #[arg(short = 't', long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    pub timeout: Duration,
    /// Do not check certificates
    #[arg(short = 'k', long)]
    pub insecure: bool,
    /// Connect to the second address for what would go to the first, as curl does; may be repeated
    #[arg(long, value_name = "HOST:PORT:HOST:PORT")]
    pub connect_to: Vec<ConnectTo>,
}

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
    #[arg(short = 'n', long = "number", value_name = "N")]
    pub samples_per_phase: Option<usize>,
    /// End a phase as soon as the 95% interval of every target is so tight, like p50±2%; -n is the cap then
    /// [its default: 200, but 100000 warm]
    #[arg(long, value_name = "p50±2%")]
    pub until: Option<Until>,
    /// Idle wait before each cold request, to outlast the host's reuse of instances [default: 1500ms]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub idle: Option<Duration>,
    /// At least this long from one request to the next, like 100ms or 1s [default: 0s]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
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
    /// Seed of every random choice: the order of targets, the resampling [default: drawn, and reported]
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=MAX_SEED))]
    pub seed: Option<u64>,
    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportTo,
    /// Write every sample into this file as it comes, one JSON object a line; - is standard output
    ///
    /// Samples share standard output with nothing: with -, the report is printed on standard error.
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

/// Where the report goes, and as what.
#[derive(Debug, Args)]
pub struct ReportTo {
    /// Write the report into this file, and print it as text besides; - only prints it
    #[arg(short = 'o', long, value_name = "FILE", help_heading = OUTPUT)]
    pub output: Option<PathBuf>,
    /// Format of the report [default: by the file's ending, .txt, .md, .json, .html, .csv, .svg or .png; else text]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = OUTPUT)]
    pub output_format: Option<Format>,
    /// Which plot an .svg or .png is [default: percentiles; all of a matrix]
    #[arg(long, value_enum, value_name = "KIND", help_heading = OUTPUT)]
    pub plot_kind: Option<PlotKind>,
    /// Add the report to the summary of the job, in GitHub Actions: to the file that $GITHUB_STEP_SUMMARY names
    #[arg(long, help_heading = OUTPUT)]
    pub github: bool,
    /// Draw how the times are spread, as histograms below the tables of the report as text
    #[arg(long, help_heading = OUTPUT)]
    pub plot: bool,
    /// Fail, with exit code 1, if this holds by its whole 95 % interval; may be repeated
    ///
    /// TARGET.PHASE.METRIC>TIME, where what is only one may be left out, like 'cold.p99>50ms' or 'mean<1us': phases are startup, cold, warm and load; metrics
    /// p50, p90, p95, p99, p999 and mean; or 'warm.failures>1%', the share of requests that failed. Or 'slower-than(OLD.ndjson)', by the medians of samples that were saved, with a
    /// margin if it is written 'slower-than(OLD.ndjson, 5%)'. Where the interval holds the limit, or the samples are too
    /// few for one, it is undecided: exit code 4.
    #[arg(long, value_name = "GATE", help_heading = OUTPUT)]
    pub fail_if: Vec<String>,
}

/// Render what was measured.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Files of samples, several of one measurement as one; or one report in JSON, also of a matrix
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
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
    /// Every sample, a row each
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

/// What a plot shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PlotKind {
    /// How the medians compare
    Ratios,
    /// Percentile curves, with the tail drawn out
    #[default]
    Percentiles,
    /// Every sample, with the interval of the median
    Samples,
    /// Samples over time, by which instance answered; of a load, percentiles over time
    Time,
    /// What a request consists of
    Phases,
    /// Of a matrix: how large programs and images are
    #[cfg(feature = "serve")]
    Sizes,
    /// Of a matrix: how long a start takes
    #[cfg(feature = "serve")]
    Start,
    /// Of a matrix: what a start consists of
    #[cfg(feature = "serve")]
    Parts,
    /// Of a matrix: what serving takes of memory
    #[cfg(feature = "serve")]
    Memory,
}

impl PlotKind {
    /// Those of requests, in the order in which they are read.
    pub const ALL: [Self; 5] = [Self::Ratios, Self::Percentiles, Self::Samples, Self::Time, Self::Phases];

    /// As `--plot-kind` has it.
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// What it shows, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ratios => "How the medians compare",
            Self::Percentiles => "Percentiles",
            Self::Samples => "Every sample that counts",
            Self::Time => "Over time",
            Self::Phases => "What a request consists of",
            #[cfg(feature = "serve")]
            Self::Sizes => "Sizes",
            #[cfg(feature = "serve")]
            Self::Start => "How long a start takes",
            #[cfg(feature = "serve")]
            Self::Parts => "What a start consists of",
            #[cfg(feature = "serve")]
            Self::Memory => "Memory of what serves",
        }
    }

    /// Whether it is of packagings, not of requests.
    pub fn is_of_matrix(self) -> bool {
        !Self::ALL.contains(&self)
    }
}

/// Pack what is here as a container image.
///
/// The archive is an OCI layout, and what `docker save` writes as well: `docker load -i FILE.tar`, or `ctr images import
/// FILE.tar` (with --platform=wasi/wasm for Wasm). The same program gives the same archive, byte for byte.
#[cfg(feature = "serve")]
#[derive(Debug, Args)]
pub struct ImageArgs {
    /// What the image holds
    #[arg(long, value_enum)]
    pub kind: ImageKind,
    /// Write the archive into this file
    #[arg(short = 'o', long, value_name = "FILE.tar")]
    pub output: PathBuf,
    /// Name of the image [default: the application's name, with the kind as its tag]
    #[arg(short = 't', long, value_name = "NAME:TAG")]
    pub tag: Option<String>,
    /// Manifest that says how the components are built
    #[arg(short = 'f', long = "from", value_name = "SPIN_TOML", default_value = "spin.toml")]
    pub manifest: PathBuf,
}

/// What an image holds.
#[cfg(feature = "serve")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImageKind {
    /// The program for Linux, static: server and command
    Native,
    /// The WAGI module: a command (MODE=once)
    Wasm,
    /// The preview 2 component, served over HTTP by the runtime
    WasmHttp,
}

/// Serve a spin.toml.
#[cfg(feature = "serve")]
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Manifest to serve
    #[arg(short = 'f', long = "from", value_name = "SPIN_TOML", default_value = "spin.toml")]
    pub manifest: PathBuf,
    /// Serve this component alone; may be repeated [default: all that have a route]
    #[arg(short = 'c', long = "component-id", value_name = "ID")]
    pub components: Vec<String>,
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3000", env = "SPIN_HTTP_LISTEN_ADDR")]
    pub listen: String,
    /// Spin's runtime configuration; of its keys, max_instance_memory counts here
    #[arg(long, value_name = "FILE")]
    pub runtime_config_file: Option<PathBuf>,
    /// How many requests an instance may answer (preview 3)
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = at_least_one)]
    pub max_instance_reuse_count: usize,
    /// How many requests an instance may answer at the same time (preview 3)
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = at_least_one)]
    pub max_instance_concurrent_reuse_count: usize,
    /// How long an idle instance is kept for the next request (preview 3)
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = humantime::parse_duration)]
    pub idle_instance_timeout: Duration,
    /// How long an answer may take; a request that takes longer is answered with 504
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    pub request_timeout: Duration,
    /// Longest request body, in bytes; a longer one is answered with 413
    #[arg(long, value_name = "BYTES", default_value_t = 10 << 20)]
    pub max_body_size: usize,
    /// Compile at every start, and keep no compiled code
    #[arg(long)]
    pub disable_cache: bool,
    /// Stop when standard input closes: ends with the program that started it, however that ends
    #[arg(long, hide = true)]
    pub until_stdin_closes: bool,
}

/// Whose warden it is.
#[derive(Debug, Args)]
pub struct WardenArgs {
    /// What the names begin with that the process gives
    pub owner: String,
}

fn absolute_path(text: &str) -> Result<String, String> {
    if text.starts_with('/') { Ok(text.into()) } else { Err("a path begins with a slash".into()) }
}

#[cfg(feature = "serve")]
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".into()),
        Ok(n) => Ok(n),
        Err(e) => Err(format!("{e}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
