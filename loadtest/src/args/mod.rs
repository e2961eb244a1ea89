//! The command line: clap types only, a file a command, and what several of them take in files of their own.

mod common;
mod compare;
mod deploy;
#[cfg(feature = "serve")]
mod image;
mod load;
#[cfg(feature = "serve")]
mod matrix;
mod measure;
mod parse;
mod plot;
mod report;
mod request;
#[cfg(feature = "serve")]
mod serve;

use clap::{Args, Parser, Subcommand};

pub use common::CommonArgs;
pub use compare::CompareArgs;
pub use deploy::{DeployArgs, Platform};
#[cfg(feature = "serve")]
pub use image::{ImageArgs, ImageKind};
pub use load::LoadArgs;
#[cfg(feature = "serve")]
pub use matrix::MatrixArgs;
pub use measure::{HostArg, MeasureArgs};
pub use plot::PlotKind;
pub use report::{Format, ReportArgs, ReportTo};
pub use request::{PathBelow, RequestArgs};
#[cfg(feature = "serve")]
pub use serve::ServeArgs;

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
  loadtest compare old='./server-old --port {port}' new='./server-new --port {port}'
  loadtest load --url https://example.org/ -c 50 -z 10s -q 2000
  loadtest deploy --to cloud
  loadtest --local -o report.md
  loadtest --url https://example.org/ --samples - | jq 'select(.phase).outcome'
  loadtest --url https://example.org/ --samples x.ndjson --resume
  loadtest report x.ndjson -o report.md
  loadtest --url https://example.org/ --cold --fail-if 'p50>50ms'

Exit: 0 fine; 1 a --fail-if holds; 2 wrong usage or configuration, a --fail-if that nothing could decide, or a file \
that cannot be written; 3 the target gave no usable answer; 4 the samples do not decide a --fail-if; 130 interrupted, \
with everything measured so far reported. Where several are true: 130, then 3, 1, 4.")]
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
    /// Measure URLs, commands that serve, and manifests in turn, and compare each with those before it
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

impl Command {
    /// Whether the embedded host runs in this process.
    pub fn serves(&self) -> bool {
        #[cfg(feature = "serve")]
        return matches!(self, Self::Serve(_));
        #[cfg(not(feature = "serve"))]
        return false;
    }
}

/// Whose warden it is.
#[derive(Debug, Args)]
pub struct WardenArgs {
    /// What the names begin with that the process gives
    pub owner: String,
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
