//! `--fail-if`: fails and passes only where the samples say so, and is checked before anything is asked.

use std::path::Path;
use std::time::Duration;

use crate::common::program::{Ended, Loadtest, parse};
use crate::common::{answers, until};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::tempdir;
use wiremock::{MockServer, ResponseTemplate};

/// More than a busy machine adds to most answers.
const LATE: Duration = Duration::from_millis(100);

async fn site() -> MockServer {
    answers::nth(|_| answers::time()).await
}

async fn measure(server: &MockServer, gates: &[&str], args: &str, dir: &Path) -> Ended {
    let args = format!("--url {} --output-format json {args}", server.uri());
    let with_gates = |loadtest: Loadtest, gate: &&str| loadtest.arg("--fail-if").arg(gate);
    gates.iter().fold(Loadtest::new(args), with_gates).within(dir).run().await
}

fn outcomes(ended: &Ended) -> Vec<Value> {
    assert!(!ended.stdout.is_empty(), "{ended:?}");
    let report = parse(&ended.stdout);
    report["gates"].as_array().unwrap().iter().map(|gate| gate["outcome"].clone()).collect()
}

#[tokio::test]
async fn the_exit_code_is_that_of_the_worst_gate() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let (passed, failed, undecided) = ("p50>1h", "warm.p50>1ns", "p99>1ms");
    let passed = passed.replace("1h", "3600s");
    for (gates, code, expected) in [
        (&[passed.as_str()][..], 0, &["passed"][..]),
        (&[&passed, failed], 1, &["passed", "failed"]),
        (&[undecided, &passed], 4, &["undecided", "passed"]),
        (&[undecided, failed], 1, &["undecided", "failed"]),
        (&["mean<1ns"], 0, &["passed"]),
        (&["target.p50<3600s"], 1, &["failed"]),
    ] {
        let ended = measure(&server, gates, "--warm -n 20", dir.path()).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(code), ""), "{gates:?}: {ended:?}");
        assert_eq!(outcomes(&ended), expected);
    }
}

#[tokio::test]
async fn the_report_tells_each_gate_and_what_to_do_about_an_undecided_one() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let args = "--warm -n 20 --samples x.ndjson --fail-if p99>1ms --fail-if p50>1ns";
    let printed =
        Loadtest::new(format!("--url {} {args}", server.uri())).within(dir.path()).run().await.stdout;
    let row =
        |gate: &str| printed.lines().find(|line| line.trim_start().starts_with(gate)).unwrap().to_owned();
    assert!(row("p99>1ms ").ends_with("undecided") && row("p50>1ns ").ends_with("failed"), "{printed}");
    let words: Vec<_> = printed.split_whitespace().collect();
    assert!(words.join(" ").contains("more samples (-n) decide it"), "{printed}");
    let again = Loadtest::new("report x.ndjson --fail-if p99>1ms --fail-if p50>1ns").within(dir.path());
    let again = again.run().await;
    assert_eq!((again.code, again.stdout), (Some(1), printed));
    let markdown = "report x.ndjson --fail-if p50>3600s --output-format markdown";
    assert!(Loadtest::new(markdown).within(dir.path()).run().await.well().contains("| passed |"));
}

#[tokio::test]
async fn a_gate_holds_for_every_target_unless_it_names_one() {
    let dir = tempdir().unwrap();
    let (quick, slow) = (site().await, answers::nth(|_| answers::time().set_delay(LATE)).await);
    let measure = format!(
        "compare a={} b={} --warm -n 20 --samples x.ndjson --output-format json",
        quick.uri(),
        slow.uri()
    );
    let again = "report x.ndjson --output-format json";
    for (args, gate, code, expected) in [
        (&*measure, "p50>90ms", 1, &["passed", "failed"][..]),
        (again, "a.p50>90ms", 0, &["passed"]),
        (again, "b.warm.p50>90ms", 1, &["failed"]),
    ] {
        let ended = Loadtest::new(args).arg("--fail-if").arg(gate).within(dir.path()).run().await;
        assert_eq!(
            (ended.code, outcomes(&ended)),
            (Some(code), expected.iter().map(|o| json!(o)).collect()),
            "{ended:?}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_judged_is_refused_before_anything_is_asked() {
    let (server, dir) = (site().await, tempdir().unwrap());
    for (gate, args, words) in [
        ("p99=50ms", "", &["--fail-if \"p99=50ms\"", "'cold.p99>50ms'"][..]),
        ("p99>50ms", "", &["names no phase", "cold and warm", "like 'cold.p99>50ms'"]),
        ("warm.p99>50ms", "--cold", &["warm is not measured, only cold"]),
        ("startup.p50>1s", "", &["startup is not measured"]),
        ("b.p50>1s", "--cold", &["no target \"b\"", "target=http://"]),
        (
            "slower-than(missing.ndjson)",
            "--cold",
            &["--fail-if 'slower-than(", "cannot read missing.ndjson", "--samples"],
        ),
    ] {
        measure(&server, &[gate], args, dir.path()).await.refused(2, words);
    }
    assert!(answers::requests(&server).await.is_empty());
}

#[tokio::test]
async fn a_measurement_may_not_be_slower_than_an_earlier_one() {
    let dir = tempdir().unwrap();
    let quick = site().await;
    let slow = answers::nth(|_| answers::time().set_delay(LATE)).await;
    measure(&quick, &[], "--warm -n 20 --samples quick.ndjson", dir.path()).await.well();
    measure(&slow, &[], "--warm -n 20 --samples slow.ndjson", dir.path()).await.well();
    for (server, gate, code, outcome) in [
        (&slow, "slower-than(quick.ndjson)", 1, "failed"),
        (&slow, "slower-than(quick.ndjson, 99999999%)", 0, "passed"),
        (&quick, "slower-than(slow.ndjson)", 0, "passed"),
    ] {
        let ended = measure(server, &[gate], "--warm -n 20", dir.path()).await;
        assert_eq!((ended.code, outcomes(&ended)), (Some(code), vec![json!(outcome)]), "{gate}: {ended:?}");
    }
    let again = Loadtest::new("report slow.ndjson --output-format json --fail-if slower-than(quick.ndjson)");
    assert_eq!(again.within(dir.path()).run().await.code, Some(1));
}

#[tokio::test]
async fn an_earlier_measurement_of_something_else_is_refused() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let json = measure(&server, &[], "--cold -n 2 --idle 0s --samples x.ndjson", dir.path()).await.well();
    std::fs::write(dir.path().join("x.json"), json).unwrap();
    for (gate, args, words) in [
        ("slower-than(x.ndjson)", "--cold -n 2 --idle 1s", &["another way", "--idle"][..]),
        ("slower-than(x.ndjson)", "--cold -n 2 --idle 0s -m POST", &["another way", "-m is \"GET\""]),
        ("slower-than(x.json)", "--cold", &["it is a report", "--samples"]),
    ] {
        measure(&server, &[gate], args, dir.path()).await.refused(2, words);
    }
    let elsewhere =
        format!("--url {}/other --cold -n 2 --idle 0s --fail-if slower-than(x.ndjson)", server.uri());
    let ended = Loadtest::new(elsewhere).within(dir.path()).run().await;
    ended.refused(2, &["target is asked for /, and target for /other"]);
    let ended = Loadtest::new("report x.json --fail-if slower-than(x.ndjson)").within(dir.path()).run().await;
    ended.refused(2, &["x.json is a report", "cannot be compared"]);
}

#[tokio::test]
async fn an_interruption_and_a_target_without_answers_count_more_than_a_gate() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let args = format!("--url {} --cold -n 2 --idle 1h --samples x.ndjson --fail-if p50>1s", server.uri());
    let running = Loadtest::new(args).within(dir.path()).start();
    until(|| dir.path().join("x.ndjson").metadata().is_ok_and(|file| file.len() > 0)).await;
    running.signal(Signal::INT);
    assert_eq!(running.end().await.code, Some(130));
    let broken = answers::always(ResponseTemplate::new(500)).await;
    let ended = measure(&broken, &["p50>1s"], "--cold -n 2 --idle 0s", dir.path()).await;
    ended.refused(3, &["answered 500"]);
}

#[tokio::test]
async fn a_load_is_judged_as_well_and_so_is_its_saved_report() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let load = format!("load --url {} -c 2 -n 60 -o x.json", server.uri());
    for (gate, code) in [("p50>1ns", 1), ("load.p50>3600s", 0), ("p999>1ns", 4)] {
        let ended = Loadtest::new(&load).arg("--fail-if").arg(gate).within(dir.path()).run().await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        let again =
            Loadtest::new("report x.json --output-format json --fail-if").arg(gate).within(dir.path());
        assert_eq!(again.run().await.code, Some(code));
    }
    for (gate, word) in [("warm.p50>1s", "only load"), ("slower-than(x.json)", "no samples that could be")] {
        let ended = Loadtest::new(&load).arg("--fail-if").arg(gate).within(dir.path()).run().await;
        ended.refused(2, &[word]);
    }
}
