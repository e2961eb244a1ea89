//! The module under `wasmtime run`, and the component under `wasmtime serve`.

use std::fs;
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::packaging::{
    Caches, Code, Compiled, Found, Kind, Missing, Packaging, Part, Ready, Rung, START, Serve, Shared, Sizes,
    Turn, Why,
};
use super::runtime;
use crate::excerpt;
use crate::local::artefact::Form;
use crate::server::command_line::CommandLine;
use crate::server::process;

/// A module whose `_start` does nothing: all that is left is the runtime.
const EMPTY: &[u8] =
    b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x0a\x01\x06_start\0\0\x0a\x04\x01\x02\0\x0b";

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
    empty: PathBuf,
    cache: Cache,
}

impl Wasmtime {
    /// By this command; what serves is asked for `path`.
    pub fn new(verb: Verb, path: &str) -> Self {
        Self {
            verb,
            path: path.to_owned(),
            wasm: PathBuf::new(),
            empty: PathBuf::new(),
            cache: Cache::default(),
        }
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

    fn kind(&self) -> Kind {
        let compiled = Compiled::Cached("wasmtime's cache".into());
        Kind { code: Code::Wasm, container: false, remote: false, compiled }
    }

    fn holds(&self) -> Option<Form> {
        Some(match self.verb {
            Verb::Run => Form::Module,
            Verb::Serve => Form::Preview2,
        })
    }

    fn client(&self) -> Option<&str> {
        Some("wasmtime")
    }

    async fn detect(&mut self) -> Result<Found, Missing> {
        let odd = |how: &str| {
            let what = format!("the wasmtime on the PATH cannot be used, since {how}");
            Missing::new(what, "put that of https://wasmtime.dev before it on the PATH")
        };
        if !runtime::is_on_path("wasmtime") {
            let install = "install it from https://wasmtime.dev";
            return Err(Missing::new("there is no wasmtime on the PATH", install));
        }
        match process::first_line("wasmtime", &["--version"]).await {
            Ok(version) if version.starts_with("wasmtime ") => Ok(Found { by: version }),
            Ok(other) => {
                let other = excerpt::of(other.as_bytes());
                Err(odd(&format!("`wasmtime --version` printed \"{other}\"")))
            }
            Err(why) => Err(odd(&why)),
        }
    }

    async fn prepare(&mut self, shared: &Shared) -> Result<Sizes, Why> {
        self.wasm = match self.verb {
            Verb::Run => shared.artefacts.module.clone()?,
            Verb::Serve => shared.artefacts.preview2.clone()?,
        };
        self.cache = Cache::within(shared, &self.name().replace(' ', "-"))?;
        self.empty = shared.dir.join("empty.wasm");
        fs::write(&self.empty, EMPTY)
            .map_err(|e| format!("{} cannot be written: {e}", self.empty.display()))?;
        Ok(Sizes::of_file(&self.wasm)?.with_runtime(runtime::on_path("wasmtime")))
    }

    fn once(&self, turn: &Turn) -> Result<CommandLine, Why> {
        match self.verb {
            Verb::Run => {
                Ok(self.cache.command("run", turn.caches).args(["--env", "MODE=once"]).arg(&self.wasm))
            }
            Verb::Serve => Err("a component that handles HTTP is no command".into()),
        }
    }

    fn rungs(&self, _: &Turn) -> Vec<Rung> {
        if self.verb == Verb::Serve {
            return Vec::new();
        }
        vec![
            Rung {
                adds: Part::Client,
                what: "`wasmtime --version`".into(),
                command: CommandLine::new("wasmtime").arg("--version"),
            },
            Rung {
                adds: Part::Runtime,
                what: "`wasmtime run` of a module that does nothing".into(),
                command: self.cache.command("run", Caches::Warm).arg(&self.empty),
            },
        ]
    }

    fn serve(&self, turn: &Turn) -> Result<Serve, Why> {
        if self.verb == Verb::Run {
            return Err("a module for WASI preview 1 has no sockets".into());
        }
        // What Rust's standard library imports of WASI is more than what HTTP needs.
        let command = self.cache.command("serve", turn.caches).args(["-S", "cli"]);
        let command = command.args(["--addr", &format!("127.0.0.1:{}", turn.port)]).arg(&self.wasm);
        Ok(Serve {
            command,
            url: format!("http://127.0.0.1:{}{}", turn.port, self.path),
            ready: Ready::Answers,
            within: START,
        })
    }
}

/// A compile cache of wasmtime's that only this run uses.
#[derive(Debug, Default)]
pub struct Cache {
    /// The configuration that names its directory.
    pub config: PathBuf,
}

impl Cache {
    /// Empty, under this name.
    ///
    /// # Errors
    ///
    /// When its configuration cannot be written.
    pub fn within(shared: &Shared, name: &str) -> Result<Self, Why> {
        let config = shared.dir.join(name).with_extension("toml");
        let text = format!("[cache]\ndirectory = {}\n", quoted(&config.with_extension("cache")));
        fs::write(&config, text).map_err(|e| format!("{} cannot be written: {e}", config.display()))?;
        Ok(Self { config })
    }

    fn command(&self, verb: &str, caches: Caches) -> CommandLine {
        let command = CommandLine::new("wasmtime").args([verb, "-C"]);
        match caches {
            Caches::Warm => command.arg(format!("cache-config={}", self.config.display())),
            Caches::Cold => command.arg("cache=n"),
        }
    }
}

/// As TOML writes strings, which is as JSON does.
fn quoted(path: &Path) -> String {
    serde_json::Value::from(path.to_string_lossy()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_module_is_a_command_that_does_nothing() {
        assert_eq!(EMPTY, wat::parse_str(r#"(module (func (export "_start")))"#).unwrap());
    }
}
