//! A component of a manifest, served by Spin or by the embedded host as a process of its own.

use std::fs;
use std::path::PathBuf;

use async_trait::async_trait;
use host::Packaging as Interface;

use super::artefacts::Route;
use super::packaging::{
    Caches, Code, Compiled, Found, Kind, Missing, Packaging, Ready, START, Serve, Shared, Sizes, Turn, Why,
};
use super::runtime;
use super::wasmtime::Cache;
use crate::args::HostArg;
use crate::local::{HostKind, artefact};
use crate::server::command_line::CommandLine;
use crate::spin::{self, NoSpin};

/// The command that serves without Spin: this program.
pub const EMBEDDED: &str = "loadtest serve";

/// A component, served alone.
#[derive(Debug)]
pub struct Hosted {
    name: String,
    by: HostArg,
    interface: Interface,
    /// Once it is detected.
    host: Option<HostKind>,
    /// Once it is prepared.
    prepared: Option<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    route: Route,
    runtime_config: Option<PathBuf>,
    cache: Cache,
    state: PathBuf,
}

impl Hosted {
    /// What is packaged so, served by that host.
    pub fn new(interface: Interface, by: HostArg) -> Self {
        let host = match by {
            HostArg::Spin => "spin",
            HostArg::Embedded => "host",
        };
        Self { name: format!("{interface} in {host}"), by, interface, host: None, prepared: None }
    }

    fn command(&self, host: &HostKind) -> CommandLine {
        match host {
            HostKind::Spin { .. } => CommandLine::new("spin").arg("up"),
            HostKind::Embedded { program } => {
                CommandLine::new(program).args(["serve", "--until-stdin-closes"]).stdin_held()
            }
        }
    }
}

#[async_trait(?Send)]
impl Packaging for Hosted {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> Kind {
        let cache = match self.by {
            HostArg::Spin => "wasmtime's cache, in Spin",
            HostArg::Embedded => "the embedded host's cache",
        };
        Kind { code: Code::Wasm, container: false, remote: false, compiled: Compiled::Cached(cache.into()) }
    }

    fn holds(&self) -> Option<artefact::Form> {
        Some(match self.interface {
            Interface::Wagi => artefact::Form::Module,
            Interface::Preview2 => artefact::Form::Preview2,
            Interface::Preview3 => artefact::Form::Preview3,
        })
    }

    fn client(&self) -> Option<&str> {
        Some(match self.by {
            HostArg::Spin => "spin",
            HostArg::Embedded => EMBEDDED,
        })
    }

    async fn detect(&mut self) -> Result<Found, Missing> {
        let host = match self.by {
            HostArg::Spin => match spin::version().await {
                Ok(version) => HostKind::Spin { version },
                Err(NoSpin { what, remedy }) => return Err(Missing::new(what, remedy)),
            },
            HostArg::Embedded => HostKind::embedded()
                .map_err(|e| Missing::new(e.to_string(), "start it by the path of its file"))?,
        };
        let (by, newer) = (host.description(), "install a newer one from https://spinframework.dev");
        if self.interface == Interface::Preview3 && !host.serves_preview_3() {
            return Err(Missing::new(format!("{by} has no preview 3, which Spin 4.1 has"), newer));
        }
        if !host.starts_components() {
            return Err(Missing::new(format!("{by} starts no component alone, as Spin 3.0 does"), newer));
        }
        self.host = Some(host);
        Ok(Found { by })
    }

    async fn prepare(&mut self, shared: &Shared) -> Result<Sizes, Why> {
        let route = shared.artefacts.route(self.interface);
        let route =
            route.ok_or_else(|| format!("no manifest here has a component for {}", self.interface))?.clone();
        let config = route
            .manifest
            .parent()
            .map(|dir| dir.join("runtime-config.toml"))
            .filter(|config| config.exists());
        let name = self.name.replace(' ', "-");
        let runtime = match &self.host {
            Some(HostKind::Embedded { program }) => runtime::of_file(program),
            _ => runtime::on_path("spin"),
        };
        let sizes = Sizes::of_file(&route.wasm)?.with_runtime(runtime);
        if let Some(HostKind::Embedded { program }) = &mut self.host {
            // A file of its own: of one that this program runs from too, half the memory would be counted here.
            let copy = shared.dir.join(&name);
            fs::copy(&*program, &copy).map_err(|e| format!("{} cannot be copied: {e}", program.display()))?;
            *program = copy;
        }
        self.prepared = Some(Prepared {
            route,
            runtime_config: config,
            cache: Cache::within(shared, &name)?,
            state: shared.dir.join(name).with_extension("state"),
        });
        Ok(sizes)
    }

    fn once(&self, _: &Turn) -> Result<CommandLine, Why> {
        Err("it is served, and is no command here".into())
    }

    fn serve(&self, turn: &Turn) -> Result<Serve, Why> {
        let (Some(host), Some(Prepared { route, runtime_config, cache, state })) =
            (&self.host, &self.prepared)
        else {
            return Err("it was not prepared".into());
        };
        let address = format!("127.0.0.1:{}", turn.port);
        let command = self.command(host).arg("--from").arg(&route.manifest);
        let mut command = command.args(["--component-id", &route.component, "--listen", &address]);
        if let Some(config) = runtime_config {
            command = command.arg("--runtime-config-file").arg(config);
        }
        if self.by == HostArg::Spin {
            // Its logs are not for the directory of the manifest.
            command = command.arg("--state-dir").arg(state);
        }
        command = match (turn.caches, self.by) {
            (Caches::Cold, _) => command.arg("--disable-cache"),
            (Caches::Warm, HostArg::Spin) => command.arg("--cache").arg(&cache.config),
            (Caches::Warm, HostArg::Embedded) => command,
        };
        Ok(Serve {
            command,
            url: format!("http://{address}{}", route.path),
            ready: Ready::Answers,
            within: START,
        })
    }
}
