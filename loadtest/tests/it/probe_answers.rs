//! What is sent, and what is read from a whole answer.

use crate::common::program::Loadtest;
use crate::common::server::{OK, Server};
use crate::common::{answers, probe, probe_with, soon};
use loadtest::evidence::Freshness;
use loadtest::probe::{MAX_BODY, Probe};
use loadtest::sample::{Outcome, Phase};
use wiremock::ResponseTemplate;

#[tokio::test]
async fn the_headers_and_the_method_are_sent_as_given() {
    let server = answers::always(answers::time()).await;
    let headers = ["x-one: 1", "x-two: a", "X-Two: b", "user-agent: me"];
    soon(probe_with(&server.uri(), "POST", &headers).cold()).await;
    let request = answers::only_request(&server).await;
    let sent = |name: &str| request.headers.get_all(name).iter().collect::<Vec<_>>();
    assert_eq!(request.method.as_str(), "POST");
    assert_eq!(sent("x-one"), ["1"]);
    assert_eq!(sent("x-two"), ["a", "b"]);
    assert_eq!(sent("user-agent"), ["me"]);
}

#[tokio::test]
async fn another_host_can_be_asked_for_at_an_address() {
    let server = answers::always(answers::time()).await;
    soon(probe_with(&server.uri(), "GET", &["host: example.org"]).cold()).await;
    let request = answers::only_request(&server).await;
    assert_eq!(request.headers.get_all("host").iter().collect::<Vec<_>>(), ["example.org"]);
}

#[tokio::test]
async fn the_program_tells_its_name() {
    let server = answers::always(answers::time()).await;
    soon(probe(&server.uri()).cold()).await;
    let agent = answers::only_request(&server).await.headers["user-agent"].clone();
    assert!(agent.to_str().unwrap().starts_with("loadtest/"), "{agent:?}");
}

#[tokio::test]
async fn an_answer_to_head_is_whole_without_its_body() {
    let server = Server::always(OK.strip_suffix("ok").unwrap());
    let mut probe = probe_with(&server.url("/"), "HEAD", &[]);
    for _ in 0..3 {
        assert_eq!(soon(probe.warm(Phase::Warm)).await.outcome, Outcome::Ok);
    }
    assert!(server.requests()[0].starts_with("HEAD / HTTP/1.1\r\n"));
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let server = answers::nth(|_| ResponseTemplate::new(302).insert_header("location", "/there")).await;
    assert_eq!(soon(probe(&server.uri()).cold()).await.outcome, Outcome::Status(302));
    assert_eq!(answers::only_request(&server).await.url.path(), "/");
}

#[tokio::test]
async fn a_body_of_the_longest_length_is_read() {
    let server = answers::always(ResponseTemplate::new(200).set_body_bytes(vec![0; MAX_BODY])).await;
    assert_eq!(soon(probe(&server.uri()).cold()).await.outcome, Outcome::Ok);
}

#[tokio::test]
async fn the_evidence_is_what_server_timing_says() {
    let server = answers::always(answers::time_from("9f86d081884c7d65", 1)).await;
    let sample = soon(probe(&server.uri()).cold()).await;
    assert_eq!(sample.testimony.instance.as_deref(), Some("9f86d081884c7d65"));
    assert_eq!((sample.testimony.served, sample.testimony.handler_us), (Some(1), Some(31.0)));
    assert_eq!(sample.freshness, Freshness::Fresh);
}

#[tokio::test]
async fn an_answer_that_changes_its_shape_is_a_wrong_answer() {
    let other = || ResponseTemplate::new(200).set_body_raw(r#"{"error":"busy"}"#, "application/json");
    let server = answers::nth(move |n| if n == 1 { other() } else { answers::time() }).await;
    let mut probe = probe(&server.uri());
    assert_eq!(kinds(&mut probe, 3).await, ["ok", "wrong-answer", "ok"]);
}

async fn kinds(probe: &mut Probe, n: usize) -> Vec<String> {
    let mut kinds = Vec::new();
    for _ in 0..n {
        kinds.push(soon(probe.cold()).await.outcome.kind().into_owned());
    }
    kinds
}

#[tokio::test]
async fn another_address_is_asked_as_the_one_in_the_url() {
    let server = Server::always(OK);
    let to = format!("--connect-to not.there.invalid:80:127.0.0.1:{}", server.port());
    for args in ["--cold -n 1 --idle 0s", "--warm -n 1", "load -c 1 -n 1"] {
        Loadtest::new(format!("{args} --url http://not.there.invalid/path {to}")).run().await.well();
    }
    let asked = |head: &String| head.contains("host: not.there.invalid\r\n") && head.contains(" /path");
    assert!(server.requests().iter().all(asked), "{:?}", server.requests());
    let wrong = Loadtest::new("--url http://a/ --connect-to a:80:b").run().await;
    assert!(wrong.code == Some(2) && wrong.stderr.contains("HOST:PORT:HOST:PORT"), "{wrong:?}");
}
