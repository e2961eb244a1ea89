//! Several targets in turn.

use std::time::Duration;

use crate::common::answers;
use crate::common::program::{Loadtest, phase_of};
use crate::common::server::{self, Server};
use serde_json::{Value, json};
use tempfile::tempdir;
use wiremock::{MockServer, ResponseTemplate};

/// More than a busy machine adds to most answers.
const LATE: Duration = Duration::from_millis(50);

async fn site() -> MockServer {
    answers::always(answers::time()).await
}

async fn slow_site() -> MockServer {
    answers::always(answers::time().set_delay(LATE)).await
}

async fn comparison(baseline: &MockServer, candidate: &MockServer) -> Value {
    let args = format!("compare a={} b={} --warm -n 25", baseline.uri(), candidate.uri());
    let report = Loadtest::new(args).arg("--output-format=json").run().await.report();
    assert_eq!(report["comparisons"].as_array().map(Vec::len), Some(1), "{report}");
    report["comparisons"][0].clone()
}

/// The paths that three targets of one server are asked for.
async fn order(seed: u64) -> Vec<String> {
    let server = site().await;
    let targets: String = ["a", "b", "c"].map(|name| format!("{name}={}/{name} ", server.uri())).concat();
    let args = format!("compare {targets} --cold -n 6 --idle 0s --seed {seed}");
    Loadtest::new(args).run().await.well();
    answers::requests(&server).await.iter().map(|request| request.url.path().to_owned()).collect()
}

#[tokio::test]
async fn a_target_that_answers_later_is_slower() {
    let comparison = comparison(&site().await, &slow_site().await).await;
    assert_eq!((&comparison["baseline"], &comparison["candidate"]), (&json!("a"), &json!("b")));
    assert_eq!((&comparison["phase"], &comparison["verdict"]), (&json!("warm"), &json!("slower")));
    let [ratio, low, p] = [&comparison["ratio_p50"], &comparison["ci95"][0], &comparison["p_value"]]
        .map(|n| n.as_f64().unwrap());
    assert!(ratio > 1.0 && low > 1.0 && p < 0.05, "{comparison}");
}

#[tokio::test]
async fn each_target_has_its_own_figures() {
    let (quick, slow) = (site().await, slow_site().await);
    let args = format!("compare a={} b={} -n 2 --idle 0s", quick.uri(), slow.uri());
    let report = Loadtest::new(args).arg("--output-format=json").run().await.report();
    assert_eq!((&report["targets"][0]["name"], &report["targets"][1]["name"]), (&json!("a"), &json!("b")));
    for name in ["cold", "warm"] {
        let slow = phase_of(&report["targets"][1], name);
        assert_eq!(phase_of(&report["targets"][0], name)["samples"], 2);
        assert!(slow["first_byte_us"]["min"].as_f64().unwrap() >= LATE.as_secs_f64() * 1e6, "{slow}");
    }
}

#[tokio::test]
async fn every_round_asks_every_target_once() {
    for round in order(1).await.chunks(3) {
        let mut round = round.to_vec();
        round.sort();
        assert_eq!(round, ["/a", "/b", "/c"]);
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_order_and_another_one_another() {
    let (first, again, other) = (order(7).await, order(7).await, order(8).await);
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[tokio::test]
async fn every_round_of_warm_requests_has_a_connection_of_its_own() {
    let server = Server::always(server::OK);
    let args = format!("compare a={0} b={0} --warm -n 20", server.url("/"));
    Loadtest::new(args).run().await.well();
    // Twenty rounds of two targets; each begins with three requests to warm up.
    assert_eq!((server.accepted(), server.requests().len()), (40, 160));
}

#[tokio::test]
async fn what_is_not_proven_is_compared_as_that() {
    let unproven = comparison(&site().await, &site().await).await;
    assert_eq!(unproven["proven"], false);
    let (one, other) = (answers::fresh().await, answers::fresh().await);
    let proven = comparison(&one, &other).await;
    assert_eq!(proven["proven"], true);
}

#[tokio::test]
async fn the_verdict_is_told_in_words() {
    let (here, there) = (site().await, slow_site().await);
    let args = format!("compare here={} there={} --warm -n 25", here.uri(), there.uri());
    let printed = Loadtest::new(args.as_str()).run().await.well();
    let row = printed.lines().find(|line| line.starts_with(" there ")).unwrap();
    assert!(row.ends_with("×▲") && printed.contains("▲ slower (95 % interval excludes 1"), "{printed}");
    let printed = Loadtest::new(format!("{args} -v")).run().await.well();
    let comparison = printed.lines().find(|line| line.contains("warm (unproven): there / here")).unwrap();
    assert!(comparison.ends_with("slower"), "{printed}");
}

#[tokio::test]
async fn spin_url_is_not_asked_in_a_comparison() {
    let (named, from_environment) = (site().await, site().await);
    let args = format!("compare a={0}/a b={0}/b --cold -n 1 --idle 0s", named.uri());
    Loadtest::new(args).env("SPIN_URL", from_environment.uri()).run().await.well();
    assert!(answers::requests(&from_environment).await.is_empty());
}

#[tokio::test]
async fn what_answers_differently_is_not_compared() {
    let (time, page) =
        (site().await, answers::always(ResponseTemplate::new(200).set_body_string("page")).await);
    for phase in ["--cold --idle 0s", "--warm"] {
        let args = format!("compare a={} b={} {phase} -n 20", time.uri(), page.uri());
        let ended = Loadtest::new(args).run().await;
        ended.complained(2, &[&time.uri(), &page.uri(), "do not answer alike", "\"text/plain\""]);
    }
    assert!(answers::requests(&page).await.len() < 10);
}

#[tokio::test]
async fn a_margin_may_be_chosen_when_it_is_reported_again() {
    let (one, other, dir) = (site().await, slow_site().await, tempdir().unwrap());
    let args = format!("compare a={} b={} --warm -n 20 --samples x.ndjson -o x.json", one.uri(), other.uri());
    Loadtest::new(args).within(dir.path()).run().await.well();
    for file in ["x.ndjson", "x.json"] {
        let again = format!("report {file} --margin 0.5% --output-format json");
        let report = Loadtest::new(again).within(dir.path()).run().await.report();
        let verdict = &report["comparisons"][0]["verdict"];
        assert_eq!((&report["plan"]["margin"], verdict), (&json!(0.005), &json!("slower")), "{file}");
    }
    let single = Loadtest::new(format!("--url {} --warm -n 2 --samples one.ndjson", one.uri()));
    single.within(dir.path()).run().await.well();
    let refused = Loadtest::new("report one.ndjson --margin 5%").within(dir.path()).run().await;
    refused.refused(2, &["--margin is for verdicts", "nothing is compared"]);
}
