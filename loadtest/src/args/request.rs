//! What is sent, where to, and how it gets there.

use std::ops::Deref;
use std::time::Duration;

use clap::Args;

use super::parse::{absolute_path, time};
use crate::expectation::Check;
use crate::reach::ConnectTo;

/// Where to ask what is served here; knows whether it was given.
#[derive(Clone, Debug, Args)]
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

/// What is sent, and how it gets there.
#[derive(Clone, Debug, Args)]
pub struct RequestArgs {
    /// Request header, like 'Authorization: Bearer …'; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// Request method
    #[arg(short = 'm', long, default_value = "GET")]
    pub method: String,
    /// Time-out of a whole request
    #[arg(short = 't', long, value_name = "TIME", default_value = "30s", value_parser = time)]
    pub timeout: Duration,
    /// What makes an answer right, besides being whole
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub check: Check,
    /// Count answers out of caches, to measure the caches; which instance answered is not looked at then
    #[arg(long)]
    pub allow_cached: bool,
    /// Do not add ?_cold=… to cold requests, for URLs that are signed or refuse what they do not know
    #[arg(long)]
    pub no_cache_buster: bool,
    /// Accept any certificate: of anyone, expired, of an old version; no signature is checked
    #[arg(short = 'k', long)]
    pub insecure: bool,
    /// Connect to the second address for what would go to the first, as curl does; may be repeated
    #[arg(long, value_name = "HOST:PORT:HOST:PORT")]
    pub connect_to: Vec<ConnectTo>,
}
