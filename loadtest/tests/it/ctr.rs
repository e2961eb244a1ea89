//! Wasm containers in the matrix, with stand-ins for containerd's client and the wasmtime shim.

use rustix::process::Signal;
use serde_json::Value;

use crate::common::program::{Ended, Loadtest};
use crate::common::spin::Here;
use crate::common::until;

fn matrix(here: &Here, args: &str) -> Loadtest {
    here.loadtest(&format!(
        "matrix --from spin.toml --path /wagi/time -z 100ms --idle 0s --output-format json {args}"
    ))
}

/// What was found of a packaging.
fn of<'a>(report: &'a Value, name: &str) -> &'a Value {
    let targets = report["targets"].as_array().unwrap();
    targets.iter().find(|target| target["name"] == name).unwrap_or_else(|| panic!("no {name} in {report}"))
}

fn asked(here: &Here) -> Vec<String> {
    let asked = std::fs::read_to_string(here.path().join("asked")).unwrap();
    asked.lines().map(ToOwned::to_owned).collect()
}

fn report(ended: Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    crate::common::program::parse(&ended.stdout)
}

#[tokio::test]
async fn the_module_is_imported_for_wasi_run_once_and_removed() {
    let here = Here::with_containerd();
    let report = report(matrix(&here, "-n 1 --only").arg("ctr wasm").arg("--skip=http").run().await);
    let found = of(&report, "ctr wasm");
    assert_eq!(found["packaging"]["by"], "containerd 1.6.20~ds1, wasmtime shim 0.6.0", "{found}");
    let asked = asked(&here);
    let runs: Vec<_> = asked.iter().filter(|line| line.contains("MODE=once")).collect();
    assert!(!runs.is_empty(), "{asked:#?}");
    for run in runs {
        let run: Vec<_> = run.split(' ').collect();
        assert_eq!([run[0], run[2], run[3]], ["--namespace", "run", "--rm"]);
        assert!(run[1].starts_with("loadtest-"), "a namespace of its own: {run:?}");
        assert!(run.windows(2).any(|pair| pair == ["--runtime", "io.containerd.wasmtime.v1"]));
        assert!(run.windows(2).any(|pair| pair == ["--platform", "wasi/wasm"]));
        let [image, name] = run[run.len() - 2..] else { unreachable!() };
        assert!(image.starts_with("docker.io/library/loadtest-") && name.starts_with("loadtest-"));
    }
    assert!(asked.iter().any(|line| line.contains("images import --platform=wasi/wasm")));
    assert_eq!(here.kept(), Vec::<String>::new());
}

#[tokio::test]
async fn the_component_serves_at_a_port_that_is_free_and_its_processes_are_found() {
    let here = Here::with_containerd();
    let component =
        r#"(component (instance $handler) (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))"#;
    std::fs::write(here.path().join("p2.wasm"), wat::parse_str(component).unwrap()).unwrap();
    here.add_to_manifest(
        "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"p2\"\n[component.p2]\nsource = \"p2.wasm\"\n",
    );
    let report = report(matrix(&here, "-n 1 --only").arg("ctr wasm http").run().await);
    let found = of(&report, "ctr wasm http");
    // The server with its shim.
    assert!(found["memory_bytes"].as_f64() > Some(0.0), "{found}");
    assert_eq!(here.kept(), Vec::<String>::new());
    assert_eq!(here.processes(&[]), Vec::<u32>::new());
}

#[tokio::test]
async fn an_image_that_cannot_be_imported_is_told_in_the_clients_words_and_nothing_stays() {
    let here = Here::with_containerd();
    let ctr = here.path().join("bin/ctr");
    let script = std::fs::read_to_string(&ctr).unwrap();
    let fails =
        "\"images import\")\n    echo 'ctr: no space left on device' >&2; exit 1 ;;\n\"images never\")";
    crate::common::script::script(&ctr, &script.replace("\"images import\")", fails));
    let ended = matrix(&here, "-n 1 --only").arg("ctr wasm").run().await;
    assert!(ended.stderr.contains("no space left on device"), "{ended:?}");
    assert_eq!(here.kept(), Vec::<String>::new());
}

#[tokio::test]
async fn a_daemon_that_dies_in_the_middle_is_told_and_what_it_kept_is_removed_when_it_is_back() {
    let here = Here::with_containerd();
    std::fs::write(here.path().join("dies"), "").unwrap();
    let ended = matrix(&here, "-n 1 --only").arg("ctr wasm").arg("--skip=http").run().await;
    assert!(ended.stderr.contains("connection refused") || ended.stderr.contains("ended with"), "{ended:?}");
    assert_ne!(here.kept(), Vec::<String>::new());
    std::fs::remove_file(here.path().join("dead")).unwrap();
    report(matrix(&here, "-n 1 --only").arg("ctr wasm").arg("--skip=http").run().await);
    assert_eq!(here.kept(), Vec::<String>::new());
}

#[tokio::test]
async fn whether_a_daemon_answers_is_asked_with_a_limit_since_a_client_tries_for_long_by_itself() {
    let here = Here::with_containerd();
    std::fs::write(here.path().join("dead"), "").unwrap();
    let ended = matrix(&here, "-n 1 --only").arg("ctr wasm").run().await;
    assert!(ended.stderr.contains("containerd does not answer"), "{ended:?}");
    let asked = asked(&here);
    assert!(
        asked.len() > 1 && asked.iter().all(|line| line.starts_with("--connect-timeout 2s ")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn after_ctrl_c_and_after_a_kill_nothing_is_kept() {
    for (signal, code) in [(Signal::INT, Some(130)), (Signal::KILL, None)] {
        let here = Here::with_containerd();
        let running = matrix(&here, "-n 1000 --only").arg("ctr wasm").arg("--skip=http").start();
        let has_run = || asked(&here).iter().filter(|line| line.contains("MODE=once")).count() > 2;
        until(|| here.path().join("asked").exists() && has_run()).await;
        assert_ne!(here.kept(), Vec::<String>::new());
        running.signal(signal);
        let ended = running.end().await;
        assert_eq!(ended.code, code, "{ended:?}");
        // After a kill, its warden cleans up.
        until(|| here.processes(&[]).is_empty()).await;
        assert_eq!(here.kept(), Vec::<String>::new());
    }
}
