//! Serving here.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::parse::{at_least_one, count, time};

/// Serve a spin.toml.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// What to serve: a spin.toml, a directory with one, or a .wasm file [default: the spin.toml here, or in the
    /// closest directory above within the Git repository]
    #[arg(short = 'f', long = "from", value_name = "SPIN_TOML")]
    pub manifest: Option<PathBuf>,
    /// Serve this component alone; may be repeated [default: all that have a route]
    #[arg(short = 'c', long = "component-id", value_name = "ID")]
    pub components: Vec<String>,
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3000", env = "SPIN_HTTP_LISTEN_ADDR")]
    pub listen: String,
    /// Value of an application variable; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub variable: Vec<(String, String)>,
    /// Spin's runtime configuration
    #[arg(long, value_name = "FILE")]
    pub runtime_config_file: Option<PathBuf>,
    /// Directory for what components print; empty: no files [default: .spin/logs beside the spin.toml]
    #[arg(long, value_name = "DIR")]
    pub log_dir: Option<PathBuf>,
    /// Most requests that an instance answers (preview 3)
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = at_least_one)]
    pub max_instance_reuse_count: usize,
    /// Most requests that an instance answers at the same time (preview 3)
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = at_least_one)]
    pub max_instance_concurrent_reuse_count: usize,
    /// Time that an idle instance is kept for the next request (preview 3)
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time)]
    pub idle_instance_timeout: Duration,
    /// Size of the instance pool; each instance reserves 6 GB of addresses, and no memory
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..), env = "SPIN_MAX_INSTANCE_COUNT")]
    pub max_instances: u32,
    /// Most requests in flight; one more is answered with 503
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = at_least_one)]
    pub max_concurrent_requests: usize,
    /// Longest time that a component may run for one request; then the answer is a 504, or is cut
    #[arg(long, value_name = "TIME", default_value = "300s", value_parser = time)]
    pub request_timeout: Duration,
    /// Longest time that a connection may stay without a request
    #[arg(long, value_name = "TIME", default_value = "600s", value_parser = time)]
    pub idle_connection_timeout: Duration,
    /// Longest time that requests in flight get when the server is told to stop
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    pub drain_timeout: Duration,
    /// Longest request body, in bytes; a longer one is answered with 413
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20, value_parser = count::<usize>)]
    pub max_body_size: usize,
    /// Compile at every start, and keep no compiled code
    #[arg(long)]
    pub disable_cache: bool,
    /// Stop when standard input closes: ends with the program that started it, however that ends
    #[arg(long, hide = true)]
    pub until_stdin_closes: bool,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("write it as NAME=VALUE".into()),
    }
}
