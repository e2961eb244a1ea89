//! Every packaging, built and served once for all tests of a process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{env, fs};

use tokio::runtime::Runtime;

/// Somewhere that answers.
#[derive(Debug)]
pub struct Packaging {
    #[allow(dead_code, reason = "named when a test fails")]
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
    static SERVED: OnceLock<Vec<Packaging>> = OnceLock::new();
    for packaging in SERVED.get_or_init(serve_all) {
        eprintln!("{packaging:?}");
        check(packaging);
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

fn serve_all() -> Vec<Packaging> {
    build("spin.toml");
    build("spin-p3.toml");
    let native = serve_native();
    let spin = serve(root().join("spin.toml"));
    let spin_p3 = serve(root().join("spin-p3.toml"));
    let mounted = serve(mounted_manifest());
    let at = |name, address, prefix, reuse| Packaging { name, address, prefix, reuse };
    vec![
        at("native server", native, "", Reuse::Always),
        at("WAGI below a prefix", spin, "/wagi", Reuse::Never),
        at("WAGI at the root", mounted, "", Reuse::Never),
        at("preview 2 at the root", spin, "", Reuse::Never),
        at("preview 2 below a prefix", mounted, "/deep/p2", Reuse::Never),
        at("preview 3 at the root", spin_p3, "", Reuse::Always),
        at("preview 3 below a parameter", mounted, "/anyone/p3", Reuse::Always),
    ]
}

/// The server, which ends with this process: its standard output is a pipe that it does not need, so it is
/// started in a way that outlives no test.
fn serve_native() -> SocketAddr {
    let mut server = Command::new(env!("CARGO_BIN_EXE_moscow-time"))
        .env_remove("REQUEST_METHOD")
        .env("MODE", "server")
        .env("HOST", "127.0.0.1")
        .env("PORT", "0")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    stop_at_exit(server.id());
    line.trim().strip_prefix("Serving http://").unwrap().parse().unwrap()
}

/// Tests of a process share the server, and no test is the last: a shell waits for this process to end.
fn stop_at_exit(server: u32) {
    let wait = format!("while kill -0 {}; do sleep 0.2; done; kill {server}", std::process::id());
    Command::new("sh").args(["-c", &wait]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
}

/// Serves a manifest by the embedded host, as long as this process lives.
fn serve(manifest: PathBuf) -> SocketAddr {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| Runtime::new().unwrap());
    let app = host::App::load(&manifest, &host::Options::default()).unwrap();
    let server = runtime.block_on(host::Server::bind(app, "127.0.0.1:0")).unwrap();
    let address = server.address();
    runtime.spawn(server.run(std::future::pending()));
    address
}

/// The same components elsewhere: below a longer prefix, below a parameter, at the root.
fn mounted_manifest() -> PathBuf {
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
    let dir = tempfile::tempdir().unwrap().keep();
    let path = dir.join("spin.toml");
    fs::write(&path, text.concat()).unwrap();
    path
}
