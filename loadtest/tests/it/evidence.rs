//! What the report says of cold and warm, against servers that tell of their instances and servers that do not.

use crate::common::answers::{self, time_from};
use crate::common::at_once;
use crate::common::program::{Loadtest, phase, phase_of, warnings};
use serde_json::{Value, json};
use wiremock::MockServer;

async fn report(server: &MockServer, args: &str) -> Value {
    let args = format!("--url {} --output-format json {}", server.uri(), at_once(args));
    Loadtest::new(args).run().await.report()
}

fn evidence(fresh: usize, reused: usize, unknown: usize, instances: usize) -> Value {
    json!({"fresh": fresh, "reused": reused, "unknown": unknown, "instances": instances})
}

fn assert_no_figures(distribution: &Value) {
    for (name, figure) in distribution.as_object().unwrap() {
        assert!(figure.is_null() || name == "ci95", "{name} in {distribution}");
    }
    assert!(distribution["ci95"].as_object().unwrap().values().all(Value::is_null), "{distribution}");
}

#[tokio::test]
async fn an_instance_for_each_request_makes_every_cold_request_cold() {
    let report = report(&answers::fresh().await, "--cold -n 5").await;
    let cold = phase(&report, "cold");
    assert_eq!(cold["evidence"], evidence(5, 0, 0, 5));
    assert_eq!((&cold["counted"], &cold["contradicting"]), (&json!(5), &Value::Null));
    assert_eq!(cold["handler_us"]["mean"], 31.0);
    assert!(!warnings(&report).contains("no cold starts observed"));
}

#[tokio::test]
async fn cold_requests_that_met_one_instance_in_use_have_no_cold_figures() {
    let report = report(&answers::reused().await, "--cold -n 5").await;
    let cold = phase(&report, "cold");
    assert_eq!((&cold["evidence"], &cold["counted"]), (&evidence(0, 5, 0, 1), &json!(0)));
    assert_no_figures(&cold["latency_us"]);
    assert_eq!(cold["contradicting"]["samples"], 5);
    assert!(cold["contradicting"]["latency_us"]["mean"].is_number());
    assert!(warnings(&report).contains("no cold starts observed"), "{}", warnings(&report));
}

#[tokio::test]
async fn without_evidence_cold_and_warm_count_and_are_called_unproven() {
    let report = report(&answers::always(answers::time()).await, "-n 4").await;
    for name in ["cold", "warm"] {
        let phase = phase(&report, name);
        assert_eq!((&phase["evidence"], &phase["counted"]), (&evidence(0, 0, 4, 0), &json!(4)));
    }
    assert!(warnings(&report).contains("cold and warm are unproven"), "{}", warnings(&report));
}

#[tokio::test]
async fn an_instance_met_while_warming_up_is_not_evidence_of_the_warm_phase() {
    let server = answers::nth(|n| time_from(if n < 3 { "early" } else { "late" }, n + 1));
    let report = report(&server.await, "--warm -n 5").await;
    assert_eq!(phase(&report, "warm")["evidence"], evidence(0, 5, 0, 1));
}

#[tokio::test]
async fn instances_of_one_target_say_nothing_of_another() {
    let (one, other) = (answers::reused().await, answers::fresh().await);
    let args =
        format!("compare a={} b={} --cold -n 3 --idle 0s --output-format json", one.uri(), other.uri());
    let report = Loadtest::new(args).run().await.report();
    let evidence_of = |index: usize| &report["targets"][index]["phases"][0]["evidence"];
    assert_eq!((evidence_of(0), evidence_of(1)), (&evidence(0, 3, 0, 1), &evidence(3, 0, 0, 3)));
}

#[tokio::test]
async fn answers_out_of_a_cache_are_failures_and_not_the_targets_times() {
    let server = answers::nth(|n| match n {
        2 => time_from("2", 1).insert_header("age", "7"),
        3 => time_from("3", 1).insert_header("x-cache", "Hit from cloudfront"),
        // The cache says nothing, but an instance counts each of its answers once.
        4 => time_from("0", 1),
        _ => time_from(&n.to_string(), 1),
    });
    let report = report(&server.await, "--cold -n 6").await;
    let cold = phase(&report, "cold");
    assert_eq!((&cold["failures"], &cold["counted"]), (&json!({"cached": 3}), &json!(3)));
    assert_eq!(cold["evidence"], evidence(3, 0, 0, 3));
}

#[tokio::test]
async fn other_headers_prove_cold_starts_where_they_are_named() {
    let answer = |n: usize| {
        answers::time().insert_header("x-instance", format!("pod-{n}")).insert_header("x-answered", "1")
    };
    let server = answers::nth(answer).await;
    let unnamed = report(&server, "--cold -n 3").await;
    assert_eq!(phase(&unnamed, "cold")["evidence"], evidence(0, 0, 3, 0));
    let named = report(&server, "--cold -n 3 --instance-header X-Instance --served-header x-answered").await;
    assert_eq!(phase(&named, "cold")["evidence"], evidence(3, 0, 0, 3));
    assert_eq!(named["plan"]["served_header"], "x-answered");
}

#[tokio::test]
async fn a_header_that_never_changes_proves_nothing() {
    let unnamed = || answers::time().insert_header("server-timing", "served;desc=1");
    for answer in [unnamed(), time_from("same", 1)] {
        let server = answers::always(answer).await;
        let url = server.uri();
        let args = format!("compare a={url} b={url} -n 20 --idle 0s --output-format json");
        let report = Loadtest::new(args).run().await.report();
        for target in report["targets"].as_array().unwrap() {
            for phase in ["cold", "warm"].map(|name| phase_of(target, name)) {
                assert_eq!((&phase["evidence"]["unknown"], &phase["counted"]), (&json!(20), &json!(20)));
            }
        }
        let comparisons = report["comparisons"].as_array().unwrap();
        assert!(comparisons.iter().all(|comparison| comparison["proven"] == false), "{report}");
    }
}
