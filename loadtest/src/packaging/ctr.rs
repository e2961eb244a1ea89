//! Images under containerd's own client, `ctr run`: by runc, and by the wasmtime shim.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::archive::Archive;
use super::client::{ask, attempt, find, lines, list};
use super::{Missing, Packaging, Ready, START, Serve, Shared, Turn, Why, serving, shims};
use crate::args::ImageKind;
use crate::image;
use crate::owner;
use crate::server::command_line::CommandLine;
use crate::server::process;

/// The shim that runs Wasm, and the name by which containerd finds it.
const SHIM: &str = "containerd-shim-wasmtime-v1";
const RUNTIME: &str = "io.containerd.wasmtime.v1";
/// Where containerd and its shims leave an empty directory for each namespace: beside control groups of version 1, that of
/// version 2 is among them.
const FORGOTTEN: [&str; 5] = [
    "/sys/fs/cgroup/unified",
    "/run/containerd/io.containerd.runtime.v2.task",
    "/run/containerd/runc",
    "/run/containerd/wasmtime",
    "/var/lib/containerd/io.containerd.runtime.v2.task",
];

/// An image under `ctr run`.
#[derive(Debug)]
pub struct Ctr {
    holds: ImageKind,
    prepared: Option<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    /// Everything made here is in a namespace of this session's own: so all that is in it can go, whatever it is called.
    namespace: String,
    /// Where `ctr` keeps its pipes, which outlive it if it is killed.
    pipes: PathBuf,
    /// Where it mounts the image for a moment, which outlives it too.
    mounts: PathBuf,
    image: Archive,
    /// Asked for.
    path: String,
}

impl Ctr {
    /// An image that holds this.
    pub fn new(holds: ImageKind) -> Self {
        Self { holds, prepared: None }
    }

    fn run(&self, turn: &Turn, settings: &[&str]) -> Option<CommandLine> {
        let Prepared { namespace, pipes, mounts, image, .. } = self.prepared.as_ref()?;
        let line = ctr(namespace, ["run", "--rm", "--fifo-dir"]).arg(pipes).env("TMPDIR", mounts);
        let line = match self.holds {
            ImageKind::Native => line,
            ImageKind::Wasm | ImageKind::WasmHttp => {
                line.args(["--runtime", RUNTIME, "--platform", "wasi/wasm"])
            }
        };
        Some(line.args(settings).args([&image.canonical, &turn.name]))
    }
}

#[async_trait(?Send)]
impl Packaging for Ctr {
    fn name(&self) -> &str {
        match self.holds {
            ImageKind::Native => "ctr",
            ImageKind::Wasm => "ctr wasm",
            ImageKind::WasmHttp => "ctr wasm http",
        }
    }

    async fn detect(&mut self) -> Result<String, Missing> {
        let told = ask(&asked("version")).await.map_err(|why| missing(&why))?;
        let containerd = server_version(&told);
        let runtime = match self.holds {
            ImageKind::Native => runc().await?,
            ImageKind::Wasm | ImageKind::WasmHttp => shim().await?,
        };
        Ok(format!("containerd {containerd}, {runtime}"))
    }

    async fn prepare(&mut self, shared: &Shared) -> Result<super::Prepared, Why> {
        remove(owner::is_stale).await;
        let artefact = match self.holds {
            ImageKind::Native => &shared.artefacts.native,
            ImageKind::Wasm => &shared.artefacts.module,
            ImageKind::WasmHttp => &shared.artefacts.preview2,
        };
        let image = Archive::of_file(self.holds, artefact.as_ref(), self.name(), shared)?;
        let namespace = shared.session.clone();
        let pipes = shared.dir.join(format!("{}-pipes", self.name()).replace(' ', "-"));
        let (mounts, path) = (shared.dir.clone(), shared.path.clone());
        let import = ctr(&namespace, ["images", "import", &format!("--platform={}", image.platform)]);
        let import = import.arg(&image.path);
        let prepared = super::Prepared {
            size: image.size,
            path: path.clone(),
            shipped: image.shipped.clone(),
            written: format!("ctr run {}", image.canonical),
        };
        self.prepared = Some(Prepared { namespace, pipes, mounts, image, path });
        ask(&import).await?;
        Ok(prepared)
    }

    fn once(&self, turn: &Turn) -> Option<CommandLine> {
        // A component for WASI preview 2 that serves is no command.
        if self.holds == ImageKind::WasmHttp { None } else { self.run(turn, &["--env", "MODE=once"]) }
    }

    fn serve(&self, turn: &Turn) -> Option<Serve> {
        let address = format!("127.0.0.1:{}", turn.port);
        let settings = match self.holds {
            ImageKind::Native => vec![format!("PORT={}", turn.port), "HOST=127.0.0.1".into()],
            // A module for WASI preview 1 has no sockets.
            ImageKind::Wasm => return None,
            // The shim looks at it itself; without it, it listens at port 8080 of every address.
            ImageKind::WasmHttp => vec![format!("WASMTIME_HTTP_PROXY_SOCKET_ADDR={address}")],
        };
        let settings = settings.iter().flat_map(|setting| ["--env", setting]);
        let settings: Vec<_> = std::iter::once("--net-host").chain(settings).collect();
        let path = &self.prepared.as_ref()?.path;
        Some(Serve {
            command: self.run(turn, &settings)?,
            url: format!("http://{address}{path}"),
            ready: Ready::Answers,
            within: START,
        })
    }

    fn suspect(&self) -> Option<Why> {
        let default = SocketAddr::from((Ipv4Addr::UNSPECIFIED, image::PORT));
        let holder = if self.holds == ImageKind::WasmHttp { host::holder(default) } else { None };
        holder.map(|holder| {
            format!(
                "port {}, where an old shim listens whatever it is told, is held by {holder}",
                image::PORT
            )
        })
    }

    async fn served_by(&self, turn: &Turn, _: u32) -> Result<Vec<u32>, Why> {
        let namespace = &self.prepared.as_ref().ok_or("it was not prepared")?.namespace;
        let tasks = ask(&ctr(namespace, ["tasks", "ls"])).await?;
        let init = init_of(&tasks, &turn.name).ok_or("containerd knows of no such task")?;
        Ok(vec![serving::shim_of(init, &turn.name)?])
    }

    async fn stop(&self, turn: &Turn) {
        let Some(Prepared { namespace, .. }) = &self.prepared else { return };
        if list(&ctr(namespace, ["containers", "ls", "--quiet"])).await.contains(&turn.name) {
            remove_container(namespace, &turn.name).await;
        }
    }

    async fn clean(&mut self) {
        if let Some(Prepared { namespace, .. }) = self.prepared.take() {
            remove(|name| name == namespace).await;
        }
    }
}

/// What nobody knows to be answered. Left to itself, `ctr` tries for 10 s to reach a daemon that does not run.
fn asked(what: &str) -> CommandLine {
    CommandLine::new("ctr").args(["--connect-timeout", "2s", what])
}

fn ctr<'a>(namespace: &str, args: impl IntoIterator<Item = &'a str>) -> CommandLine {
    CommandLine::new("ctr").args(["--namespace", namespace]).args(args)
}

/// Removes the namespaces that are named so, with all that is in them; whether there were any.
pub async fn remove(is_meant: impl Fn(&str) -> bool) -> bool {
    let all = asked("namespaces").args(["ls", "--quiet"]);
    let known = ask(&all).await;
    let namespaces = known.iter().flat_map(|known| lines(known)).filter(|name| is_meant(name));
    let namespaces: Vec<_> = namespaces.collect();
    for namespace in &namespaces {
        empty(namespace).await;
    }
    let shims = shims::of(&is_meant);
    for shim in &shims {
        shim.end().await;
    }
    // What is in use is not empty, and stays.
    for namespace in namespaces.iter().copied().chain(shims.iter().map(|shim| shim.namespace.as_str())) {
        attempt(&CommandLine::new("ctr").args(["namespaces", "rm", "--cgroup", namespace])).await;
        for dir in FORGOTTEN {
            let _ = std::fs::remove_dir(Path::new(dir).join(namespace));
        }
    }
    // Of those that are gone from containerd, if it says so. What did not answer before is not asked again.
    if known.is_ok()
        && let Ok(left) = ask(&all).await
    {
        shims::forget(|name| is_meant(name) && !lines(&left).any(|left| left == name));
    }
    !(namespaces.is_empty() && shims.is_empty())
}

/// Removes containers with their tasks and files, images, and what a killed `ctr` had leased for what it was making.
async fn empty(namespace: &str) {
    let held = async |what: &str| list(&ctr(namespace, [what, "ls", "--quiet"])).await;
    for name in held("containers").await {
        remove_container(namespace, &name).await;
    }
    let snapshots = list(&ctr(namespace, ["snapshots", "ls"])).await;
    for key in snapshots.iter().skip(1).filter_map(|line| line.split_whitespace().next()) {
        attempt(&ctr(namespace, ["snapshots", "rm", key])).await;
    }
    for image in held("images").await {
        attempt(&ctr(namespace, ["images", "rm", &image])).await;
    }
    // What nothing refers to any longer is gone after that. The first one makes sure that there is one to remove.
    attempt(&ctr(namespace, ["leases", "create", "--id", "last"])).await;
    for lease in held("leases").await {
        attempt(&ctr(namespace, ["leases", "rm", "--sync", &lease])).await;
    }
}

async fn remove_container(namespace: &str, name: &str) {
    attempt(&ctr(namespace, ["tasks", "rm", "--force", name])).await;
    attempt(&ctr(namespace, ["containers", "rm", name])).await;
}

async fn runc() -> Result<String, Missing> {
    let install = "install it: on Debian, sudo apt-get install runc";
    let runc = find("runc").ok_or_else(|| Missing::new("there is no runc for containerd to run", install))?;
    let version = process::first_line(&runc.to_string_lossy(), &["--version"]).await;
    Ok(version.map_or_else(|_| "runc".into(), |line| line.replace("version ", "")))
}

async fn shim() -> Result<String, Missing> {
    let Some(shim) = find(SHIM) else {
        return Err(Missing::new(
            format!("there is no {SHIM} for containerd to run"),
            "put that of https://github.com/containerd/runwasi/releases into /usr/local/bin",
        ));
    };
    let told = ask(&CommandLine::new(shim).arg("-v")).await.unwrap_or_default();
    Ok(version_in(&told).map_or("wasmtime shim".into(), |version| format!("wasmtime shim {version}")))
}

/// Of `ctr version`: client first, then server.
fn server_version(told: &str) -> &str {
    told.split_once("Server:").and_then(|(_, server)| version_in(server)).unwrap_or("of unknown version")
}

fn version_in(told: &str) -> Option<&str> {
    told.lines().find_map(|line| line.trim().strip_prefix("Version:")).map(str::trim)
}

/// In the table of `ctr tasks ls`: name, number of the process, status.
fn init_of<'a>(tasks: &'a str, name: &str) -> Option<&'a str> {
    let rows = tasks.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.first() == Some(&name)).find_map(|row| row.get(1).copied())
}

fn missing(why: &str) -> Missing {
    let has = |words: &str| why.contains(words);
    if has("cannot be started") && has("No such file") {
        Missing::new(
            "there is no ctr on the PATH",
            "install it: on Debian, sudo apt-get install containerd runc",
        )
    } else if has("permission denied") {
        Missing::new("containerd answers root alone", "run this with sudo")
    } else if ["dial ", "connection", "deadline", "took longer"].into_iter().any(has) {
        Missing::new(
            "containerd does not answer",
            "start it: sudo systemctl start containerd, or sudo containerd &",
        )
    } else {
        Missing::new(format!("containerd cannot be asked: {why}"), "see to it that ctr version works")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_its_remedy() {
        let dial = |why: &str| {
            missing(&format!(
                "`ctr version` ended with exit status: 1: dial unix /run/containerd/containerd.sock: {why}"
            ))
        };
        assert!(dial("connect: permission denied").remedy.contains("sudo"));
        assert!(dial("connect: no such file or directory").remedy.contains("start containerd"));
        assert!(missing("`ctr version` cannot be started: No such file").remedy.contains("apt-get"));
        let other = missing("`ctr version` cannot be started: Exec format error");
        assert!(other.what.contains("Exec format error") && !other.remedy.contains("start it"), "{other:?}");
    }

    #[test]
    fn versions_are_those_of_the_daemon_and_of_the_shim() {
        let told = "Client:\n  Version:  1.7.1\n  Go version: go1.19.8\n\nServer:\n  Version:  1.6.20~ds1\n  UUID: 2\n";
        assert_eq!(server_version(told), "1.6.20~ds1");
        let told = "containerd-shim-wasmtime-v1:\n  Runtime: io.containerd.wasmtime.v1\n  Version: 0.6.0\n";
        assert_eq!(version_in(told), Some("0.6.0"));
        assert_eq!(server_version(""), "of unknown version");
    }

    #[test]
    fn a_task_is_found_by_its_whole_name() {
        let tasks =
            "TASK       PID      STATUS    \na-1        12       STOPPED\na          28738    RUNNING";
        assert_eq!(init_of(tasks, "a"), Some("28738"));
        assert_eq!(init_of(tasks, "TAS"), None);
    }
}
