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

/// Holds `check` against each packaging in this project's own hosts; a failure names the packaging.
pub fn with_every_packaging(check: impl Fn(&Packaging)) {
    build("spin.toml");
    build("spin-p3.toml");
    let mut program = Command::new(env!("CARGO_BIN_EXE_moscow-time"));
    let native = Server::start(program.envs([("MODE", "server"), ("HOST", "127.0.0.1"), ("PORT", "0")]));
    let mounted = mounted_manifest();
    // The hosts serve as long as the runtime lives.
    let runtime = Runtime::new().unwrap();
    let [spin, spin_p3, elsewhere] =
        [root().join("spin.toml"), root().join("spin-p3.toml"), mounted.path().join("spin.toml")]
            .map(|manifest| serve(&runtime, &manifest));
    let native =
        Packaging { name: "native server", address: native.address, prefix: "", reuse: Reuse::Always };
    for packaging in [native].into_iter().chain(in_spin(spin, spin_p3, elsewhere)) {
        eprintln!("{packaging:?}");
        check(&packaging);
    }
}

/// What Spin and this project's host serve of the two manifests of the repository and of the mounted one.
fn in_spin(spin: SocketAddr, spin_p3: SocketAddr, elsewhere: SocketAddr) -> [Packaging; 6] {
    let at = |name, address, prefix, reuse| Packaging { name, address, prefix, reuse };
    [
        at("WAGI below a prefix", spin, "/wagi", Reuse::Never),
        at("WAGI at the root", elsewhere, "", Reuse::Never),
        at("preview 2 at the root", spin, "", Reuse::Never),
        at("preview 2 below a prefix", elsewhere, "/deep/p2", Reuse::Never),
        at("preview 3 at the root", spin_p3, "", Reuse::Always),
        at("preview 3 below a parameter", elsewhere, "/anyone/p3", Reuse::Always),
    ]
}

/// Holds `check` against the components under `wasmtime serve`, where that is installed.
pub fn with_wasmtime_serve(check: impl Fn(&Packaging)) {
    if !installed("wasmtime") {
        return;
    }
    let hosted = |name, file: &str, options: &[&str], reuse| {
        let mut command = Command::new("wasmtime");
        command.args(["serve", "--addr", "127.0.0.1:0"]).args(options);
        let server = Server::start(command.arg(root().join("target/wasm32-wasip2/ship").join(file)));
        let packaging = Packaging { name, address: server.address, prefix: "", reuse };
        eprintln!("wasmtime serve: {packaging:?}");
        check(&packaging);
    };
    build("spin.toml");
    hosted("preview 2", "moscow_time_p2.wasm", &["-S", "cli"], Reuse::Never);
    build("spin-p3.toml");
    let preview3 =
        ["-S", "cli", "-S", "p3", "-W", "component-model-async", "--idle-instance-timeout", "3600s"];
    hosted("preview 3", "moscow_time_p3.wasm", &preview3, Reuse::Always);
}

/// Holds `check` against each packaging in Spin, where that is installed.
pub fn with_spin(check: impl Fn(&Packaging)) {
    if !installed("spin") {
        return;
    }
    build("spin.toml");
    build("spin-p3.toml");
    let mounted = mounted_manifest();
    let start = |manifest: PathBuf| {
        let mut command = Command::new("spin");
        command.args(["up", "--listen", "127.0.0.1:0", "--idle-instance-timeout", "3600s", "--from"]);
        Server::start(command.arg(manifest))
    };
    let [spin, spin_p3, elsewhere] =
        [root().join("spin.toml"), root().join("spin-p3.toml"), mounted.path().join("spin.toml")].map(start);
    for packaging in in_spin(spin.address, spin_p3.address, elsewhere.address) {
        eprintln!("spin up: {packaging:?}");
        check(&packaging);
    }
}

fn installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("skipped: {program} is not on the PATH");
    }
    found
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

/// A server's process, until it is dropped.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts it, and waits for the line that names its address.
    fn start(command: &mut Command) -> Self {
        // Both streams, since each server has its own habit.
        let (reader, writer) = std::io::pipe().unwrap();
        let mut process = command.stdout(writer.try_clone().unwrap()).stderr(writer).spawn().unwrap();
        // The last writer here: the lines end when the process does.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut lines = BufReader::new(reader).lines().map_while(Result::ok);
        let address = lines.find_map(|line| {
            let (_, address) = line.split_once("http://").filter(|_| line.starts_with("Serving "))?;
            address.trim_end_matches('/').parse().ok()
        });
        let Some(address) = address else {
            process.kill().unwrap();
            panic!("{command:?} does not serve");
        };
        // Nothing that it prints may block it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Spin passes SIGTERM on to the process that serves; SIGKILL would leave that behind.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
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
