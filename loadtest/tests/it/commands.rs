//! `loadtest compare` of servers that are commands: started afresh in every round, and gone afterwards.

use crate::common::answers;
use crate::common::program::{Ended, Loadtest, PROGRAM, phase_of};
use crate::common::spin::Here;
use crate::common::until;
use serde_json::Value;

/// A command that serves what is here.
fn serve() -> String {
    format!("{PROGRAM} serve --from spin.toml --listen 127.0.0.1:{{port}}")
}

/// The same, run by a shell that does something before.
fn sh(before: &str) -> String {
    format!("sh -c '{before} exec {PROGRAM} serve --from spin.toml --listen 127.0.0.1:$PORT'")
}

fn comparing(here: &Here, targets: &[&str], args: &str) -> Loadtest {
    let mut run = here
        .loadtest(&format!("compare {args} --path /wagi/ --output-format json"))
        .env("PATH", std::env::var_os("PATH").unwrap());
    for target in targets {
        run = run.arg(target);
    }
    run
}

/// Of one that behaves, called good, and one that does not, called bad.
async fn against_good(here: &Here, bad: &str, args: &str) -> Ended {
    // The bad one first: what is wrong with it must not wait for another.
    let targets = [format!("bad={bad}"), format!("good={}", serve())];
    let args = format!("{args} --idle 0s");
    let ended = comparing(here, &[&targets[0], &targets[1]], &args).run().await;
    until(|| here.processes(&[]).is_empty()).await;
    ended
}

fn note(ended: &Ended) -> &str {
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(0), 1), "{ended:?}");
    &ended.stderr
}

fn targets(report: &Value) -> &[Value] {
    report["targets"].as_array().unwrap()
}

#[tokio::test]
async fn a_command_is_started_afresh_in_every_round_and_measured_as_what_is_ours() {
    let here = Here::new();
    let report = against_good(&here, &sh(""), "-n 3").await.report();
    for target in targets(&report) {
        for phase in ["startup", "cold", "warm"] {
            assert_eq!(phase_of(target, phase)["counted"], 3, "{target}");
        }
        assert!(target["memory_bytes"].as_f64().unwrap() > 1e6, "{target}");
    }
    let [bad, good] = [&targets(&report)[0], &targets(&report)[1]];
    assert_eq!(good["command"], serve());
    assert_eq!(good["size_bytes"], std::fs::metadata(PROGRAM).unwrap().len());
    assert_eq!(bad["size_bytes"], Value::Null, "the size of a shell is not that of what it runs");
}

#[tokio::test]
async fn commands_manifests_and_urls_are_compared_with_one_another() {
    let (here, server) = (Here::new(), answers::always(answers::time()).await);
    let url = format!("url={}", server.uri());
    let targets_given = [&url, "command=./server {port}", "manifest=spin.toml"];
    let run = comparing(&here, &targets_given, "--check none --idle 0s -n 2");
    crate::common::script::script(
        &here.path().join("server"),
        &format!("#!/bin/sh\nexec {PROGRAM} serve --from spin.toml --listen 127.0.0.1:$1"),
    );
    let report = run.run().await.report();
    let names: Vec<_> = targets(&report).iter().map(|target| target["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["url", "command", "manifest"]);
    assert!(
        targets(&report)[0]["phases"].as_array().unwrap().iter().all(|phase| phase["phase"] != "startup")
    );
    assert_eq!(phase_of(&targets(&report)[1], "startup")["counted"], 2);
    assert_eq!(phase_of(&targets(&report)[2], "startup")["counted"], 2);
}

#[tokio::test]
async fn a_command_that_never_listens_is_one_line() {
    let ended = against_good(&Here::new(), "sleep 1000", "-n 2 -t 1s").await;
    ended.refused(3, &["bad: asked for 1 s", "connection refused", "PORT"]);
}

#[tokio::test]
async fn a_command_that_dies_is_told_with_its_last_words() {
    let ended = against_good(&Here::new(), "sh -c 'echo no database >&2; exit 7'", "-n 2").await;
    ended.refused(2, &["bad:", "exit status: 7 before it answered: no database"]);
}

#[tokio::test]
async fn a_command_that_goes_into_the_background_is_told_and_ended() {
    let forking =
        format!("sh -c 'setsid {PROGRAM} serve --from spin.toml --listen 127.0.0.1:$PORT & exit 0'");
    let ended = against_good(&Here::new(), &forking, "-n 2").await;
    ended.refused(2, &["bad:", "exit status: 0 before it answered", "in the foreground"]);
}

#[tokio::test]
async fn a_command_that_listens_elsewhere_is_not_taken_for_the_one_that_listens_there() {
    let (here, server) = (Here::new(), answers::always(answers::time()).await);
    let elsewhere = format!("{PROGRAM} serve --from spin.toml --listen {}", server.address());
    let ended = against_good(&here, &elsewhere, "-n 2").await;
    ended.refused(2, &["bad:", "already in use"]);
}

#[tokio::test]
async fn a_command_that_ignores_sigterm_is_killed_and_that_is_told_once() {
    let stubborn = format!(
        "sh -c 'trap \"\" TERM; {PROGRAM} serve --from spin.toml --listen 127.0.0.1:$PORT & while :; do sleep 1; done'"
    );
    let ended = against_good(&Here::new(), &stubborn, "-n 2").await;
    assert!(note(&ended).contains("bad does not end on SIGTERM"), "{ended:?}");
}

#[tokio::test]
async fn what_a_command_leaves_behind_is_killed_and_that_is_told_once() {
    let ended = against_good(&Here::new(), &sh("setsid sleep 1000 &"), "-n 2").await;
    assert!(note(&ended).contains("bad leaves processes behind"), "{ended:?}");
}

#[tokio::test]
async fn a_command_that_prints_megabytes_is_measured() {
    let noisy = sh("(yes | head -c 20000000 >&2) &");
    let report = against_good(&Here::new(), &noisy, "-n 2").await.report();
    assert_eq!(phase_of(&targets(&report)[0], "startup")["counted"], 2);
}

#[tokio::test]
async fn a_command_that_needs_a_shell_is_refused_with_how_to_write_it() {
    let here = Here::new();
    let ended = against_good(&here, "./server | tee log", "-n 2").await;
    ended.refused(2, &["needs a shell", "sh -c './server | tee log'"]);
    against_good(&here, "no-such-server --port {port}", "-n 2").await.refused(2, &["no-such-server"]);
    against_good(&here, "./no-such-server", "-n 2")
        .await
        .refused(2, &["./no-such-server", "cannot be started"]);
}

#[tokio::test]
async fn a_word_that_is_neither_url_nor_program_is_told_as_a_url_without_scheme() {
    let ended = against_good(&Here::new(), "localhost:3000", "-n 2").await;
    ended.refused(2, &["http://localhost:3000"]);
}

#[tokio::test]
async fn setup_runs_once_prepare_before_each_start_and_cleanup_at_the_end() {
    let here = Here::new();
    let targets = [format!("a={}", serve()), format!("b={}", serve())];
    let run = comparing(&here, &[&targets[0], &targets[1]], "--warm -n 1")
        .arg("--setup=echo setup >> log")
        .arg("--prepare=echo prepare >> log")
        .arg("--cleanup=echo cleanup >> log");
    run.run().await.well();
    let log = std::fs::read_to_string(here.path().join("log")).unwrap();
    // Each of the two is started once before it counts, and once in the only round.
    assert_eq!(
        log.split_whitespace().collect::<Vec<_>>(),
        ["setup", "prepare", "prepare", "prepare", "prepare", "cleanup"]
    );
    let failing = comparing(&here, &[&targets[0], &targets[1]], "--warm -n 1").arg("--prepare=exit 3");
    failing.run().await.refused(2, &["--prepare", "exit status: 3"]);
}
