//! Applications in a directory of their own, and how they are served.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use host::{App, Error, Options, Server};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::artefacts::{self, Artefact};
use super::{assert_says, soon};

/// A `spin.toml`, the files beside it, and how it is to be served.
pub struct Site {
    dir: TempDir,
    manifest: String,
    options: Options,
}

impl Site {
    /// An application without routes.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options {
            cache_dir: Some(dir.path().join("compiled")),
            // A small pool is made quickly.
            max_instances: 64,
            ..Options::default()
        };
        let manifest = "spin_manifest_version = 2\n[application]\nname = \"app\"\n".into();
        Self { dir, manifest, options }
    }

    /// Adds a WAGI program.
    pub fn wagi(self, id: &str, route: &str, wasm: &[u8]) -> Self {
        self.route(id, route, "wagi").component(id, wasm)
    }

    /// Adds a component with an HTTP handler.
    pub fn http(self, id: &str, route: &str, wasm: &[u8]) -> Self {
        self.route(id, route, "http").component(id, wasm)
    }

    /// Adds one of the repository's own components.
    pub fn artefact(mut self, id: &str, route: &str, artefact: &Artefact) -> Self {
        self.options.cache_dir = Some(artefacts::cache_dir());
        self.route(id, route, artefact.executor).component(id, artefact.wasm())
    }

    /// Adds a route to a component.
    pub fn route(self, id: &str, route: &str, executor: &str) -> Self {
        self.toml(&format!(
            "[[trigger.http]]\nroute = {route:?}\ncomponent = {id:?}\nexecutor = {{ type = {executor:?} }}"
        ))
    }

    /// Adds a component; what follows by [`Site::toml`] belongs to it.
    pub fn component(self, id: &str, wasm: &[u8]) -> Self {
        fs::write(self.dir.path().join(format!("{id}.wasm")), wasm).unwrap();
        self.toml(&format!("[component.{id}]\nsource = \"{id}.wasm\""))
    }

    /// Adds lines to the manifest.
    pub fn toml(mut self, lines: &str) -> Self {
        writeln!(self.manifest, "{lines}").unwrap();
        self
    }

    /// Changes how it is served.
    pub fn with(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// Where its compiled code is kept.
    pub fn cache_dir(&self) -> PathBuf {
        self.options.cache_dir.clone().unwrap()
    }

    /// Adds a file beside the manifest.
    pub fn file(self, name: &str, contents: &[u8]) -> Self {
        fs::write(self.dir.path().join(name), contents).unwrap();
        self
    }

    /// What a component has said on standard error.
    pub fn logged(&self, id: &str) -> String {
        fs::read_to_string(self.dir.path().join(format!(".spin/logs/{id}_stderr.txt"))).unwrap()
    }

    /// The directory of the manifest.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Loads it.
    pub fn load(&self) -> Result<App, Error> {
        App::load(&self.manifest(), &self.options)
    }

    /// Asserts that it is not served, for a reason that says all of this.
    #[track_caller]
    pub fn assert_refused(&self, words: &[&str]) {
        assert_says(&self.load().err().expect("it should have been refused"), words);
    }

    /// Writes its manifest.
    pub fn manifest(&self) -> PathBuf {
        let path = self.dir.path().join("spin.toml");
        fs::write(&path, &self.manifest).unwrap();
        path
    }

    /// Loads it and serves it on a free port, as a process would: when the server ends, so does what it began.
    pub async fn serve(&self) -> Served {
        let app = self.load().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (listens, listening) = oneshot::channel();
        let serve = async move {
            let server = Server::bind(app, "127.0.0.1:0").await.unwrap();
            listens.send((server.address(), server.announcement())).unwrap();
            server.run(async { drop(stopped.await) }).await;
        };
        let running = thread::spawn(|| Runtime::new().unwrap().block_on(serve));
        let (address, announcement) = listening.await.unwrap();
        Served { address, announcement, stop, running }
    }
}

/// An application that is being served, until this is dropped.
pub struct Served {
    /// Where.
    pub address: SocketAddr,
    /// What the server says of itself.
    pub announcement: String,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Served {
    /// Tells the server to stop; what is given ends when it has.
    pub fn stop(self) -> impl Future<Output = ()> {
        self.stop.send(()).unwrap();
        async { soon(spawn_blocking(|| self.running.join())).await.unwrap().unwrap() }
    }
}
