//! The repository's own components with an HTTP handler, of preview 2 and 3.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::common::artefacts::{Artefact, P2, P3, WAGI};
use crate::common::client::{Answer, request, text};
use crate::common::site::{Served, Site};
use crate::common::until;
use host::Reuse;
use http::{HeaderMap, Method, Request};

const FOREVER: Duration = Duration::from_secs(3600);

fn site(artefact: &Artefact) -> Site {
    Site::new().artefact("time", "/...", artefact)
}

/// Preview 3, with instances that are used so often and so long.
async fn reusing(count: usize, idle: Duration) -> Served {
    let reuse = Reuse { count, concurrent: 16, idle };
    site(&P3).with(|options| options.reuse = reuse).serve().await
}

/// Which instance answered, and how many requests it has answered with this one.
fn evidence(answer: &Answer) -> (String, usize) {
    let timing = answer.headers()["server-timing"].to_str().unwrap();
    let described = |name: &str| timing.split(&format!("{name};desc=\"")).nth(1)?.split('"').next();
    (described("instance").unwrap().to_owned(), described("served").unwrap().parse().unwrap())
}

async fn asked_in_turn(server: &Served, times: usize) -> Vec<(String, usize)> {
    let mut all = Vec::new();
    for _ in 0..times {
        all.push(evidence(&server.get("/api/time").await));
    }
    all
}

fn instances(all: &[(String, usize)]) -> BTreeSet<&str> {
    all.iter().map(|(instance, _)| instance.as_str()).collect()
}

fn served(all: &[(String, usize)]) -> Vec<usize> {
    all.iter().map(|(_, served)| *served).collect()
}

fn assert_is_the_time(answer: &Answer) {
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    let body = text(answer);
    assert!(body.starts_with("{\"moscow_time\":\"") && body.ends_with('}'), "{body}");
}

#[tokio::test]
async fn preview_2_has_a_fresh_instance_for_every_request() {
    let server = site(&P2).with(|options| options.reuse.idle = FOREVER).serve().await;
    let all = asked_in_turn(&server, 4).await;
    assert_eq!((instances(&all).len(), served(&all)), (4, vec![1; 4]));
}

#[tokio::test]
async fn preview_3_answers_request_after_request_from_one_instance() {
    let all = asked_in_turn(&reusing(100, FOREVER).await, 5).await;
    assert_eq!((instances(&all).len(), served(&all)), (1, vec![1, 2, 3, 4, 5]));
}

#[tokio::test]
async fn a_preview_3_instance_is_replaced_after_as_many_requests_as_it_may_answer() {
    let all = asked_in_turn(&reusing(3, FOREVER).await, 7).await;
    assert_eq!((instances(&all).len(), served(&all)), (3, vec![1, 2, 3, 1, 2, 3, 1]));
}

#[tokio::test]
async fn a_preview_3_instance_is_dropped_when_it_has_been_idle() {
    let server = reusing(100, Duration::from_millis(20)).await;
    let first = evidence(&server.get("/").await).0;
    until(async || {
        // As often as it takes: on a busy machine it may be looked at before it is dropped.
        tokio::time::sleep(Duration::from_millis(200)).await;
        evidence(&server.get("/").await).0 != first
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_to_preview_3_are_all_answered_right() {
    let server = std::sync::Arc::new(reusing(10, FOREVER).await);
    let asked = (0..60).map(|_| {
        let server = server.clone();
        tokio::spawn(async move { server.get("/api/time").await })
    });
    let mut all = BTreeSet::new();
    for answer in asked.collect::<Vec<_>>() {
        let answer = answer.await.unwrap();
        assert_is_the_time(&answer);
        assert!(evidence(&answer).1 <= 10);
        all.insert(evidence(&answer));
    }
    assert_eq!(all.len(), 60, "no two requests are an instance's same one");
}

#[tokio::test]
async fn a_component_answers_below_the_route_it_is_mounted_at() {
    for artefact in [&P2, &P3, &WAGI] {
        for (route, path) in [
            ("/...", "/api/time"),
            ("/app/...", "/app/api/time"),
            ("/:who/...", "/alice/api/time"),
            ("/:who/app/...", "/%61lice/app/%61pi/time"),
        ] {
            let server = Site::new().artefact("time", route, artefact).serve().await;
            assert_is_the_time(&server.get(path).await);
        }
    }
}

#[tokio::test]
async fn spins_own_headers_are_the_last_of_their_names() {
    for artefact in [&P2, &P3, &WAGI] {
        let server = site(artefact).serve().await;
        let spoofed = Request::get("/nowhere/api/time")
            .header("spin-component-route", "/nowhere")
            .header("spin-path-info", "/api/time")
            .body(Vec::new());
        assert_eq!(server.ask(&spoofed.unwrap()).await.status(), 404);
        let spoofed = Request::get("/api/time").header("spin-path-info", "").header("spin-path-info", "/x");
        assert_is_the_time(&server.ask(&spoofed.body(Vec::new()).unwrap()).await);
    }
}

#[tokio::test]
async fn a_header_that_is_no_utf_8_arrives() {
    for artefact in [&P2, &P3, &WAGI] {
        let request = b"GET /api/time HTTP/1.1\r\nhost: a\r\nx-a: \xff\r\nconnection: close\r\n\r\n";
        assert_eq!(site(artefact).serve().await.raw(request).await.status(), 200);
    }
}

#[tokio::test]
async fn every_answer_tells_its_length() {
    for artefact in [&P2, &P3, &WAGI] {
        let server = site(artefact).serve().await;
        for path in ["/", "/api/time", "/favicon.ico", "/nowhere"] {
            for method in [Method::GET, Method::HEAD, Method::POST, Method::from_bytes(b"BREW").unwrap()] {
                let answer = server.ask(&request(method, path)).await;
                assert!(answer.headers().contains_key("content-length"), "{path} {answer:?}");
                assert!(!answer.headers().contains_key("transfer-encoding"), "{path} {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let comparable = |answer: Answer| {
        let mut headers: HeaderMap = answer.headers().clone();
        for changing in ["server-timing", "date"] {
            assert!(headers.remove(changing).is_some(), "{changing}");
        }
        (answer.status(), headers)
    };
    for artefact in [&P2, &P3, &WAGI] {
        let server = site(artefact).serve().await;
        for path in ["/", "/api/time", "/favicon.ico", "/nowhere"] {
            let get = server.get(path).await;
            let head = server.ask(&request(Method::HEAD, path)).await;
            assert_eq!(comparable(get), comparable(head), "{path}");
        }
    }
}

#[tokio::test]
async fn options_is_answered_without_a_body() {
    for artefact in [&P2, &P3, &WAGI] {
        let answer = site(artefact).serve().await.ask(&request(Method::OPTIONS, "/api/time")).await;
        assert_eq!((answer.status().as_u16(), answer.body().len()), (204, 0));
        assert_eq!(answer.headers()["allow"], "GET, HEAD, OPTIONS");
    }
}
