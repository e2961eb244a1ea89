//! Every packaging, built and served.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::runtime::Runtime;

/// Somewhere that answers.
#[derive(Debug)]
pub struct Packaging {
    pub name: &'static str,
    pub address: SocketAddr,
    /// Without a slash at its end.
    pub prefix: &'static str,
    pub reuse: Reuse,
}

/// Whether an instance answers more than one request.
#[derive(Clone, Copy, Debug)]
pub enum Reuse {
    Never,
    Always,
}

/// Holds `check` against each; a failure names the packaging.
pub fn with_every_packaging(check: impl Fn(&Packaging)) {
    build("spin.toml");
    build("spin-p3.toml");
    let native = NativeServer::start();
    let mounted = mounted_manifest();
    // The hosts serve as long as the runtime lives.
    let runtime = Runtime::new().unwrap();
    let [spin, spin_p3, elsewhere] =
        [root().join("spin.toml"), root().join("spin-p3.toml"), mounted.path().join("spin.toml")]
            .map(|manifest| serve(&runtime, &manifest));
    let at = |name, address, prefix, reuse| Packaging { name, address, prefix, reuse };
    for packaging in [
        at("native server", native.address, "", Reuse::Always),
        at("WAGI below a prefix", spin, "/wagi", Reuse::Never),
        at("WAGI at the root", elsewhere, "", Reuse::Never),
        at("preview 2 at the root", spin, "", Reuse::Never),
        at("preview 2 below a prefix", elsewhere, "/deep/p2", Reuse::Never),
        at("preview 3 at the root", spin_p3, "", Reuse::Always),
        at("preview 3 below a parameter", elsewhere, "/anyone/p3", Reuse::Always),
    ] {
        eprintln!("{packaging:?}");
        check(&packaging);
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Builds what a manifest of the repository names.
pub fn build(manifest: &str) {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(loadtest::local::bring_up_to_date(&root().join(manifest))).unwrap();
}

/// The native server, until it is dropped.
struct NativeServer {
    process: Child,
    address: SocketAddr,
}

impl NativeServer {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_moscow-time"))
            .env("MODE", "server")
            .env("HOST", "127.0.0.1")
            .env("PORT", "0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { address: line.trim().strip_prefix("Serving http://").unwrap().parse().unwrap(), process }
    }
}

impl Drop for NativeServer {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Serves a manifest by the embedded host.
fn serve(runtime: &Runtime, manifest: &Path) -> SocketAddr {
    // A busy machine may let a second go by between two requests.
    let reuse = host::Reuse { idle: Duration::from_secs(3600), ..host::Reuse::default() };
    let app = host::App::load(manifest, &host::Options { reuse, ..host::Options::default() }).unwrap();
    let server = runtime.block_on(host::Server::bind(app, "127.0.0.1:0")).unwrap();
    let address = server.address();
    runtime.spawn(server.run(std::future::pending()));
    address
}

/// The same components elsewhere: below a longer prefix, below a parameter, at the root.
fn mounted_manifest() -> tempfile::TempDir {
    let built = root().join("target");
    let component = |name: &str, path: &str| format!("[component.{name}]\nsource = {:?}\n", built.join(path));
    let text = [
        "spin_manifest_version = 2\n[application]\nname = \"mounted\"\n",
        "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"wagi\"\nexecutor = { type = \"wagi\" }\n",
        "[[trigger.http]]\nroute = \"/deep/p2/...\"\ncomponent = \"p2\"\n",
        "[[trigger.http]]\nroute = \"/:name/p3/...\"\ncomponent = \"p3\"\n",
        &component("wagi", "wasm32-wasip1/ship/moscow-time.wasm"),
        &component("p2", "wasm32-wasip2/ship/moscow_time_p2.wasm"),
        &component("p3", "wasm32-wasip2/ship/moscow_time_p3.wasm"),
    ];
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("spin.toml"), text.concat()).unwrap();
    dir
}
