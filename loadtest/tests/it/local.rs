//! Measuring what is here: by Spin, for which there is a stand-in, or by the embedded host.

use crate::common::answers;
use crate::common::program::{phase, phase_of};
use crate::common::spin::{Here, UP};
use crate::common::until;
use serde_json::{Value, json};

fn host(report: &Value) -> &str {
    report["environment"]["host"].as_str().unwrap()
}

fn assert_all_phases(report: &Value) {
    for name in ["startup", "cold", "warm"] {
        let phase = phase(report, name);
        assert_eq!((&phase["samples"], &phase["counted"]), (&json!(2), &json!(2)), "{phase}");
        assert!(phase["latency_us"]["min"].as_f64().is_some_and(|us| us > 0.0), "{phase}");
    }
}

#[tokio::test]
async fn spin_serves_where_it_is_installed() {
    let report = Here::with_spin().quick("-n 2").run().await.report();
    assert!(host(&report).starts_with("spin 4.1.0"), "{report}");
    assert_all_phases(&report);
    assert!(report["targets"][0]["url"].as_str().unwrap().ends_with("/wagi/"), "{report}");
}

#[tokio::test]
async fn the_embedded_host_serves_where_there_is_no_spin() {
    let report = Here::new().quick("-n 2").run().await.report();
    assert!(host(&report).starts_with("embedded host"), "{report}");
    assert_all_phases(&report);
}

#[tokio::test]
async fn the_embedded_host_serves_where_it_is_asked_for() {
    let report = Here::with_spin().quick("-n 2 --host embedded").run().await.report();
    assert!(host(&report).starts_with("embedded host"), "{report}");
    assert_all_phases(&report);
}

#[tokio::test]
async fn another_program_of_the_name_is_not_used() {
    for version in
        ["echo 'Spin Version 6.5.2 -- 6 December 2019'", "echo 'spin'", "exit 1", "echo 'spin doctor'"]
    {
        let here = Here::with_spin_that(version, "exit 1");
        let report = here.quick("--cold -n 1").run().await.report();
        assert!(host(&report).starts_with("embedded host"), "{version}: {report}");
    }
}

#[tokio::test]
async fn spin_that_is_asked_for_must_be_there() {
    let ended = Here::new().quick("--host spin").run().await;
    ended.refused(2, &["--host spin", "no Spin on the PATH", "--host embedded"]);
}

#[tokio::test]
async fn a_spin_that_tells_no_version_is_told_by_what_it_did() {
    for (version, told) in [
        ("echo 'Spin Version 6.5.2 -- 6 December 2019'", "printed \"Spin Version 6.5.2 -- 6 December 2019\""),
        ("echo 'error while loading shared libraries' >&2; exit 127", "printed \"error while loading"),
        ("exit 1", "printed nothing, and ended with exit status: 1"),
    ] {
        let here = Here::with_spin_that(version, "exit 1");
        let ended = here.quick("--host spin").run().await;
        ended.refused(
            2,
            &["--host spin", "`spin --version`", told, "before it on the PATH", "--host embedded"],
        );
        assert!(!ended.stderr.contains("no Spin"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn preview_3_is_skipped_and_named_where_spin_is_too_old_for_it() {
    let here = Here::with_spin_that("echo 'spin 3.6.3 (abc 2026-01-01)'", UP);
    here.add_preview_3();
    let report = here.quick("--cold -n 1").run().await.report();
    assert_eq!(report["targets"].as_array().map(Vec::len), Some(1), "{report}");
    let skipped = report["environment"]["skipped"][0].as_str().unwrap();
    assert!(skipped.contains("spin-p3.toml") && skipped.contains("Spin 4.1"), "{skipped}");
    assert!(crate::common::program::warnings(&report).contains("skipped: spin-p3.toml"));
}

#[tokio::test]
async fn each_component_is_started_alone_and_afresh_in_every_round() {
    let here = Here::with_spin();
    here.add_component();
    let report = here.quick("-n 2").run().await.report();
    for target in report["targets"].as_array().unwrap() {
        assert_eq!(phase_of(target, "startup")["samples"], 2);
        assert!(target["memory_bytes"].as_f64().unwrap() > 1e6, "{target}");
        assert!(target["size_bytes"].as_u64().unwrap() > 0, "{target}");
        let command = target["command"].as_str().unwrap();
        assert!(command.starts_with("spin up --from spin.toml --component-id "), "{command}");
    }
    let mut asked = here.asked();
    asked.sort();
    // One start is not counted.
    assert_eq!(asked, [["--component-id guest"; 3], ["--component-id other"; 3]].concat());
}

#[tokio::test]
async fn a_spin_that_starts_no_component_alone_is_not_used() {
    let here = Here::with_spin_that("echo 'spin 2.7.0 (abc 2024-01-01)'", UP);
    let report = here.quick("-n 2").run().await.report();
    assert!(host(&report).starts_with("embedded host"), "{report}");
    let skipped = report["environment"]["skipped"][0].as_str().unwrap();
    assert_eq!(skipped, "spin 2.7.0, which starts no component alone: that needs Spin 3.0");
    let refused = here.quick("-n 2 --host spin").run().await;
    refused.refused(2, &["--host spin", "spin 2.7.0", "Spin 3.0", "--host embedded"]);
}

#[tokio::test]
async fn a_host_that_does_not_start_is_told_in_its_own_words() {
    let here = Here::with_spin_that("echo 'spin 4.1.0'", "echo 'Error: no such file' >&2\nexit 1");
    let ended = here.quick("-n 2").run().await;
    ended.refused(2, &["spin up", "spin.toml", "Error: no such file"]);
}

#[tokio::test]
async fn a_component_that_is_not_there_is_refused_by_name() {
    let here = Here::new();
    std::fs::remove_file(here.path().join("guest.wasm")).unwrap();
    here.quick("-n 2").run().await.refused(2, &["loadtest serve --from spin.toml", "guest.wasm"]);
}

#[tokio::test]
async fn a_build_that_fails_is_told_with_its_command() {
    let here = Here::new();
    std::fs::remove_file(here.path().join("guest.wasm")).unwrap();
    here.add_to_manifest("[component.guest.build]\ncommand = \"exit 7\"\n");
    // A build runs in a shell, which has to be found.
    let run = here.quick("-n 2").env("PATH", std::env::var_os("PATH").unwrap());
    run.run().await.refused(2, &["\"guest\" does not build", "`exit 7`"]);
}

#[tokio::test]
async fn a_path_is_asked_below_the_route() {
    let here = Here::new();
    let report =
        here.loadtest("--cold -n 1 --idle 0s --output-format json --path /deep/down").run().await.report();
    assert!(report["targets"][0]["url"].as_str().unwrap().ends_with("/wagi/deep/down"), "{report}");
}

#[tokio::test]
async fn another_manifest_is_measured_where_it_is_named() {
    let (here, there) = (Here::new(), Here::new());
    let from = there.path().join("spin.toml");
    std::fs::remove_file(here.path().join("spin.toml")).unwrap();
    assert_all_phases(&here.quick("-n 2 --from").arg(from).run().await.report());
}

#[tokio::test]
async fn two_manifests_are_measured_side_by_side() {
    let (here, there) = (Here::new(), Here::new());
    let run = here.quick("-n 2 --from spin.toml --from").arg(there.path().join("spin.toml"));
    let report = run.run().await.report();
    let targets = report["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 2);
    assert_ne!(targets[0]["name"], targets[1]["name"]);
    for target in targets {
        assert_eq!(phase_of(target, "startup")["samples"], 2);
    }
}

#[tokio::test]
async fn what_is_here_is_measured_where_it_is_asked_for_even_if_spin_url_is_set() {
    for asked in ["--local", "--from spin.toml", "--host embedded", "--path /"] {
        let (server, here) = (answers::always(answers::time()).await, Here::new());
        let run =
            here.loadtest(&format!("{asked} --cold -n 1 --output-format json")).env("SPIN_URL", server.uri());
        let report = run.run().await.report();
        assert!(host(&report).starts_with("embedded host"), "{report}");
        assert!(answers::requests(&server).await.is_empty());
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_spin_started_is_gone_after_the_measurement() {
    // The script, and the server that it started.
    assert_gone_after_measurement(&Here::with_spin(), 2).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_spin_started_is_gone_even_if_it_does_not_stop_when_it_is_asked_to() {
    let stubborn = "(trap '' TERM; exec /bin/sleep 1000) >/dev/null 2>&1 &";
    let here = Here::with_spin_that("echo 'spin 4.1.0'", &format!("{stubborn}\n{UP}"));
    assert_gone_after_measurement(&here, 3).await;
}

/// The idle wait is long enough for all of them to be seen on a busy machine, and the warden besides.
#[cfg(target_os = "linux")]
async fn assert_gone_after_measurement(here: &Here, processes: usize) {
    let running = here.loadtest("--cold -n 1 --path / --idle 3s").start();
    let id = running.id();
    until(|| here.processes(&[id]).len() == processes + 1).await;
    running.end().await.well();
    until(|| here.processes(&[]).is_empty()).await;
}
