//! `loadtest compare` of what was saved: not in turn, and said so.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::common::answers;
use crate::common::program::{Ended, Loadtest, warnings};
use serde_json::json;
use tempfile::tempdir;
use wiremock::MockServer;

async fn site(delay: u64) -> MockServer {
    answers::nth(move |_| answers::time().set_delay(Duration::from_millis(delay))).await
}

async fn save(server: &MockServer, args: &str, file: &str, dir: &Path) {
    let args = format!("--url {}{args} --samples {file}", server.uri());
    Loadtest::new(args).within(dir).run().await.well();
}

async fn compare(args: &str, dir: &Path) -> Ended {
    Loadtest::new(format!("compare {args}")).within(dir).run().await
}

#[tokio::test]
async fn saved_measurements_are_compared_and_it_is_said_that_they_took_no_turns() {
    let dir = tempdir().unwrap();
    save(&site(0).await, " --warm -n 20", "old.ndjson", dir.path()).await;
    save(&site(50).await, " --warm -n 30", "new.ndjson", dir.path()).await;
    let report = compare("old=old.ndjson new=new.ndjson --output-format json", dir.path()).await.report();
    let comparison = &report["comparisons"][0];
    assert_eq!((&comparison["baseline"], &comparison["candidate"]), (&json!("old"), &json!("new")));
    assert_eq!((&comparison["phase"], &comparison["verdict"]), (&json!("warm"), &json!("slower")));
    assert!(warnings(&report).contains("measured at different times (20"), "{report}");
    assert_eq!(report["targets"].as_array().unwrap().len(), 2);
    let back = compare("new=new.ndjson old=old.ndjson", dir.path()).await.well();
    assert!(back.lines().any(|line| line.starts_with(" old ") && line.ends_with("×▼")), "{back}");
    let gate = "a=old.ndjson b=new.ndjson --fail-if b.p50>10ms";
    assert_eq!(compare(gate, dir.path()).await.code, Some(1));
}

#[tokio::test]
async fn of_several_targets_each_is_compared_with_its_counterpart() {
    let (quick, slow, dir) = (site(0).await, site(20).await, tempdir().unwrap());
    for file in ["x.ndjson", "y.ndjson"] {
        let targets = format!("compare quick={} slow={}", quick.uri(), slow.uri());
        let args = format!("{targets} --warm -n 20 --samples {file}");
        Loadtest::new(args).within(dir.path()).run().await.well();
    }
    let report = compare("x=x.ndjson y=y.ndjson --output-format json", dir.path()).await.report();
    let names = |n: usize| ["baseline", "candidate"].map(|side| report["comparisons"][n][side].clone());
    assert_eq!([names(0), names(1)], [["x quick", "y quick"], ["x slow", "y slow"]]);
    assert_eq!(report["comparisons"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused_by_what_differs() {
    let (server, dir) = (site(0).await, tempdir().unwrap());
    let measure = |args: &'static str, file| save(&server, args, file, dir.path());
    measure(" --cold -n 2 --idle 0s", "a.ndjson").await;
    measure(" --cold -n 2 --idle 1ms", "idle.ndjson").await;
    measure(" --cold -n 2 --idle 0s -m POST", "post.ndjson").await;
    measure("/other --cold -n 2 --idle 0s", "path.ndjson").await;
    fs::write(dir.path().join("a.json"), "{\n}").unwrap();
    for (args, words) in [
        ("a=a.ndjson b=idle.ndjson", &["a.ndjson and idle.ndjson", "--idle", "measure both alike"][..]),
        ("a=a.ndjson b=post.ndjson", &["-m is \"GET\" in one and \"POST\""]),
        ("a=a.ndjson b=path.ndjson", &["asked for /, and", "/other"]),
        ("a=a.ndjson b=http://127.0.0.1:1/", &["a.ndjson is a file", "--samples"]),
        ("a=a.ndjson b=a.json", &["a.json is a report", "--samples"]),
        ("a=a.ndjson b=missing.ndjson", &["cannot read missing.ndjson"]),
        ("a=a.ndjson b=a.ndjson", &["a.ndjson and a.ndjson have the same samples"]),
        ("a=a.ndjson a=idle.ndjson", &["a name of its own"]),
        ("a=a.ndjson b=a.ndjson -o a.ndjson --output-format json", &["would replace a.ndjson"]),
        ("a=a.ndjson b=a.ndjson --idle 0s", &["--idle is for measuring"]),
    ] {
        compare(args, dir.path()).await.refused(2, words);
    }
}
