//! `loadtest report`: what was measured, reported again from what was saved.

use std::fs;
use std::path::Path;

use crate::common::program::{Ended, Loadtest, parse, phase, report_in, warnings};
use crate::common::spin::Here;
use crate::common::{answers, at_once};
use serde_json::{Value, json};
use tempfile::tempdir;
use wiremock::MockServer;

async fn measure(server: &MockServer, args: &str, dir: &Path) -> String {
    let args = format!("--url {} {}", server.uri(), at_once(args));
    Loadtest::new(args).within(dir).run().await.well()
}

async fn report(args: &str, dir: &Path) -> Ended {
    Loadtest::new(format!("report {args}")).within(dir).run().await
}

async fn refused(args: &str, dir: &Path, words: &[&str]) {
    report(args, dir).await.refused(2, words);
}

#[tokio::test]
async fn a_report_of_the_samples_is_the_one_that_was_printed() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    let (old, new) = (answers::fresh().await, dir.path());
    let compare = format!("compare a={} b={} -n 20 --idle 0s --samples c.ndjson", old.uri(), server.uri());
    let printed = Loadtest::new(compare).within(new).run().await.well();
    assert_eq!(report("c.ndjson", new).await.well(), printed);
    for (format, ending) in [("json", "json"), ("markdown", "md"), ("text -v", "txt")] {
        let args = format!("-n 20 --samples x.ndjson --output-format {format}");
        let printed = measure(&server, &args, new).await;
        assert_eq!(report(&format!("x.ndjson --output-format {format}"), new).await.well(), printed);
        report(&format!("x.ndjson -o x.{ending}"), new).await.well();
        assert_eq!(fs::read_to_string(new.join(format!("x.{ending}"))).unwrap(), printed);
    }
}

/// A run whose standard input is what `command` prints.
async fn piped(command: &str, args: &str, dir: &Path) -> Ended {
    Loadtest::in_shell(&format!("{command} | \"$0\" \"$@\""), args).within(dir).run().await
}

#[tokio::test]
async fn a_pipe_is_read_once_and_gzip_is_unpacked() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    let dir = dir.path();
    let printed = measure(&server, "-n 20 --samples x.ndjson", dir).await;
    measure(&server, "-n 20 --samples y.ndjson -o y.json", dir).await;
    for command in ["cat x.ndjson", "gzip -c x.ndjson", "printf '\\357\\273\\277'; cat x.ndjson"] {
        let command = format!("{{ {command}; }}");
        assert_eq!(piped(&command, "report /dev/stdin", dir).await.well(), printed, "{command}");
        assert_eq!(piped(&command, "report -", dir).await.well(), printed, "{command}");
    }
    let compared = piped("cat x.ndjson", "compare a=/dev/stdin b=y.ndjson", dir).await;
    assert!(compared.stdout.contains("× is the ratio to the first row"), "{compared:?}");
    let gated = piped("cat x.ndjson", "report y.ndjson --fail-if slower-than(/dev/stdin,900%)", dir).await;
    assert!(gated.stdout.contains("slower-than(/dev/stdin,900%)"), "{gated:?}");
    let (json, again) =
        (parse(&fs::read_to_string(dir.join("y.json")).unwrap()), "report - --output-format json");
    assert_eq!(piped("cat y.json", again, dir).await.report(), json);
    assert_eq!(piped("gzip -c y.json", again, dir).await.report(), json);
}

#[tokio::test]
async fn a_load_is_read_from_a_pipe_too() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    let load = format!("load --url {} -c 2 -n 100 --samples l.ndjson --output-format json", server.uri());
    let printed = Loadtest::new(load).within(dir.path()).run().await.report();
    let again = "report /dev/stdin --output-format json";
    assert_eq!(piped("cat l.ndjson", again, dir.path()).await.report(), printed);
    assert_eq!(piped("gzip -c l.ndjson", again, dir.path()).await.report(), printed);
}

#[tokio::test]
async fn what_is_packed_is_not_resumed() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    measure(&server, "--cold -n 2 --samples x.ndjson", dir.path()).await;
    Loadtest::in_shell("gzip x.ndjson", "").within(dir.path()).run().await.well();
    let args = format!("--url {} --cold -n 2 --samples x.ndjson.gz --resume", server.uri());
    let ended = Loadtest::new(args).within(dir.path()).run().await;
    ended.refused(2, &["x.ndjson.gz is packed", "unpack it first"]);
}

#[tokio::test]
async fn so_is_that_of_what_was_served_here() {
    let here = Here::new();
    let printed = here.quick("-n 3 --host embedded --samples x.ndjson").run().await.report();
    let again = report("x.ndjson --output-format json", here.path()).await.report();
    assert_eq!(again, printed);
}

#[tokio::test]
async fn a_file_without_its_end_is_reported_as_interrupted() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    measure(&server, "--cold -n 5 --samples x.ndjson", dir.path()).await;
    let whole = fs::read_to_string(dir.path().join("x.ndjson")).unwrap();
    let (cut, _) = whole.trim_end().rsplit_once("freshness").unwrap();
    fs::write(dir.path().join("x.ndjson"), cut).unwrap();
    let report = report("x.ndjson --output-format json", dir.path()).await.report();
    assert_eq!((&report["interrupted"], &phase(&report, "cold")["samples"]), (&json!(true), &json!(4)));
}

#[tokio::test]
async fn several_files_of_one_measurement_are_one() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    for file in ["a", "b", "c"] {
        measure(&server, &format!("--warm -n 20 --samples {file}.ndjson"), dir.path()).await;
    }
    let merged = report("a.ndjson b.ndjson c.ndjson --output-format json", dir.path()).await.report();
    let warm = phase(&merged, "warm");
    assert_eq!((&warm["samples"], &merged["plan"]["warm_samples"]), (&json!(60), &json!(60)));
    assert!(
        warm["latency_us"]["p50"].is_number() && warnings(&merged).contains("merged of a.ndjson, b.ndjson")
    );
}

#[tokio::test]
async fn files_of_other_measurements_are_refused_by_what_differs() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    measure(&server, "--cold -n 2 --samples a.ndjson", dir.path()).await;
    measure(&server, "--cold -n 2 -m POST --samples b.ndjson", dir.path()).await;
    refused("a.ndjson b.ndjson", dir.path(), &["a.ndjson and b.ndjson", "-m is \"GET\"", "\"POST\""]).await;
    refused("a.ndjson a.ndjson", dir.path(), &["the same samples"]).await;
}

#[tokio::test]
async fn a_saved_report_is_rendered_but_not_merged() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    let json = measure(&server, "--warm -n 20 --output-format json", dir.path()).await;
    fs::write(dir.path().join("x.json"), &json).unwrap();
    assert_eq!(report("x.json --output-format json", dir.path()).await.well(), json);
    let compact = serde_json::to_string(&parse(&json)).unwrap();
    fs::write(dir.path().join("compact"), compact + "\n").unwrap();
    assert_eq!(report("compact --output-format json", dir.path()).await.well(), json);
    assert!(report("x.json -v", dir.path()).await.well().contains("\nWarm: "));
    refused("x.json x.json", dir.path(), &["x.json is a report", "keep the files of --samples"]).await;
}

#[tokio::test]
async fn what_is_no_saved_measurement_is_refused_by_name_and_line() {
    let dir = tempdir().unwrap();
    for (file, text, words) in [
        ("missing.ndjson", None, &["cannot read missing.ndjson", "is its name right?", "--samples"][..]),
        (".", None, &["cannot read .", "name the files in it"]),
        ("empty.ndjson", Some(""), &["empty.ndjson has no samples"]),
        (
            "x.ndjson",
            Some("nonsense\n"),
            &[
                "x.ndjson, line 1: this is neither a file of samples (--samples FILE.ndjson) nor a report (-o FILE.json)",
            ],
        ),
        (
            "x.json",
            Some("{\n}"),
            &["x.json is no file of this loadtest", "-o FILE.json", "--samples FILE.ndjson"],
        ),
        ("one-line.json", Some("{\"a\":1}"), &["one-line.json is no file of this loadtest", "-o FILE.json"]),
        (
            "cut.json",
            Some("{\n  \"schema_version\": 1,\n  \"pl"),
            &["cut.json breaks off", "file of --samples"],
        ),
        ("wrong.json", Some("{\n  \"schema_version\": 1\n}"), &["wrong.json is no report", "measure again"]),
        ("old.ndjson", Some("{}\n"), &["old.ndjson, line 1"]),
        ("binary", Some("\0\0\n"), &["cannot read binary", "not text", "-o FILE.json"]),
        ("utf16", Some("{\0\"\0s\0"), &["cannot read utf16", "UTF-16", "UTF-8"]),
    ] {
        if let Some(text) = text {
            fs::write(dir.path().join(file), text).unwrap();
        }
        refused(file, dir.path(), words).await;
    }
}

#[tokio::test]
async fn a_report_does_not_replace_the_samples_that_it_is_made_of() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    measure(&server, "--cold -n 2 --samples x.ndjson", dir.path()).await;
    let args = "x.ndjson -o ./x.ndjson --output-format json";
    refused(args, dir.path(), &["would replace x.ndjson"]).await;
    report("x.ndjson -o x.json", dir.path()).await.well();
    let report: Value = report_in(&dir.path().join("x.json"));
    assert_eq!(phase(&report, "cold")["samples"], 2);
}
