//! What is measured of a URL, and where the report of it goes.

use crate::common::program::{Loadtest, files_in, parse, phase, report_in, samples_in};
use crate::common::{answers, at_once};
use serde_json::{Value, json};
use tempfile::tempdir;
use wiremock::{MockServer, ResponseTemplate};

async fn site() -> MockServer {
    answers::always(answers::time()).await
}

fn quick(server: &MockServer, args: &str) -> Loadtest {
    Loadtest::new(format!("--url {} {}", server.uri(), at_once(args)))
}

fn names(report: &Value) -> Vec<&str> {
    let phases = report["targets"][0]["phases"].as_array().unwrap();
    phases.iter().map(|phase| phase["phase"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_report_has_the_fields_of_the_contract() {
    let server = site().await;
    let report = quick(&server, "--cold -n 3 --output-format json").run().await.report();
    assert_eq!((&report["schema_version"], &report["interrupted"]), (&json!(1), &json!(false)));
    assert_eq!((&report["plan"]["cold_samples"], &report["plan"]["idle_us"]), (&json!(3), &json!(0.0)));
    assert!(report["environment"].is_object() && report["comparisons"] == json!([]));
    let target = &report["targets"][0];
    assert_eq!((&target["name"], &target["url"]), (&json!("target"), &json!(server.uri() + "/")));
    let cold = phase(&report, "cold");
    assert_eq!((&cold["samples"], &cold["failures"]), (&json!(3), &json!({})));
    for kind in ["fresh", "reused", "unknown", "instances"] {
        assert!(cold["evidence"][kind].is_u64(), "{kind}");
    }
    for part in ["latency_us", "connect_us", "first_byte_us", "body_us"] {
        for figure in ["min", "mean", "stddev", "max"] {
            assert!(cold[part][figure].is_number(), "{part}.{figure}");
        }
        for figure in ["p50", "p90", "p95", "p99", "p999"] {
            assert_eq!(cold[part].get(figure), Some(&Value::Null), "{part}.{figure}");
        }
        let intervals = cold[part]["ci95"].as_object().unwrap();
        assert_eq!(
            intervals.keys().collect::<Vec<_>>(),
            ["p50", "mean", "p90", "p95", "p99", "p999"],
            "{part}"
        );
        assert!(intervals.values().all(Value::is_null), "{part}");
    }
    assert_eq!((cold.get("dns_us"), cold.get("tls_us")), (None, None));
}

#[tokio::test]
async fn cold_and_warm_are_measured_unless_one_is_asked_for() {
    for (args, phases, requests) in [
        ("-n 2", vec!["cold", "warm"], 2 + 3 + 2),
        ("-n 2 --cold --warm", vec!["cold", "warm"], 2 + 3 + 2),
        ("-n 2 --cold", vec!["cold"], 2),
        ("-n 2 --warm", vec!["warm"], 3 + 2),
    ] {
        let server = site().await;
        let report = quick(&server, args).arg("--output-format=json").run().await.report();
        assert_eq!(names(&report), phases, "{args}");
        assert_eq!(answers::requests(&server).await.len(), requests, "{args}");
    }
}

#[tokio::test]
async fn what_is_sent_is_part_of_the_plan_but_for_the_values_of_headers() {
    let server = site().await;
    let run = quick(&server, "--cold -n 1 -m POST --seed 7 --output-format json -H").arg("x-key: secret");
    let printed = run.run().await.well();
    let plan = &parse(&printed)["plan"];
    assert_eq!((&plan["method"], &plan["header_names"]), (&json!("POST"), &json!(["x-key"])));
    assert_eq!(plan["seed"], 7);
    assert!(!printed.contains("secret"));
    let request = answers::only_request(&server).await;
    assert_eq!((request.method.as_str(), &request.headers["x-key"]), ("POST", &"secret".parse().unwrap()));
}

#[tokio::test]
async fn later_failures_are_counted_by_kind_and_not_as_latency() {
    let late = std::time::Duration::from_millis(30);
    let server = answers::nth(move |n| match n {
        5 | 6 => ResponseTemplate::new(500).set_delay(late),
        8 => ResponseTemplate::new(200).set_body_raw("[]", "application/json").set_delay(late),
        _ => answers::time(),
    })
    .await;
    let dir = tempdir().unwrap();
    let args = "--warm -n 10 --output-format json --samples samples.ndjson";
    let report = quick(&server, args).within(dir.path()).run().await.report();
    let warm = phase(&report, "warm");
    assert_eq!((&warm["samples"], &warm["counted"]), (&json!(10), &json!(7)));
    assert_eq!(warm["failures"], json!({"status-500": 2, "wrong-answer": 1}));
    let samples = std::fs::read_to_string(dir.path().join("samples.ndjson")).unwrap();
    let slowest = samples.lines().map(parse).filter(counts).map(|s| service_us(&s)).fold(0.0, f64::max);
    assert_eq!(warm["latency_us"]["max"].as_f64(), Some(slowest));
    assert!(crate::common::program::warnings(&report).contains("3 of 10 warm requests failed"));
}

fn counts(sample: &Value) -> bool {
    sample["phase"] == "warm" && sample["outcome"] == "ok"
}

fn service_us(sample: &Value) -> f64 {
    (sample["done_ns"].as_u64().unwrap() - sample["sent_ns"].as_u64().unwrap()) as f64 / 1000.0
}

#[tokio::test]
async fn at_least_the_interval_lies_between_one_warm_request_and_the_next() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let run = quick(&server, "--warm -n 3 --interval 30ms --samples samples.ndjson").within(dir.path());
    run.run().await.well();
    let samples = samples_in(&dir.path().join("samples.ndjson"));
    let sent: Vec<_> = samples.iter().map(|sample| sample.sent_ns).collect();
    // The clock that waits and the clock that measures are read one after the other.
    assert!(sent.windows(2).all(|pair| pair[1] - pair[0] >= 29_000_000), "{sent:?}");
}

#[tokio::test]
async fn a_cold_request_waits_for_instances_to_go_idle() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let args = format!("--url {} --cold -n 2 --idle 60ms --samples samples.ndjson", server.uri());
    Loadtest::new(args).within(dir.path()).run().await.well();
    let samples = samples_in(&dir.path().join("samples.ndjson"));
    let idle = samples[1].sent_ns - samples[0].done_ns;
    assert!(idle >= 60_000_000, "{idle}");
}

#[tokio::test]
async fn the_format_of_a_file_is_known_by_its_ending_and_text_is_printed_besides() {
    let (server, dir) = (site().await, tempdir().unwrap());
    for (file, begins) in [("x.json", "{\n"), ("x.md", "**GET "), ("x.txt", "GET "), ("x", "GET ")] {
        let printed = quick(&server, "--cold -n 2 -o").arg(file).within(dir.path()).run().await.well();
        assert!(
            printed.starts_with("GET ") && printed.ends_with("\nDetails: -v · samples: --samples FILE\n"),
            "{printed}"
        );
        let written = std::fs::read_to_string(dir.path().join(file)).unwrap();
        assert!(written.starts_with(begins) && written.ends_with('\n'), "{file}: {written}");
        assert_eq!(
            written.contains("\nCold: a new connection"),
            begins == "GET ",
            "files have everything: {file}"
        );
        assert_eq!(written.contains("\n| "), file == "x.md", "{file}: {written}");
    }
    assert_eq!(phase(&report_in(&dir.path().join("x.json")), "cold")["samples"], 2);
    assert_eq!(files_in(dir.path()), ["x", "x.json", "x.md", "x.txt"]);
}

#[tokio::test]
async fn a_report_of_nothing_leaves_the_one_before() {
    let dir = tempdir().unwrap();
    std::fs::write(dir.path().join("x.json"), "before").unwrap();
    let server = answers::always(ResponseTemplate::new(500)).await;
    quick(&server, "-o x.json").within(dir.path()).run().await.refused(3, &["500"]);
    assert_eq!(std::fs::read_to_string(dir.path().join("x.json")).unwrap(), "before");
}

#[cfg(unix)]
#[tokio::test]
async fn a_report_goes_to_where_a_link_leads() {
    let (server, dir) = (site().await, tempdir().unwrap());
    std::fs::create_dir(dir.path().join("archive")).unwrap();
    std::fs::write(dir.path().join("archive/today.json"), "").unwrap();
    std::os::unix::fs::symlink("archive/today.json", dir.path().join("latest.json")).unwrap();
    quick(&server, "--cold -n 2 -o latest.json").within(dir.path()).run().await.well();
    assert_eq!(phase(&report_in(&dir.path().join("archive/today.json")), "cold")["samples"], 2);
    assert!(dir.path().join("latest.json").is_symlink());
}

#[tokio::test]
async fn spin_url_is_measured_where_no_other_is_named() {
    let (named, from_environment) = (site().await, site().await);
    let args = "--cold -n 1 --idle 0s";
    Loadtest::new(args).env("SPIN_URL", from_environment.uri()).run().await.well();
    quick(&named, "--cold -n 1").env("SPIN_URL", from_environment.uri()).run().await.well();
    answers::only_request(&named).await;
    answers::only_request(&from_environment).await;
}
