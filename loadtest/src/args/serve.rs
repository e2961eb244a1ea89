//! Serving here.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::parse::{at_least_one, count, time};

/// Serve a spin.toml.
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
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time)]
    pub idle_instance_timeout: Duration,
    /// How long an answer may take; a request that takes longer is answered with 504
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    pub request_timeout: Duration,
    /// Longest request body, in bytes; a longer one is answered with 413
    #[arg(long, value_name = "BYTES", default_value_t = 10 << 20, value_parser = count::<usize>)]
    pub max_body_size: usize,
    /// Compile at every start, and keep no compiled code
    #[arg(long)]
    pub disable_cache: bool,
    /// Stop when standard input closes: ends with the program that started it, however that ends
    #[arg(long, hide = true)]
    pub until_stdin_closes: bool,
}
