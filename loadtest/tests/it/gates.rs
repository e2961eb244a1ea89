//! `--fail-if`: fails and passes only where the samples say so, and is checked before anything is asked.

use std::path::Path;
use std::time::Duration;

use crate::common::program::{Ended, Loadtest, parse, warnings};
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
    let (passed, failed, undecided) = ("p50>1h", "warm.p50>1ns", "failures>1%");
    let passed = passed.replace("1h", "3600s");
    for (gates, code, expected) in [
        (&[passed.as_str()][..], 0, &["passed"][..]),
        (&[&passed, failed], 1, &["passed", "failed"]),
        (&[undecided, &passed], 4, &["undecided", "passed"]),
        (&[undecided, failed], 1, &["undecided", "failed"]),
        (&["mean<1ns"], 0, &["passed"]),
        (&["target.p50<3600s"], 1, &["failed"]),
    ] {
        let ended = measure(&server, gates, "--warm -n 25", dir.path()).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(code), ""), "{gates:?}: {ended:?}");
        assert_eq!(outcomes(&ended), expected);
    }
}

#[tokio::test]
async fn the_report_tells_each_gate_and_what_to_do_about_an_undecided_one() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let args = "--warm -n 20 --samples x.ndjson --fail-if failures>1% --fail-if p50>1ns";
    let printed =
        Loadtest::new(format!("--url {} {args}", server.uri())).within(dir.path()).run().await.stdout;
    let row =
        |gate: &str| printed.lines().find(|line| line.trim_start().starts_with(gate)).unwrap().to_owned();
    assert!(row("failures>1% ").ends_with("undecided") && row("p50>1ns ").ends_with("failed"), "{printed}");
    let words: Vec<_> = printed.split_whitespace().collect();
    assert!(words.join(" ").contains("more samples (-n) may decide it"), "{printed}");
    let again = Loadtest::new("report x.ndjson --fail-if failures>1% --fail-if p50>1ns").within(dir.path());
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
        ("p99>50ms", "--cold", &["p99 needs at least 368 cold samples (-n 368), and 20 are planned"]),
        ("p50>50ms", "-n 5", &["at least 6 cold samples", "at least 20 warm samples", "5 are planned"]),
        ("warm.p99>50ms", "--until p50±2% -n 367", &["at least 368 warm samples", "367"]),
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
    measure(&quick, &[], "--warm -n 25 --samples quick.ndjson", dir.path()).await.well();
    measure(&slow, &[], "--warm -n 25 --samples slow.ndjson", dir.path()).await.well();
    for (server, gate, code, outcome) in [
        (&slow, "slower-than(quick.ndjson)", 1, "failed"),
        (&slow, "slower-than(quick.ndjson, 99999999%)", 0, "passed"),
        (&quick, "slower-than(slow.ndjson)", 0, "passed"),
    ] {
        let ended = measure(server, &[gate], "--warm -n 25", dir.path()).await;
        assert_eq!((ended.code, outcomes(&ended)), (Some(code), vec![json!(outcome)]), "{gate}: {ended:?}");
    }
    let again = Loadtest::new("report slow.ndjson --output-format json --fail-if slower-than(quick.ndjson)");
    assert_eq!(again.within(dir.path()).run().await.code, Some(1));
}

#[tokio::test]
async fn an_earlier_measurement_of_something_else_is_refused() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let json = measure(&server, &[], "--cold -n 25 --idle 0s --samples x.ndjson", dir.path()).await.well();
    std::fs::write(dir.path().join("x.json"), json).unwrap();
    for (gate, args, words) in [
        ("slower-than(x.ndjson)", "--cold -n 2 --idle 1s", &["another way", "--idle"][..]),
        ("slower-than(x.ndjson)", "--cold -n 2 --idle 0s -m POST", &["another way", "-m is \"GET\""]),
        ("slower-than(x.json)", "--cold", &["it is a report", "--samples"]),
    ] {
        measure(&server, &[gate], args, dir.path()).await.refused(2, words);
    }
    let elsewhere =
        format!("--url {}/other --cold -n 25 --idle 0s --fail-if slower-than(x.ndjson)", server.uri());
    let ended = Loadtest::new(elsewhere).within(dir.path()).run().await;
    ended.refused(2, &["target is asked for /, and target for /other"]);
    let ended = Loadtest::new("report x.json --fail-if slower-than(x.ndjson)").within(dir.path()).run().await;
    ended.refused(2, &["x.json is a report", "cannot be compared"]);
}

#[tokio::test]
async fn an_interruption_and_a_target_without_answers_count_more_than_a_gate() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let args = format!("--url {} --cold -n 20 --idle 1h --samples x.ndjson --fail-if p50>1s", server.uri());
    let running = Loadtest::new(args).within(dir.path()).start();
    until(|| dir.path().join("x.ndjson").metadata().is_ok_and(|file| file.len() > 0)).await;
    running.signal(Signal::INT);
    assert_eq!(running.end().await.code, Some(130));
    let broken = answers::always(ResponseTemplate::new(500)).await;
    let ended = measure(&broken, &["p50>1s"], "--cold -n 20 --idle 0s", dir.path()).await;
    ended.refused(3, &["answered 500"]);
}

#[tokio::test]
async fn a_load_is_judged_as_well_and_so_is_its_saved_report() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let load = format!("load --url {} -c 2 -n 60 -o x.json", server.uri());
    for (gate, code) in [("p50>1ns", 1), ("load.p50>3600s", 0), ("failures>1%", 4)] {
        let ended = Loadtest::new(&load).arg("--fail-if").arg(gate).within(dir.path()).run().await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        let again =
            Loadtest::new("report x.json --output-format json --fail-if").arg(gate).within(dir.path());
        assert_eq!(again.run().await.code, Some(code));
    }
    for (gate, word) in [
        ("warm.p50>1s", "only load"),
        ("slower-than(x.json)", "no samples that could be"),
        ("p99>1s", "-n 368"),
    ] {
        let ended = Loadtest::new(&load).arg("--fail-if").arg(gate).within(dir.path()).run().await;
        ended.refused(2, &[word]);
    }
}

#[tokio::test]
async fn requests_that_fail_while_warming_up_fail_a_gate_and_are_told() {
    let server = answers::nth(|n| if n == 1 { ResponseTemplate::new(503) } else { answers::time() });
    let (server, dir) = (server.await, tempdir().unwrap());
    let ended = measure(&server, &["failures>0%"], "--warm -n 20", dir.path()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let report = parse(&ended.stdout);
    assert_eq!(report["gates"][0]["note"], "1 of 60 warm-up requests failed, and 0 of 20 after it");
    assert!(warnings(&report).contains("1 of 60 warm-up requests failed (answered 503"), "{report}");
}

#[tokio::test]
async fn a_gate_without_a_phase_is_held_against_every_phase_that_can_decide_it() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let judged = |ended: &Ended| -> Vec<Value> {
        let report = parse(&ended.stdout);
        report["gates"].as_array().unwrap().iter().map(|gate| gate["phase"].clone()).collect()
    };
    let args = "-n 20 --idle 0s --samples x.ndjson";
    for (gate, code) in [("failures>0%", 0), ("p50>3600s", 0), ("p50>1ns", 1)] {
        let ended = measure(&server, &[gate], args, dir.path()).await;
        assert_eq!(
            (ended.code, judged(&ended)),
            (Some(code), vec![json!("cold"), json!("warm")]),
            "{ended:?}"
        );
    }
    // A mean takes ten rounds, which fewer than 20 warm samples do not have.
    let ended = measure(&server, &["mean>3600s"], "-n 19 --idle 0s --samples x.ndjson", dir.path()).await;
    assert_eq!((ended.code, judged(&ended)), (Some(0), vec![json!("cold")]));
    assert!(warnings(&parse(&ended.stdout)).contains("19 are planned, so that is not judged"), "{ended:?}");
    let again = Loadtest::new("report x.ndjson --output-format json --fail-if mean>3600s").within(dir.path());
    assert_eq!(again.run().await.well(), ended.stdout);
}

#[tokio::test]
async fn a_gate_with_nothing_to_judge_is_refused_and_other_counts_are_said() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let save = |args: &'static str| measure(&server, &[], args, dir.path());
    save("--warm -n 20 --samples warm.ndjson").await.well();
    save("--cold -n 5 --idle 0s --samples few.ndjson").await.well();
    let gate = "slower-than(warm.ndjson)";
    let refused = measure(&server, &[gate], "--cold --idle 0s", dir.path()).await;
    refused.refused(2, &[gate, "warm.ndjson has no cold samples"]);
    let few = "slower-than(few.ndjson)";
    let refused = measure(&server, &[few], "--cold --idle 0s", dir.path()).await;
    refused.refused(2, &[few, "has 5 cold samples that count, and 20 are the least"]);
    let ended = Loadtest::new("report few.ndjson --fail-if slower-than(warm.ndjson)").within(dir.path());
    ended.run().await.refused(2, &["warm.ndjson has no cold samples"]);
    let ended = measure(&server, &["slower-than(warm.ndjson, 9999%)"], "-n 40 --idle 0s", dir.path()).await;
    assert_eq!((ended.code, outcomes(&ended)), (Some(0), vec![json!("passed")]), "{ended:?}");
    let told = warnings(&parse(&ended.stdout));
    assert!(told.contains("warm.ndjson has no cold samples, so that is not judged"), "{told}");
    assert!(told.contains("warm.ndjson has 20 warm samples, and this measurement has 40"), "{told}");
}

#[tokio::test]
async fn a_process_that_is_cold_once_is_judged_by_its_warm_requests() {
    let (server, dir) = (answers::nth(|n| answers::time_from("one", n + 1)).await, tempdir().unwrap());
    let ended = measure(&server, &["p50>3600s"], "-n 20 --idle 0s", dir.path()).await;
    assert_eq!((ended.code, outcomes(&ended)), (Some(0), vec![json!("passed")]), "{ended:?}");
    assert!(warnings(&parse(&ended.stdout)).contains("cold is not judged of target"), "{ended:?}");
}

#[tokio::test]
async fn where_no_fresh_instance_comes_until_ends_soon_and_no_more_samples_are_asked_for() {
    let (server, dir) = (answers::nth(|n| answers::time_from("one", n + 1)).await, tempdir().unwrap());
    let args = "--cold --until p50±2% --idle 0s -n 5000";
    let ended = measure(&server, &["cold.p50>1s"], args, dir.path()).await;
    assert_eq!((ended.code, outcomes(&ended)), (Some(4), vec![json!("undecided")]), "{ended:?}");
    let report = parse(&ended.stdout);
    let asked = report["targets"][0]["phases"][0]["samples"].as_u64().unwrap();
    assert!((20..=30).contains(&asked), "{asked}");
    let why = report["gates"][0]["why"].as_str().unwrap();
    assert!(why.contains("too few cold starts were observed") && !why.contains("decide it"), "{why}");
    let told = warnings(&report);
    assert!(told.contains("cold ended after") && !told.contains("larger -n"), "{told}");
}
