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
async fn an_answer_without_content_is_an_answer() {
    let server = answers::always(ResponseTemplate::new(204)).await;
    let mut probe = probe(&server.uri());
    assert_eq!(soon(probe.cold()).await.outcome, Outcome::Ok);
    assert_eq!(soon(probe.warm(Phase::Warm)).await.outcome, Outcome::Ok);
}

#[tokio::test]
async fn a_chunked_answer_is_whole_with_its_last_chunk() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n";
    let server = Server::always(chunked);
    let mut probe = probe(&server.url("/"));
    for _ in 0..3 {
        assert_eq!(soon(probe.warm(Phase::Warm)).await.outcome, Outcome::Ok);
    }
    assert_eq!(server.accepted(), 1);
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
async fn evidence_in_several_headers_and_in_any_case_is_put_together() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nserver-timing: instance;desc=a, cache;desc=\"x, y\"\r\n\
                  SERVER-TIMING: served;desc=7\r\n\r\n";
    let server = Server::always(answer);
    let sample = soon(probe(&server.url("/")).cold()).await;
    assert_eq!((sample.testimony.instance.as_deref(), sample.testimony.served), (Some("a"), Some(7)));
    assert_eq!(sample.freshness, Freshness::Reused);
}

#[tokio::test]
async fn an_instance_that_claims_twice_to_be_fresh_proves_nothing() {
    let server = answers::always(answers::time_from("a", 1)).await;
    let mut probe = probe(&server.uri());
    assert_eq!(soon(probe.cold()).await.freshness, Freshness::Fresh);
    assert_eq!(soon(probe.cold()).await.freshness, Freshness::Unknown);
}

#[tokio::test]
async fn without_server_timing_nothing_is_known() {
    let server = answers::always(answers::time()).await;
    assert_eq!(soon(probe(&server.uri()).cold()).await.freshness, Freshness::Unknown);
}

#[tokio::test]
async fn an_answer_that_changes_its_shape_is_a_wrong_answer() {
    let other = || ResponseTemplate::new(200).set_body_raw(r#"{"error":"busy"}"#, "application/json");
    let server = answers::nth(move |n| if n == 1 { other() } else { answers::time() }).await;
    let mut probe = probe(&server.uri());
    assert_eq!(kinds(&mut probe, 3).await, ["ok", "wrong-answer", "ok"]);
}

#[tokio::test]
async fn answers_that_change_within_their_form_are_right() {
    let bodies = [
        r#"{"cold":true,"served":1,"items":[1,2]}"#,
        r#"{"served":2,"items":[]}"#,
        r#"{"items":[1,2,3],"served":100000}"#,
        r#"{"items":[4],"cold":true,"served":3}"#,
    ];
    let server = answers::nth(move |n| {
        ResponseTemplate::new(200).set_body_raw(bodies[n % bodies.len()], "application/json")
    })
    .await;
    assert_eq!(kinds(&mut probe(&server.uri()), 9).await, ["ok"; 9]);
    let counter =
        answers::nth(|n| ResponseTemplate::new(200).set_body_string(10_u64.pow(n as u32).to_string())).await;
    assert_eq!(kinds(&mut probe(&counter.uri()), 9).await, ["ok"; 9]);
}

#[tokio::test]
async fn an_error_is_no_answer_even_if_it_is_the_first() {
    let busy = || ResponseTemplate::new(200).set_body_raw(r#"{"error":"starting"}"#, "application/json");
    let server = answers::nth(move |n| if n == 0 { busy() } else { answers::time() }).await;
    assert_eq!(kinds(&mut probe(&server.uri()), 3).await, ["wrong-answer", "ok", "ok"]);
}

#[tokio::test]
async fn an_answer_of_another_media_type_is_a_wrong_answer() {
    let page = || ResponseTemplate::new(200).set_body_raw("<h1>Login</h1>", "text/html");
    let server = answers::nth(move |n| if n == 1 { page() } else { answers::time() }).await;
    assert_eq!(kinds(&mut probe(&server.uri()), 3).await, ["ok", "wrong-answer", "ok"]);
}

#[tokio::test]
async fn an_error_is_not_what_later_answers_are_held_against() {
    let busy = || ResponseTemplate::new(503).set_body_raw("busy", "text/plain");
    let server = answers::nth(move |n| if n == 0 { busy() } else { answers::time() }).await;
    assert_eq!(kinds(&mut probe(&server.uri()), 3).await, ["status-503", "ok", "ok"]);
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
