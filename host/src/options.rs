//! How an application is served.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::RuntimeConfig;

/// How an application is served. The defaults are Spin's. Where Spin has no limit, the default is a generous one.
#[derive(Clone, Debug)]
pub struct Options {
    /// Components to serve, as if the manifest had no others. Empty: all of them.
    pub components: Vec<String>,
    /// Values of application variables. They win over every other source.
    pub variables: BTreeMap<String, String>,
    /// The contents of the runtime configuration file.
    pub runtime_config: RuntimeConfig,
    /// Reuse of preview 3 instances.
    pub reuse: Reuse,
    /// Size of the instance pool. Addresses for that many instances are reserved at the start.
    pub max_instances: u32,
    /// Most requests in flight. One more is answered with 503.
    pub max_concurrent_requests: usize,
    /// Longest time that a guest may run for one request. Without a response by then, the answer is a 504.
    pub request_timeout: Duration,
    /// Longest time that a connection may stay without a request.
    pub idle_timeout: Duration,
    /// Longest time that requests in flight get once the server is told to stop.
    pub drain_timeout: Duration,
    /// Longest request body in bytes. A longer one is answered with 413.
    pub max_body_size: usize,
    /// Directory of wasmtime's code cache. `None`: compile at every start.
    pub cache_dir: Option<PathBuf>,
    /// Directory for what components print. `None`: the runtime configuration's, or `.spin/logs` beside the
    /// manifest. Empty: no files.
    pub log_dir: Option<PathBuf>,
    /// Takes each warning, and a line about each request or instance that failed.
    pub log: fn(&str),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            components: Vec::new(),
            variables: BTreeMap::new(),
            runtime_config: RuntimeConfig::default(),
            reuse: Reuse::default(),
            max_instances: 1000,
            max_concurrent_requests: 1000,
            request_timeout: Duration::from_secs(300),
            idle_timeout: Duration::from_secs(600),
            drain_timeout: Duration::from_secs(10),
            max_body_size: 64 << 20,
            cache_dir: dirs::cache_dir().map(|dir| dir.join("loadtest").join("wasmtime")),
            log_dir: None,
            log: |line| eprintln!("{line}"),
        }
    }
}

/// Reuse of a preview 3 instance. Preview 2 and WAGI instances answer one request, always.
#[derive(Clone, Copy, Debug)]
pub struct Reuse {
    /// Most requests that an instance answers in all.
    pub count: usize,
    /// Most requests that it answers at once.
    pub concurrent: usize,
    /// Time that an idle instance is kept.
    pub idle: Duration,
}

impl Default for Reuse {
    fn default() -> Self {
        Self { count: 128, concurrent: 16, idle: Duration::from_secs(1) }
    }
}
