//! How Spin, or the embedded host, is started for one component of a manifest.

use std::path::{Path, PathBuf};

use crate::args::HostArg;
use crate::error::Error;
use crate::server::command_line::CommandLine;
use crate::server::{Ready, START, Serve};
use crate::spin::{self, NoSpin};

/// The first Spin that serves preview 3.
const PREVIEW_3: (u32, u32) = (4, 1);
/// The first Spin with `--component-id`, and so the first that starts one component alone.
const COMPONENT_ID: (u32, u32) = (3, 0);

#[derive(Clone, Debug)]
pub enum HostKind {
    Spin {
        /// As `spin --version` tells it.
        version: String,
    },
    Embedded {
        program: PathBuf,
    },
}

impl HostKind {
    /// What was asked for, or Spin where it is installed; with why Spin is not used although it is there, if so.
    pub async fn choose(asked: Option<HostArg>) -> Result<(Self, Option<String>), Error> {
        if asked == Some(HostArg::Embedded) {
            return Ok((Self::embedded()?, None));
        }
        let spin = match spin::version().await {
            Ok(version) => Self::Spin { version },
            Err(NoSpin { what, remedy }) if asked.is_some() => {
                return Err(Error::Usage(format!(
                    "--host spin, but {what}: {remedy}, or use --host embedded"
                )));
            }
            Err(_) => return Ok((Self::embedded()?, None)),
        };
        if spin.starts_components() {
            return Ok((spin, None));
        }
        let too_old = format!("{}, which starts no component alone: that needs Spin 3.0", spin.description());
        match asked {
            Some(_) => {
                Err(Error::Usage(format!("--host spin, but there is {too_old}, or use --host embedded")))
            }
            None => Ok((Self::embedded()?, Some(too_old))),
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

#[derive(Clone, Debug)]
pub struct Launcher {
    host: HostKind,
    manifest: PathBuf,
    runtime_config: Option<PathBuf>,
}

impl Launcher {
    /// Of `manifest` by `host`, with the `runtime-config.toml` beside it if there is one.
    pub fn of(host: HostKind, manifest: PathBuf) -> Self {
        let runtime_config = manifest.parent().unwrap_or(Path::new("")).join("runtime-config.toml");
        let runtime_config = Some(runtime_config).filter(|path| path.exists());
        Self { host, manifest, runtime_config }
    }

    pub fn serve(&self, component: &str, url: &str) -> Serve {
        let command = match &self.host {
            HostKind::Spin { .. } => CommandLine::new("spin").arg("up"),
            HostKind::Embedded { program } => {
                // Its standard input closes with this process, however that ends.
                CommandLine::new(program).args(["serve", "--until-stdin-closes"]).stdin_held()
            }
        };
        let command = command.arg("--from").arg(&self.manifest).args(["--listen", "127.0.0.1:0"]);
        let command = match &self.runtime_config {
            Some(config) => command.arg("--runtime-config-file").arg(config),
            None => command,
        };
        let command = command.args(["--component-id", component]).shown_as(self.written(component));
        Serve { command, url: url.to_owned(), ready: Ready::SaysWhere, within: START }
    }

    pub fn written(&self, component: &str) -> String {
        let program = match self.host {
            HostKind::Spin { .. } => "spin up",
            HostKind::Embedded { .. } => "loadtest serve",
        };
        format!("{program} --from {} --component-id {component}", self.manifest.display())
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
