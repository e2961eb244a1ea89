//! Images under Docker and containerd: real ones where their daemons run, which is said where they do not.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use host::Manifest;
use loadtest::args::ImageKind;
use loadtest::local::artefact::{self, Form};
use loadtest::owner;
use loadtest::packaging::artefacts::Artefacts;
use loadtest::packaging::ctr::Ctr;
use loadtest::packaging::docker::Docker;
use loadtest::packaging::{Packaging, Shared, Turn};
use loadtest::server::command_line::CommandLine;
use loadtest::server::process::{self, Process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, MutexGuard};

use crate::common::program::{Loadtest, parse};
use crate::common::soon;

const LIMIT: Duration = Duration::from_secs(300);

/// One at a time: what is left over is looked for.
static DAEMONS: Mutex<()> = Mutex::const_new(());

/// A packaging that this machine can run, prepared.
struct Bench {
    packaging: Box<dyn Packaging>,
    shared: Shared,
    before: Vec<String>,
    _dir: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Bench {
    /// `None`, and a word about it, where it cannot run here.
    async fn of(mut packaging: Box<dyn Packaging>) -> Option<Self> {
        let alone = DAEMONS.lock().await;
        if let Err(missing) = packaging.detect().await {
            eprintln!("skipped: {}: {}; {}", packaging.name(), missing.what, missing.remedy);
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let session = owner::mark();
        let path = "/api/time".into();
        let shared = Shared { session, dir: dir.path().to_owned(), artefacts: artefacts().await, path };
        // What an earlier test left that was killed is removed first.
        packaging.prepare(&shared).await.unwrap();
        packaging.clean().await;
        let before = everything().await;
        let image = packaging.prepare(&shared).await.unwrap().shipped.image.unwrap();
        assert!(image.compressed_bytes < image.unpacked_bytes);
        Some(Self { packaging, shared, before, _dir: dir, _alone: alone })
    }

    async fn once(&mut self) -> Value {
        let turn = Turn::next();
        let ended = process::run(&self.packaging.once(&turn).unwrap(), LIMIT).await.unwrap();
        self.packaging.stop(&turn).await;
        let printed = String::from_utf8(ended.stdout).unwrap();
        assert!(printed.contains("  \"timestamp\""), "indented by two spaces: {printed}");
        parse(&printed)
    }

    /// What answers, and who serves it.
    async fn serve(&mut self) -> (Value, Vec<u32>) {
        let turn = Turn::next();
        let serve = self.packaging.serve(&turn).unwrap();
        let mut process = Process::spawn(&serve.command, Stdio::null()).unwrap();
        let answer = soon(async {
            loop {
                if let Some(answer) = get(&serve.url).await {
                    break answer;
                }
                assert_eq!(process.ended(), None, "`{}`", serve.command.written());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let answer = parse(&answer.await);
        let served = self.packaging.served_by(&turn, process.id().unwrap()).await.unwrap();
        assert_are_servers(&served);
        process.stop().await;
        self.packaging.stop(&turn).await;
        (answer, served)
    }

    async fn end(mut self) {
        self.packaging.clean().await;
        assert_eq!(everything().await, self.before);
    }
}

/// The body that is answered, if anything is.
async fn get(url: &str) -> Option<String> {
    let (address, path) = url.strip_prefix("http://")?.split_once('/')?;
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = format!("GET /{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

async fn artefacts() -> Artefacts {
    let manifest = Manifest::load(&repository().join("spin.toml")).unwrap();
    let built =
        async |form| -> Result<PathBuf, String> { Ok(artefact::build(&manifest, form).await.unwrap()) };
    Artefacts {
        native: built(Form::Native).await,
        module: built(Form::Module).await,
        preview2: built(Form::Preview2).await,
        preview3: Err("not needed".into()),
        routes: Vec::new(),
    }
}

/// What a command prints, whose words are separated by spaces.
async fn ask(words: &str) -> Result<String, String> {
    let mut words = words.split(' ');
    let ended = process::run(&CommandLine::new(words.next().unwrap()).args(words), LIMIT).await;
    ended.map(|ended| String::from_utf8(ended.stdout).unwrap())
}

/// What it prints, line by line; nothing where it fails.
async fn listed(words: &str) -> Vec<String> {
    ask(words).await.unwrap_or_default().lines().map(ToOwned::to_owned).collect()
}

/// Containers, images, snapshots and networks of every daemon that answers.
async fn everything() -> Vec<String> {
    let mut questions = [
        "docker ps --all --format {{.Names}}",
        "docker images --all --format {{.Repository}}:{{.Tag}}={{.ID}}",
        "docker network ls --format {{.Name}}",
        "ctr namespaces ls --quiet",
    ]
    .map(ToOwned::to_owned)
    .to_vec();
    let held = ["containers ls", "tasks ls", "images ls", "leases ls", "content ls"]
        .map(|held| format!("{held} --quiet"));
    let held = held.into_iter().chain(["snapshots ls".to_owned()]).collect::<Vec<_>>();
    for namespace in listed("ctr namespaces ls --quiet").await {
        questions.extend(held.iter().map(|held| format!("ctr --namespace {namespace} {held}")));
    }
    let mut all = Vec::new();
    for words in questions {
        all.extend(listed(&words).await.iter().map(|line| format!("{words}: {line}")));
    }
    for dir in ["/run/netns", "/run/containerd/fifo"] {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        all.extend(entries.map(|entry| entry.path().display().to_string()));
    }
    // Another run may be under way on this machine.
    let mark = owner::mark();
    let (own, _) = mark.rsplit_once('-').unwrap();
    all.retain(|line| !line.contains("loadtest-") || line.contains(own));
    all.sort();
    all
}

fn assert_tells_the_time(answer: &Value) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(answer["timestamp"].as_u64().unwrap().abs_diff(now) < 60, "{answer}");
}

/// Each is the shim of a container, or what hands on what Docker publishes.
fn assert_are_servers(served: &[u32]) {
    for id in served {
        let line = std::fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
        assert!(line.contains("containerd-shim") || line.contains("docker-proxy"), "{id}: {line}");
    }
}

#[tokio::test]
async fn every_archive_is_taken_by_docker_and_by_containerd_and_is_as_large_as_it_says() {
    let _alone = DAEMONS.lock().await;
    let dir = tempfile::tempdir().unwrap();
    let (docker, containerd) = (ask("docker version").await, ask("ctr version").await);
    let skopeo = ask("skopeo --version").await;
    for (kind, platform) in [("native", None), ("wasm", Some("wasi/wasm")), ("wasm-http", Some("wasi/wasm"))]
    {
        let (file, mark) = (dir.path().join(kind), owner::mark());
        let name = format!("{mark}:{kind}");
        let run = Loadtest::new(format!("image --kind {kind} -t {name} -o {}", file.display()));
        let printed = run.within(repository()).run().await.stdout;
        let file = file.display();
        match &docker {
            Ok(_) => {
                let loaded = ask(&format!("docker load --input {file}")).await.unwrap();
                assert_eq!(loaded, format!("Loaded image: {name}\n"));
                let size = ask(&format!("docker image inspect --format {{{{.Size}}}} {name}")).await.unwrap();
                assert!(printed.contains(&format!("): {} bytes", size.trim())), "{size} {printed}");
                ask(&format!("docker rmi {name}")).await.unwrap();
            }
            Err(why) => eprintln!("skipped: docker load: {why}"),
        }
        match &containerd {
            Ok(_) => {
                let platform = platform.map_or(String::new(), |platform| format!("--platform={platform} "));
                ask(&format!("ctr --namespace {mark} images import {platform}{file}")).await.unwrap();
                let listed = ask(&format!("ctr --namespace {mark} images ls")).await.unwrap();
                let line = listed.lines().find(|line| line.contains(&format!("/library/{name} "))).unwrap();
                assert!(line.contains(if platform.is_empty() { "linux/" } else { "wasi/wasm" }), "{line}");
                let remove = format!("ctr --namespace {mark} images rm --sync docker.io/library/{name}");
                ask(&remove).await.unwrap();
            }
            Err(why) => eprintln!("skipped: ctr images import: {why}"),
        }
        match &skopeo {
            Ok(_) => {
                // Podman and Buildah read archives so.
                let read = ask(&format!("skopeo inspect --raw oci-archive:{file}")).await.unwrap();
                let layers = parse(&read)["layers"].as_array().unwrap().clone();
                let sent: u64 = layers.iter().map(|layer| layer["size"].as_u64().unwrap()).sum();
                assert!(printed.contains(&format!("bytes, {sent} as it is sent")), "{read} {printed}");
            }
            Err(why) => eprintln!("skipped: skopeo inspect: {why}"),
        }
    }
    let _ = ask(&format!("ctr namespaces rm {}", owner::mark())).await;
}

/// What Docker builds of a Dockerfile of this repository, in its words.
async fn build(dockerfile: &Path, tag: &str) -> Result<String, String> {
    // The builder of old is the one that needs no plugin.
    let line = CommandLine::new("docker").env("DOCKER_BUILDKIT", "0").args(["build", "--tag", tag, "--file"]);
    let ended = process::run(&line.arg(dockerfile).arg(repository()), LIMIT).await?;
    Ok(String::from_utf8(ended.stdout).unwrap())
}

#[tokio::test]
async fn the_dockerfiles_build_what_was_built_before_and_pull_nothing() {
    let _alone = DAEMONS.lock().await;
    if let Err(why) = ask("docker version").await {
        return eprintln!("skipped: docker build: {why}");
    }
    let built = artefacts().await;
    let before = everything().await;
    for (dockerfile, program) in [("Dockerfile", built.native), ("Dockerfile.wasm", built.module)] {
        let name = format!("{}:{}", owner::mark(), dockerfile.to_lowercase());
        build(&repository().join(dockerfile), &name).await.unwrap();
        let size = ask(&format!("docker image inspect --format {{{{.Size}}}} {name}")).await.unwrap();
        assert_eq!(
            size.trim(),
            std::fs::metadata(program.unwrap()).unwrap().len().to_string(),
            "{dockerfile}"
        );
        if dockerfile == "Dockerfile" {
            let printed = ask(&format!("docker run --rm --env MODE=once {name}")).await.unwrap();
            assert_tells_the_time(&parse(&printed));
        }
        ask(&format!("docker rmi {name}")).await.unwrap();
    }
    assert_eq!(everything().await, before);
}

#[tokio::test]
async fn the_dockerfile_that_builds_within_is_one_as_far_as_can_be_told_without_a_registry() {
    let _alone = DAEMONS.lock().await;
    if let Err(why) = ask("docker version").await {
        return eprintln!("skipped: docker build: {why}");
    }
    let text = std::fs::read_to_string(repository().join("Dockerfile.source")).unwrap();
    // All of it is read before the first step, which ends at a registry where there is none.
    let nowhere = text.replace("FROM rust:", "FROM 127.0.0.1:1/rust:");
    assert_ne!(nowhere, text);
    let dir = tempfile::tempdir().unwrap();
    let refused = async |name: &str, text: &str| {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        build(&file, &format!("{}:{name}", owner::mark())).await.unwrap_err()
    };
    let whole = refused("whole", &nowhere).await;
    assert!(whole.contains("127.0.0.1:1"), "{whole}");
    let broken = refused("broken", &nowhere.replace("ENTRYPOINT", "ENTRYPIONT")).await;
    assert!(broken.contains("unknown instruction") && broken.contains("ENTRYPIONT"), "{broken}");
}

#[tokio::test]
async fn a_container_of_docker_tells_the_time_once_and_over_http_and_leaves_nothing() {
    let Some(mut bench) = Bench::of(Box::new(Docker::default())).await else { return };
    assert_tells_the_time(&bench.once().await);
    let (answer, served) = bench.serve().await;
    assert_tells_the_time(&answer);
    // The shim, and the process that hands on what is published, unless Docker does without it.
    assert!((1..=2).contains(&served.len()), "{served:?}");
    bench.end().await;
}

#[tokio::test]
async fn the_same_image_under_ctr_does_too() {
    let Some(mut bench) = Bench::of(Box::new(Ctr::new(ImageKind::Native))).await else { return };
    assert_tells_the_time(&bench.once().await);
    let (answer, served) = bench.serve().await;
    assert_tells_the_time(&answer);
    assert_eq!(served.len(), 1);
    bench.end().await;
}

#[tokio::test]
async fn the_module_under_ctr_tells_the_time_once_and_does_not_serve() {
    let Some(mut bench) = Bench::of(Box::new(Ctr::new(ImageKind::Wasm))).await else { return };
    assert_tells_the_time(&bench.once().await);
    assert!(bench.packaging.serve(&Turn::next()).is_none());
    bench.end().await;
}

#[tokio::test]
async fn the_component_under_ctr_serves_http() {
    let Some(mut bench) = Bench::of(Box::new(Ctr::new(ImageKind::WasmHttp))).await else { return };
    let (answer, served) = bench.serve().await;
    assert_tells_the_time(&answer);
    assert_eq!(served.len(), 1);
    assert!(bench.packaging.once(&Turn::next()).is_none());
    bench.end().await;
}

#[tokio::test]
async fn what_a_killed_process_left_is_removed_by_the_next_and_nothing_else() {
    let of = |name: &str| -> Box<dyn Packaging> {
        match name {
            "docker" => Box::new(Docker::default()),
            _ => Box::new(Ctr::new(ImageKind::Native)),
        }
    };
    for name in ["docker", "ctr"] {
        let Some(bench) = Bench::of(of(name)).await else { continue };
        // A process of the number of this one, which was started at another time, has left a server running; and somebody
        // else has one of such a name.
        let (rest, _) = bench.shared.session.rsplit_once('-').unwrap();
        let dead = format!("{rest}-1-1");
        let others = format!("x{dead}");
        let mut left = Vec::new();
        for session in [&others, &dead] {
            let shared = Shared { session: session.clone(), ..bench.shared.clone() };
            let mut packaging = of(name);
            packaging.prepare(&shared).await.unwrap();
            let turn = Turn { name: session.clone(), ..Turn::next() };
            let serve = packaging.serve(&turn).unwrap();
            let process = Process::spawn(&serve.command, Stdio::null()).unwrap();
            soon(async { while get(&serve.url).await.is_none() {} }).await;
            // Its client is killed, as the process that started it was.
            drop(process);
            left.push(packaging);
        }
        let is_there =
            |all: &[String], name: &str| all.iter().any(|line| line.ends_with(&format!(": {name}")));
        assert!(is_there(&everything().await, &dead), "{name}");
        let mut next = of(name);
        next.prepare(&bench.shared).await.unwrap();
        let after = everything().await;
        assert!(!is_there(&after, &dead) && is_there(&after, &others), "{name}: {after:#?}");
        for mut packaging in left.into_iter().chain([next]) {
            packaging.clean().await;
        }
        bench.end().await;
    }
}
