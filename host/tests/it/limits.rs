//! What a request and a guest may cost.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::common::artefacts::P2;
use crate::common::client::{Answer, text};
use crate::common::guests;
use crate::common::handlers;
use crate::common::site::{Served, Site};
use crate::common::until;
use http::Request;

const PAGE: usize = 1 << 16;

const CHUNKED: &str =
    "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n8\r\n12345678\r\n";

fn echo_of_at_most(bytes: usize) -> Site {
    Site::new().wagi("a", "/...", &guests::echo()).with(|options| options.max_body_size = bytes)
}

/// The head of a `POST` with a body of so many bytes, which the server is to answer without having seen any.
fn announced(bytes: usize) -> String {
    format!("POST /api/time HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {bytes}\r\n\r\n")
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_413() {
    let server = echo_of_at_most(7).serve().await;
    assert_eq!(server.raw(announced(8).as_bytes()).await.status(), 413);
    // Not even the end of the body is waited for.
    assert_eq!(server.raw(CHUNKED.as_bytes()).await.status(), 413);
}

#[tokio::test]
async fn a_body_of_just_the_limit_is_taken() {
    let server = echo_of_at_most(8).serve().await;
    let answer = server.ask(&Request::post("/").body(b"12345678".to_vec()).unwrap()).await;
    assert_eq!((answer.status().as_u16(), text(&answer)), (200, "12345678"));
    let answer = server.raw(format!("{CHUNKED}0\r\n\r\n").as_bytes()).await;
    assert_eq!((answer.status().as_u16(), text(&answer)), (200, "12345678"));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_413_before_it_reaches_an_http_handler() {
    let site = Site::new().artefact("a", "/...", &P2).with(|options| options.max_body_size = 7);
    let server = site.serve().await;
    assert_eq!(server.raw(announced(8).as_bytes()).await.status(), 413);
    let small = Request::post("/api/time").body(b"1234567".to_vec()).unwrap();
    assert_eq!(server.ask(&small).await.status(), 405);
}

/// A site where `/endless` loops, or whatever `endless` does, and `/` says hello.
fn short_of_time(add: impl FnOnce(Site) -> Site) -> Site {
    add(Site::new().wagi("hello", "/", &guests::hello())).with(|options| {
        options.request_timeout = Duration::from_millis(300);
        // Few places in the pool, so that one which is not given back is missed.
        options.max_instances = 2;
    })
}

#[tokio::test]
async fn a_program_that_never_ends_is_a_504_and_is_ended() {
    let site = short_of_time(|site| site.wagi("endless", "/endless", &guests::endless()));
    let server = site.serve().await;
    for _ in 0..6 {
        assert_eq!(server.get("/endless").await.status(), 504);
        // Again, since on a busy machine this, too, may take longer than it is given.
        until(async || text(&server.get("/").await) == "hello").await;
    }
}

#[tokio::test]
async fn an_http_handler_that_never_ends_is_a_504_and_is_ended() {
    let endless = guests::handler("(loop $again (br $again))");
    let server = short_of_time(|site| site.http("endless", "/endless", &endless)).serve().await;
    for _ in 0..6 {
        // The instance is ended soon after its request is answered, not before.
        until(async || server.get("/endless").await.status() == 504).await;
        until(async || server.get("/").await.status() == 200).await;
    }
}

#[tokio::test]
async fn a_request_whose_body_never_comes_is_a_504() {
    let site = short_of_time(|site| site.wagi("echo", "/echo", &guests::echo()));
    let server = site.serve().await;
    assert_eq!(server.unfinished("/echo", 1).await.answer().await.status(), 504);
}

#[tokio::test]
async fn an_http_handler_that_traps_or_sets_no_response_is_a_500() {
    for body in ["unreachable", ""] {
        let server = Site::new().http("a", "/...", &guests::handler(body)).serve().await;
        assert_eq!(server.get("/").await.status(), 500, "{body:?}");
    }
}

fn with_pages(limit: usize, wasm: &[u8]) -> Site {
    Site::new()
        .wagi("a", "/...", wasm)
        .with(|options| options.runtime_config.max_instance_memory = Some(limit * PAGE))
}

/// Pages that the adapter takes of a program's memory.
const ADAPTER: usize = 2;

#[tokio::test]
async fn memory_grows_up_to_its_limit_and_no_further() {
    for (limit, printed) in [(1, "refused refused "), (2, "granted refused "), (3, "granted granted ")] {
        let answer = with_pages(limit + ADAPTER, &guests::growing(1)).serve().await.get("/").await;
        assert_eq!((answer.status().as_u16(), text(&answer)), (200, printed), "{limit}");
    }
}

#[tokio::test]
async fn a_program_that_begins_with_more_memory_than_the_limit_is_a_500() {
    let guest = guests::program_with_memory(3, "content-type: text/plain\n\nhello", "");
    assert_eq!(with_pages(2, &guest).serve().await.get("/").await.status(), 500);
    assert_eq!(with_pages(3 + ADAPTER, &guest).serve().await.get("/").await.status(), 200);
}

#[tokio::test]
async fn memory_of_an_http_handler_is_limited_too() {
    let limited = |pages: usize| {
        let site = Site::new().artefact("a", "/...", &P2);
        site.with(|options| options.runtime_config.max_instance_memory = Some(pages * PAGE))
    };
    assert_eq!(limited(1).serve().await.get("/").await.status(), 500);
    assert_eq!(limited(256).serve().await.get("/").await.status(), 200);
}

#[tokio::test]
async fn one_request_too_many_is_told_to_come_again() {
    let site = Site::new().wagi("a", "/...", &guests::echo());
    let server = site.with(|options| options.max_concurrent_requests = 1).serve().await;
    let mut first = server.unfinished("/", 5).await;
    let refused = server.get("/").await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    assert_eq!(server.get("/.well-known/spin/health").await.status(), 200);
    first.send("hello").await;
    let answer = first.answer().await;
    assert_eq!((answer.status().as_u16(), text(&answer)), (200, "hello"));
    assert_eq!(server.get("/").await.status(), 200);
}

#[tokio::test]
async fn ten_times_what_may_be_in_flight_is_answered_at_once_and_good_answers_go_on() {
    let site = Site::new().wagi("a", "/...", &guests::echo());
    let server = site.with(|options| options.max_concurrent_requests = 4).serve().await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(server.unfinished("/", 5).await);
    }
    let refused = at_once(&server, 40).await;
    assert!(refused.iter().all(|answer| answer.status() == 503 && answer.headers()["retry-after"] == "1"));
    for mut held in held {
        held.send("hello").await;
        assert_eq!(text(&held.answer().await), "hello");
    }
    // Nothing of those that were refused is left to be worked off.
    let answers = at_once(&server, 40).await;
    assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status().as_u16())));
    assert!(answers.iter().filter(|answer| text(answer) == "hello").count() >= 4);
    assert_eq!(server.get("/").await.status(), 200);
}

/// The answers to requests that are all sent before an answer is read.
async fn at_once(server: &Served, requests: usize) -> Vec<Answer> {
    let request = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello";
    let mut connections = Vec::new();
    for _ in 0..requests {
        let mut connection = server.connect().await;
        connection.send(request).await;
        connections.push(connection);
    }
    let mut answers = Vec::new();
    for connection in connections {
        answers.push(connection.answer().await);
    }
    answers
}

/// Preview 3, with one request in flight at most.
fn one_at_a_time(guest: &[u8]) -> Site {
    let site = Site::new().http("a", "/...", guest).wagi("hello", "/hello", &guests::hello());
    site.with(|options| options.max_concurrent_requests = 1)
}

#[tokio::test]
async fn a_preview_3_request_counts_until_it_is_answered() {
    let server = one_at_a_time(&handlers::waiting(5000)).serve().await;
    let [mut first, mut second] = [server.connect().await, server.connect().await];
    // Whichever of the two arrives later meets the other one, which waits.
    for connection in [&mut first, &mut second] {
        connection.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    }
    let mut statuses = [first.answer().await.status().as_u16(), second.answer().await.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 503]);
    until(async || server.get("/hello").await.status() == 200).await;
}

#[tokio::test]
async fn a_preview_3_request_counts_until_its_guest_is_done() {
    let server = one_at_a_time(&handlers::lingering(60_000)).serve().await;
    assert_eq!(server.get("/").await.status(), 200);
    assert_eq!(server.get("/hello").await.status(), 503);
    let server = one_at_a_time(&handlers::lingering(50)).serve().await;
    assert_eq!(server.get("/").await.status(), 200);
    until(async || server.get("/hello").await.status() == 200).await;
}

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps what the host says.
fn keep(line: &str) {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line.into());
}

fn was_said(parts: &[&str]) -> bool {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().any(|line| parts.iter().all(|part| line.contains(part)))
}

#[tokio::test]
async fn an_exhausted_pool_is_named() {
    let site = Site::new().wagi("a", "/...", &guests::hello()).http("b", "/b", &handlers::lingering(60_000));
    let site = site.with(|options| {
        options.max_instances = 1;
        options.log = keep;
    });
    let server = site.serve().await;
    assert_eq!(server.get("/b").await.status(), 200);
    let refused = server.get("/exhausted").await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    assert_eq!(text(&refused), "all instances of the pool are in use\n");
    assert!(was_said(&["/exhausted", "pool", "--max-instances"]));
}

#[tokio::test]
async fn a_machine_without_room_for_the_pool_is_told() {
    let site = Site::new().wagi("a", "/...", &guests::hello());
    let site = site.with(|options| {
        // Petabytes of addresses.
        options.max_instances = 1_000_000;
        options.log = keep;
    });
    assert_eq!(text(&site.serve().await.get("/").await), "hello");
    assert!(was_said(&["no room for a pool of 1000000", "slower", "--max-instances"]));
}

#[tokio::test]
async fn an_endless_guest_does_not_hold_up_others() {
    let site =
        Site::new().wagi("hello", "/", &guests::hello()).wagi("endless", "/endless", &guests::endless());
    let server = site.serve().await;
    let mut held = Vec::new();
    // More than there are threads.
    for _ in 0..2 * std::thread::available_parallelism().map_or(4, usize::from) {
        let mut connection = server.connect().await;
        connection.send("GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await;
        held.push(connection);
    }
    assert_eq!(text(&server.get("/").await), "hello");
}
