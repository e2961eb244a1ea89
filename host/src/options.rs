//! How an application is served.

use std::path::PathBuf;
use std::time::Duration;

use crate::RuntimeConfig;

/// How an application is served. The defaults are Spin's, or a cloud's where Spin has no limit.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which components are served, as if the manifest had no others; all if none is named.
    pub components: Vec<String>,
    /// What `--runtime-config-file` says.
    pub runtime_config: RuntimeConfig,
    /// How long preview 3 instances are used.
    pub reuse: Reuse,
    /// After how long a request is answered with 504 and its instance ended.
    pub request_timeout: Duration,
    /// The longest request body in bytes; a longer one is answered with 413.
    pub max_body_size: usize,
    /// How many requests may be in flight; one more is answered with 503.
    pub max_concurrent_requests: usize,
    /// For how long a thread that has answered looks for the next request, where the one before came as quickly,
    /// instead of sleeping until it comes; zero where it is always to sleep. It has the core to itself only while nobody
    /// else can run there.
    pub busy_poll: Duration,
    /// Where compiled code is kept from one start to the next; `None` keeps none.
    pub cache_dir: Option<PathBuf>,
    /// Takes a line about each request or instance that failed.
    pub log: fn(&str),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            components: Vec::new(),
            runtime_config: RuntimeConfig::default(),
            reuse: Reuse::default(),
            request_timeout: Duration::from_secs(30),
            max_body_size: 10 << 20,
            max_concurrent_requests: 500,
            busy_poll: Duration::from_micros(150),
            cache_dir: dirs::cache_dir().map(|dir| dir.join("loadtest").join("compiled")),
            log: |line| eprintln!("{line}"),
        }
    }
}

/// How long a preview 3 instance is used. Preview 2 and WAGI instances answer one request, always.
#[derive(Clone, Copy, Debug)]
pub struct Reuse {
    /// How many requests an instance may answer in all.
    pub count: usize,
    /// How many of them at once.
    pub concurrent: usize,
    /// How long an idle instance is kept.
    pub idle: Duration,
}

impl Default for Reuse {
    fn default() -> Self {
        Self { count: 128, concurrent: 16, idle: Duration::from_secs(1) }
    }
}
