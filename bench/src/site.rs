//! What is served, and by whom.

use loadtest::error::Error;
use loadtest::server::command_line::CommandLine;

use crate::peers::Peer;
use crate::server::Server;
use crate::setting::Setting;
use crate::workspace;

/// Who serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The embedded host.
    Host,
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
    /// "Hello" by WAGI, as `println!` writes it.
    HelloWagi,
    /// "Hello" by spin-sdk 5.
    Hello2,
    /// "Hello" by spin-sdk 7.
    Hello3,
    /// The application's native server as it is shipped: small, and linked statically.
    Shipped,
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
            By::Spin => Some(Peer::Spin),
            By::Host | By::Itself => None,
        }
    }

    /// The package of this workspace whose program serves it.
    pub fn package(self) -> Option<&'static str> {
        match self {
            Self(By::Host, _) => Some("loadtest"),
            Self(By::Itself, App::Bare) => Some("bench"),
            Self(By::Itself | By::Spin, _) => None,
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
            App::Preview2 | App::Preview3 | App::Shipped => "/api/time",
            App::HelloWagi | App::Hello2 | App::Hello3 | App::Bare => "/",
        };
        Server::start(|port| self.command(setting, port), path).await
    }

    fn command(self, setting: &Setting, port: u16) -> CommandLine {
        let (root, address) = (workspace::root(), format!("127.0.0.1:{port}"));
        match self.0 {
            By::Host => CommandLine::new(workspace::program("loadtest"))
                .args(["serve", "--until-stdin-closes", "--listen", &address, "--from"])
                .arg(root.join(self.manifest()))
                .args(["--component-id", self.component_id()])
                .stdin_held(),
            By::Spin => CommandLine::new(setting.program(Peer::Spin))
                .args(["up", "-q", "--listen", &address, "--state-dir"])
                .arg(setting.dir.path().join(format!("spin-{port}")))
                .arg("--from")
                .arg(root.join(self.manifest()))
                .args(["--component-id", self.component_id()]),
            By::Itself if self.1 == App::Bare => {
                CommandLine::new(workspace::program("bare")).arg(port.to_string())
            }
            By::Itself => CommandLine::new(&setting.artefacts.native)
                .env("MODE", "server")
                .env("HOST", "127.0.0.1")
                .env("PORT", port.to_string()),
        }
    }

    fn manifest(self) -> &'static str {
        match self.1 {
            App::Preview3 => "spin-p3.toml",
            App::HelloWagi => "bench/hello/spin-wagi.toml",
            App::Hello2 => "bench/hello/spin-p2.toml",
            App::Hello3 => "bench/hello/spin-p3.toml",
            _ => "spin.toml",
        }
    }

    /// A host that serves one component alone compiles and readies nothing else.
    fn component_id(self) -> &'static str {
        match self.1 {
            App::Wagi => "moscow-time-wagi",
            App::Preview3 => "moscow-time-p3",
            App::HelloWagi | App::Hello2 | App::Hello3 => "hello",
            _ => "moscow-time",
        }
    }
}
