//! Where it was measured.

use std::fs;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::deploy::Deployment;
use crate::floor::Floor;

/// Where and by what it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// This program's version.
    pub loadtest: String,
    /// Whether this program was built without optimization.
    pub debug_build: bool,
    /// `linux`, `macos`, …
    pub os: String,
    /// `x86_64`, `aarch64`, …
    pub architecture: String,
    /// The processor's name, where the system tells.
    pub cpu: Option<String>,
    /// How many threads run at once.
    pub cores: Option<usize>,
    /// What this client takes of every time it measures.
    pub floor: Option<Floor>,
    /// The name of the application whose packagings were measured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub application: Option<String>,
    /// What served the targets, if they were served from here.
    pub host: Option<String>,
    /// How the targets came to be where they are, if they were deployed for this.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deployment: Option<Deployment>,
    /// What is here but was not measured, and why.
    pub skipped: Vec<String>,
    /// When the measurement began, in Unix seconds.
    pub started_at: u64,
    /// What ended the measurement before its end, if that was not the user.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_by: Option<String>,
    /// How often it was ended before its end, and resumed.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub resumed: u32,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Environment {
    /// This machine, now; `host` is what serves the targets here.
    pub fn here(host: Option<String>) -> Self {
        Self {
            loadtest: env!("CARGO_PKG_VERSION").into(),
            debug_build: cfg!(debug_assertions),
            os: std::env::consts::OS.into(),
            architecture: std::env::consts::ARCH.into(),
            cpu: cpu(),
            cores: thread::available_parallelism().ok().map(usize::from),
            floor: None,
            application: None,
            host,
            deployment: None,
            skipped: Vec::new(),
            ended_by: None,
            resumed: 0,
            started_at: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        }
    }

    /// Whether the targets were served by the embedded host.
    pub fn is_embedded_host(&self) -> bool {
        self.host.as_ref().is_some_and(|host| host.starts_with("embedded host"))
    }
}

fn cpu() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
