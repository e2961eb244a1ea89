//! `loadtest image`: archives that are what they say, and the same bytes every time.

use std::path::Path;

use crate::common::archive::Archive;
use crate::common::program::{Loadtest, files_in};
use crate::common::spin::Here;

/// A component of preview 2 that imports this, which it does nothing with.
fn handler(import: &str) -> Vec<u8> {
    let text = format!(
        r#"(component (import {import:?} (instance)) (instance $handler)
             (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))"#
    );
    wat::parse_str(text).unwrap()
}

/// Where `/` is answered by this.
fn here_with(component: &[u8]) -> Here {
    let here = Here::new();
    std::fs::write(here.path().join("p2.wasm"), component).unwrap();
    here.add_to_manifest(
        "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"p2\"\n[component.p2]\nsource = \"p2.wasm\"\n",
    );
    here
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[tokio::test]
async fn a_module_is_one_file_for_wasi_that_is_the_entry_point_and_not_run_as_root() {
    let here = Here::new();
    let printed = here.loadtest("image --kind wasm -o out.tar").run().await.well();
    let archive = Archive::read(&std::fs::read(here.path().join("out.tar")).unwrap());
    let module = std::fs::read(here.path().join("guest.wasm")).unwrap();
    assert_eq!(archive.platform(), "wasi/wasm");
    assert_eq!(archive.files, [("app.wasm".into(), 0o755, 0, module.clone())]);
    let execution = archive.execution();
    assert_eq!(execution.entrypoint().as_deref(), Some(&["/app.wasm".to_owned()][..]));
    assert!(execution.user().as_ref().unwrap().parse::<u32>().is_err(), "a group too");
    assert_ne!(execution.user().as_ref().unwrap().split(':').next(), Some("0"));
    assert_eq!(
        printed,
        format!("app:wasm (wasi/wasm): {} bytes, {} as it is sent\n", module.len(), archive.compressed)
    );
}

#[tokio::test]
async fn a_module_without_an_entry_point_is_not_packed() {
    let here = Here::new();
    let library = wat::parse_str(r#"(module (func (export "_initialize")))"#).unwrap();
    std::fs::write(here.path().join("guest.wasm"), library).unwrap();
    let ended = here.loadtest("image --kind wasm -o out.tar").run().await;
    ended.refused(2, &["guest.wasm has no entry point", "_start", "as a program"]);
    assert!(!here.path().join("out.tar").exists());
}

#[tokio::test]
async fn what_serves_http_says_on_which_port() {
    let here = here_with(&handler("wasi:cli/environment@0.2.6"));
    here.loadtest("image --kind wasm-http -o out.tar").run().await.well();
    let archive = Archive::read(&std::fs::read(here.path().join("out.tar")).unwrap());
    assert_eq!(archive.platform(), "wasi/wasm");
    assert_eq!(archive.execution().exposed_ports().as_deref(), Some(&["8080/tcp".to_owned()][..]));
}

#[tokio::test]
async fn docker_is_told_of_no_system_that_it_does_not_know() {
    let here = Here::new();
    here.loadtest("image --kind wasm -o out.tar -t Example.org/time:1").run().await.refused(2, &["time:1"]);
    here.loadtest("image --kind wasm -o out.tar -t example.org/time:1").run().await.well();
    let archive = Archive::read(&std::fs::read(here.path().join("out.tar")).unwrap());
    assert_eq!(archive.docker_tags, serde_json::json!(["example.org/time:1"]));
    assert_eq!((&archive.docker["os"], &archive.docker["architecture"]), (&().into(), &"wasm".into()));
    let named = archive.index.manifests()[0].annotations().as_ref().unwrap();
    assert_eq!(named["io.containerd.image.name"], "example.org/time:1");
    assert_eq!(named["org.opencontainers.image.ref.name"], "1");
}

#[tokio::test]
async fn the_same_program_is_the_same_archive_byte_for_byte() {
    let (here, there) = (Here::new(), Here::new());
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(100_000);
    std::fs::File::options()
        .append(true)
        .open(there.path().join("guest.wasm"))
        .and_then(|file| file.set_modified(later))
        .unwrap();
    let mut archives = Vec::new();
    for place in [&here, &there] {
        place.loadtest("image --kind wasm -o out.tar").run().await.well();
        archives.push(std::fs::read(place.path().join("out.tar")).unwrap());
    }
    // Standard output takes it too, and then nothing else.
    let ended = Loadtest::in_shell("exec \"$0\" \"$@\" > piped.tar", "image --kind wasm -o -");
    let ended = ended.within(here.path()).run().await;
    assert_eq!((ended.code, ended.stderr.contains("as it is sent")), (Some(0), true), "{ended:?}");
    archives.push(std::fs::read(here.path().join("piped.tar")).unwrap());
    assert!(archives.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn what_only_its_own_host_could_load_is_not_packed() {
    let here = here_with(&handler("fermyon:spin/key-value@2.0.0"));
    let before = files_in(here.path());
    let ended = here.loadtest("image --kind wasm-http -o out.tar").run().await;
    ended.refused(2, &["p2.wasm", "fermyon:spin/key-value@2.0.0", "Wasm containers"]);
    assert_eq!(files_in(here.path()), before);
}

#[tokio::test]
async fn what_there_is_no_component_for_is_refused_with_what_to_do() {
    let here = Here::new();
    here.loadtest("image --kind wasm-http -o out.tar").run().await.refused(2, &["preview 2", "--from"]);
    here.loadtest("image --kind native -o out.tar").run().await.refused(2, &["\"guest\"", "cargo build"]);
    here.loadtest("image --kind wasm -o no/out.tar").run().await.refused(2, &["no/out.tar", "-o"]);
    here.loadtest("image --kind wasm -o out.tar -f p.toml").run().await.refused(2, &["p.toml", "--from"]);
}

/// With what builds of this repository may take of an image.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_images_of_this_repository_are_small_and_every_build_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    for (kind, platform, limit) in
        [("native", "linux/", 800_000), ("wasm", "wasi/wasm", 60_000), ("wasm-http", "wasi/wasm", 60_000)]
    {
        let file = dir.path().join("out.tar");
        let mut archives = Vec::new();
        for _ in 0..2 {
            let run = Loadtest::new(format!("image --kind {kind} -o")).arg(&file).within(repository());
            let ended = run.run().await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
            archives.push(std::fs::read(&file).unwrap());
        }
        assert_eq!(archives[0], archives[1], "{kind}");
        let archive = Archive::read(&archives[0]);
        assert!(archive.platform().starts_with(platform), "{}", archive.platform());
        assert!(archive.compressed <= limit, "{kind}: {} bytes", archive.compressed);
    }
}
