//! Deploying, and measuring what was deployed.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::parse::time;
use super::{CommonArgs, PathBelow};

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
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = time)]
    pub deploy_timeout: Duration,
    /// How long the new version may take to answer after that
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = time)]
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
