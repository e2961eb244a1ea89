//! Where it was measured.

use std::fs;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::deploy::Deployment;
use crate::floor::Floor;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    pub loadtest: String,
    pub debug_build: bool,
    /// `linux`, `macos`, …
    pub os: String,
    /// `x86_64`, `aarch64`, …
    pub architecture: String,
    pub cpu: Option<String>,
    pub cores: Option<usize>,
    pub floor: Option<Floor>,
    pub host: Option<String>,
    /// How the targets came to be where they are, if they were deployed for this.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deployment: Option<Deployment>,
    pub skipped: Vec<String>,
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
    pub fn here(host: Option<String>) -> Self {
        Self {
            loadtest: env!("CARGO_PKG_VERSION").into(),
            debug_build: cfg!(debug_assertions),
            os: std::env::consts::OS.into(),
            architecture: std::env::consts::ARCH.into(),
            cpu: cpu(),
            cores: thread::available_parallelism().ok().map(usize::from),
            floor: None,
            host,
            deployment: None,
            skipped: Vec::new(),
            ended_by: None,
            resumed: 0,
            started_at: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        }
    }

    pub fn is_embedded_host(&self) -> bool {
        self.host.as_ref().is_some_and(|host| host.starts_with("embedded host"))
    }
}

fn cpu() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
