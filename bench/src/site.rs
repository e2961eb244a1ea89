//! What is served, and by whom.

use std::path::Path;

use loadtest::error::Error;
use loadtest::matrix::command_line::CommandLine;

use crate::peers::Peer;
use crate::server::Server;
use crate::setting::Setting;
use crate::workspace;

/// Who serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The embedded host.
    Host,
    /// `wasmtime serve`
    Wasmtime,
    /// `spin up`
    Spin,
    /// It serves itself.
    Itself,
}

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum App {
    /// The application's module, by WAGI.
    Wagi,
    /// Its component for preview 2.
    Preview2,
    /// Its component for preview 3.
    Preview3,
    /// "Hello" by spin-sdk 5.
    Hello2,
    /// "Hello" by spin-sdk 7.
    Hello3,
    /// The application's native server as it is shipped: small, and linked statically.
    Shipped,
    /// The same, built as the bare one is.
    Native,
    /// "Hello" by hyper alone.
    Bare,
}

/// A server that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site(pub By, pub App);

impl Site {
    /// What has to be here for it.
    pub fn peer(self) -> Option<Peer> {
        match self.0 {
            By::Wasmtime => Some(Peer::Wasmtime),
            By::Spin => Some(Peer::Spin),
            By::Host | By::Itself => None,
        }
    }

    /// Starts it, and waits for its first answer.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn start(self, setting: &Setting) -> Result<Server, Error> {
        let path = match self.1 {
            App::Wagi => "/wagi/api/time",
            App::Preview2 | App::Preview3 | App::Shipped | App::Native => "/api/time",
            App::Hello2 | App::Hello3 | App::Bare => "/",
        };
        Server::start(|port| self.command(setting, port), path).await
    }

    fn command(self, setting: &Setting, port: u16) -> CommandLine {
        let (root, address) = (workspace::root(), format!("127.0.0.1:{port}"));
        match self.0 {
            By::Host => CommandLine::new(workspace::program("loadtest"))
                .args(["serve", "--until-stdin-closes", "--listen", &address, "--from"])
                .arg(root.join(self.manifest()))
                .stdin_held(),
            By::Spin => CommandLine::new(setting.program(Peer::Spin))
                .args(["up", "-q", "--listen", &address, "--state-dir"])
                .arg(setting.dir.path().join(format!("spin-{port}")))
                .arg("--from")
                .arg(root.join(self.manifest())),
            By::Wasmtime => {
                let preview3 = matches!(self.1, App::Preview3 | App::Hello3);
                let more: &[&str] = if preview3 { &["-S", "p3", "-W", "component-model-async"] } else { &[] };
                let command = CommandLine::new(setting.program(Peer::Wasmtime)).args(["serve", "-S", "cli"]);
                command.args(more).args(["--addr", &address]).arg(self.component(setting, &root))
            }
            By::Itself if self.1 == App::Bare => {
                CommandLine::new(workspace::program("bare")).arg(port.to_string())
            }
            By::Itself => {
                let built_as_bare = self.1 == App::Native;
                let program = built_as_bare.then(|| workspace::program("moscow-time"));
                let program = program.unwrap_or_else(|| setting.artefacts.native.clone());
                serving(CommandLine::new(program), port)
            }
        }
    }

    fn manifest(self) -> &'static str {
        match self.1 {
            App::Preview3 => "spin-p3.toml",
            App::Hello2 => "bench/hello/spin-p2.toml",
            App::Hello3 => "bench/hello/spin-p3.toml",
            _ => "spin.toml",
        }
    }

    fn component(self, setting: &Setting, root: &Path) -> std::path::PathBuf {
        match self.1 {
            App::Preview3 => setting.artefacts.preview3.clone(),
            App::Hello2 => root.join(hello("p2")),
            App::Hello3 => root.join(hello("p3")),
            _ => setting.artefacts.preview2.clone(),
        }
    }
}

/// The native server there, whatever else its command says.
pub fn serving(command: CommandLine, port: u16) -> CommandLine {
    command.env("MODE", "server").env("HOST", "127.0.0.1").env("PORT", port.to_string())
}

/// Where the bench has a peer of the SDK built to.
fn hello(generation: &str) -> String {
    format!("target/bench/hello/wasm32-wasip2/ship/hello_{generation}.wasm")
}
