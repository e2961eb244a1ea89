//! The module under `wasmtime run`, and the component under `wasmtime serve`.

use std::fs;
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::artefacts::size;
use super::client::is_on_path;
use super::{Code, Missing, Packaging, Prepared, Ready, START, Serve, Shared, Shipped, Turn, Why};
use crate::excerpt;
use crate::server::command_line::CommandLine;
use crate::server::process;

/// Which of its commands runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `wasmtime run` of the module.
    Run,
    /// `wasmtime serve` of the component.
    Serve,
}

/// What wasmtime's own command runs.
#[derive(Debug)]
pub struct Wasmtime {
    verb: Verb,
    path: String,
    wasm: PathBuf,
    /// Names the directory of a compile cache that only this run uses.
    cache: PathBuf,
}

impl Wasmtime {
    /// By this command.
    pub fn new(verb: Verb) -> Self {
        Self { verb, path: String::new(), wasm: PathBuf::new(), cache: PathBuf::new() }
    }

    fn command(&self, verb: &str) -> CommandLine {
        let cache = format!("cache-config={}", self.cache.display());
        CommandLine::new("wasmtime").args([verb, "-C", &cache])
    }
}

#[async_trait(?Send)]
impl Packaging for Wasmtime {
    fn name(&self) -> &str {
        match self.verb {
            Verb::Run => "wasmtime run",
            Verb::Serve => "wasmtime serve",
        }
    }

    async fn detect(&mut self) -> Result<String, Missing> {
        let odd = |how: &str| {
            let what = format!("the wasmtime on the PATH cannot be used, since {how}");
            Missing::new(what, "put that of https://wasmtime.dev before it on the PATH")
        };
        if !is_on_path("wasmtime") {
            let install = "install it from https://wasmtime.dev";
            return Err(Missing::new("there is no wasmtime on the PATH", install));
        }
        match process::first_line("wasmtime", &["--version"]).await {
            Ok(version) if version.starts_with("wasmtime ") => Ok(version),
            Ok(other) => {
                let other = excerpt::of(other.as_bytes());
                Err(odd(&format!("`wasmtime --version` printed \"{other}\"")))
            }
            Err(why) => Err(odd(&why)),
        }
    }

    async fn prepare(&mut self, shared: &Shared) -> Result<Prepared, Why> {
        self.wasm = match self.verb {
            Verb::Run => shared.artefacts.module.clone()?,
            Verb::Serve => shared.artefacts.preview2.clone()?,
        };
        self.path.clone_from(&shared.path);
        self.cache = shared.dir.join(self.name().replace(' ', "-")).with_extension("toml");
        let text = format!("[cache]\ndirectory = {}\n", quoted(&self.cache.with_extension("cache")));
        fs::write(&self.cache, text)
            .map_err(|e| format!("{} cannot be written: {e}", self.cache.display()))?;
        Ok(Prepared {
            size: size(&self.wasm)?,
            path: shared.path.clone(),
            shipped: Shipped::file(Code::Wasm),
            written: format!("{} {}", self.name(), self.wasm.display()),
        })
    }

    fn once(&self, _: &Turn) -> Option<CommandLine> {
        let is_command = self.verb == Verb::Run;
        is_command.then(|| self.command("run").args(["--env", "MODE=once"]).arg(&self.wasm))
    }

    fn serve(&self, turn: &Turn) -> Option<Serve> {
        // A module for WASI preview 1 has no sockets.
        if self.verb == Verb::Run {
            return None;
        }
        // What Rust's standard library imports of WASI is more than what HTTP needs.
        let command = self.command("serve").args(["-S", "cli"]);
        let command = command.args(["--addr", &format!("127.0.0.1:{}", turn.port)]).arg(&self.wasm);
        Some(Serve {
            command,
            url: format!("http://127.0.0.1:{}{}", turn.port, self.path),
            ready: Ready::Answers,
            within: START,
        })
    }
}

/// As TOML writes strings, which is as JSON does.
fn quoted(path: &Path) -> String {
    serde_json::Value::from(path.to_string_lossy()).to_string()
}
