//! Starts a host, waits until it says where it serves, and stops it with all that it started.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::Url;
use rustix::process::Signal;
use tokio::process::{Child, Command};

use super::announcement::serving_address;
use super::last_words::LastWords;
use crate::args::HostArg;
use crate::error::Error;
use crate::matrix::command_line::BACKTRACES;
use crate::plain_output;
use crate::process_group::ProcessGroup;
use crate::spin::{self, NoSpin};

/// How long a host may take until it serves: `spin up` compiles first, and a large application takes its time.
const START: Duration = Duration::from_secs(120);
/// How long a host may take to stop before it is killed.
const STOP: Duration = Duration::from_secs(10);
/// The first Spin that serves preview 3.
const PREVIEW_3: (u32, u32) = (4, 1);
/// The first Spin with `--component-id`.
const COMPONENT_ID: (u32, u32) = (3, 0);

/// What serves a manifest.
#[derive(Clone, Debug)]
pub enum HostKind {
    /// `spin up`
    Spin {
        /// As `spin --version` tells it.
        version: String,
    },
    /// This program's own host.
    Embedded {
        /// This program.
        program: PathBuf,
    },
}

impl HostKind {
    /// What was asked for, or Spin where it is installed.
    ///
    /// # Errors
    ///
    /// When Spin is asked for, and cannot be used.
    pub async fn choose(asked: Option<HostArg>) -> Result<Self, Error> {
        match asked {
            Some(HostArg::Embedded) => Self::embedded(),
            Some(HostArg::Spin) => match spin::version().await {
                Ok(version) => Ok(Self::Spin { version }),
                Err(NoSpin { what, remedy }) => {
                    Err(Error::Usage(format!("--host spin, but {what}: {remedy}, or use --host embedded")))
                }
            },
            None => match spin::version().await {
                Ok(version) => Ok(Self::Spin { version }),
                Err(_) => Self::embedded(),
            },
        }
    }

    /// # Errors
    ///
    /// When the system does not say where this program is.
    pub fn embedded() -> Result<Self, Error> {
        let program = std::env::current_exe();
        let program = program.map_err(|e| Error::Usage(format!("cannot find this program: {e}")))?;
        Ok(Self::Embedded { program })
    }

    /// Its name and version, for the report.
    pub fn description(&self) -> String {
        match self {
            Self::Spin { version } => format!("spin {version}"),
            Self::Embedded { .. } => {
                concat!("embedded host ", env!("CARGO_PKG_VERSION"), " on wasmtime 48").into()
            }
        }
    }

    /// Whether it knows final preview 3.
    pub fn serves_preview_3(&self) -> bool {
        self.is_since(PREVIEW_3)
    }

    /// Whether it can start one component of several alone.
    pub fn starts_components(&self) -> bool {
        self.is_since(COMPONENT_ID)
    }

    fn is_since(&self, first: (u32, u32)) -> bool {
        match self {
            Self::Spin { version } => spin::is_since(version, first),
            Self::Embedded { .. } => true,
        }
    }
}

/// How to start a manifest.
#[derive(Clone, Debug)]
pub struct Launcher {
    host: HostKind,
    manifest: PathBuf,
    runtime_config: Option<PathBuf>,
}

/// A host that serves, until it is stopped or dropped.
pub struct Running {
    /// When its process was started.
    pub started: Instant,
    base: Url,
    child: Child,
    /// Of the process and whatever it has started.
    group: ProcessGroup,
}

impl Launcher {
    /// Of `manifest` by `host`, with a `runtime-config.toml` if there is one.
    pub fn new(host: HostKind, manifest: PathBuf, runtime_config: Option<PathBuf>) -> Self {
        Self { host, manifest, runtime_config }
    }

    /// Starts all of it, and waits until it says where it serves.
    ///
    /// # Errors
    ///
    /// When it does not start, ends at once, or says nothing for too long.
    pub async fn start(&self) -> Result<Running, Error> {
        self.run(self.command()).await
    }

    /// Starts one component alone, where the host can do that.
    ///
    /// # Errors
    ///
    /// As [`Launcher::start`].
    pub async fn start_only(&self, component: &str) -> Result<Running, Error> {
        let mut command = self.command();
        if self.host.starts_components() {
            command.args(["--component-id", component]);
        }
        self.run(command).await
    }

    async fn run(&self, mut command: Command) -> Result<Running, Error> {
        let started = Instant::now();
        let child = command.spawn().map_err(|e| self.failed(&format!("cannot be started: {e}")))?;
        // From here on, the process ends with this value.
        let group = ProcessGroup::of(&child);
        let mut running =
            Running { started, base: Url::parse("http://127.0.0.1/").expect("a URL"), child, group };
        let last_words = LastWords::of(running.child.stderr.take());
        let serving = running.child.stdout.take().map(serving_address);
        let Some(serving) = serving else { return Err(self.failed("has no output")) };
        match tokio::time::timeout(START, serving).await {
            Ok(Some(base)) => running.base = base,
            Ok(None) => {
                let _ = tokio::time::timeout(STOP, running.child.wait()).await;
                let why = last_words.told().await.unwrap_or_else(|| "it did not say why".into());
                return Err(self.failed(&format!("ended before it served: {why}")));
            }
            Err(_) => {
                // It is ended first: what it says last may tell why it took so long.
                drop(running);
                let words = last_words.told().await.map_or(String::new(), |words| format!(": {words}"));
                return Err(self.failed(&format!("said no address within {} s{words}", START.as_secs())));
            }
        }
        Ok(running)
    }

    fn command(&self) -> Command {
        let mut command = match &self.host {
            HostKind::Spin { .. } => {
                let mut command = Command::new("spin");
                command.arg("up").stdin(Stdio::null());
                command
            }
            HostKind::Embedded { program } => {
                let mut command = Command::new(program);
                // Its standard input closes with this process, however that ends.
                command.args(["serve", "--until-stdin-closes"]).stdin(Stdio::piped());
                command
            }
        };
        for variable in BACKTRACES {
            command.env_remove(variable);
        }
        command.arg("--from").arg(&self.manifest).args(["--listen", "127.0.0.1:0"]);
        if let Some(config) = &self.runtime_config {
            command.arg("--runtime-config-file").arg(config);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        plain_output::ask(&mut command);
        ProcessGroup::prepare(&mut command);
        command
    }

    fn failed(&self, why: &str) -> Error {
        let host = match self.host {
            HostKind::Spin { .. } => "spin up",
            HostKind::Embedded { .. } => "the embedded host",
        };
        Error::Usage(format!("{host}, serving {}, {why}", self.manifest.display()))
    }
}

impl Running {
    /// The address of `path`, which begins with a slash.
    ///
    /// # Errors
    ///
    /// When it is no path.
    pub fn url(&self, path: &str) -> Result<Url, Error> {
        self.base.join(path).map_err(|e| Error::Usage(format!("{path:?} is no path: {e}")))
    }

    /// Lets it finish, for a while, and then ends it.
    pub async fn stop(mut self) {
        self.group.signal(Signal::TERM);
        let _ = tokio::time::timeout(STOP, self.child.wait()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preview_3_needs_spin_4_1() {
        let serves = |version: &str| HostKind::Spin { version: version.into() }.serves_preview_3();
        assert!(!serves("3.6.3") && !serves("4.0.2"));
        assert!(serves("4.1.0") && serves("4.1.0-pre0") && serves("5.0.0"));
    }

    #[test]
    fn a_component_alone_needs_spin_3() {
        let starts = |version: &str| HostKind::Spin { version: version.into() }.starts_components();
        assert!(!starts("2.7.0"));
        assert!(starts("3.0.0-rc.1") && starts("3.0.0"));
    }
}
