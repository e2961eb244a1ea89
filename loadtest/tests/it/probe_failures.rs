//! Requests that get no whole answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::common::server::{Connection, Nobody, OK, Server};
use crate::common::{probe, soon, until};
use loadtest::evidence::Freshness;
use loadtest::probe::{MAX_BODY, Probe};
use loadtest::sample::{Outcome, Phase, Sample};
use loadtest::target::{RequestTemplate, Target};

const MEGABYTE: usize = 1 << 20;

async fn first(server: &Server) -> Sample {
    soon(probe(&server.url("/")).cold()).await
}

#[tokio::test]
async fn a_port_where_nothing_listens_is_refused_by_name() {
    let sample = soon(probe(&Nobody::new().url()).cold()).await;
    assert_eq!(sample.outcome, Outcome::Transport("connection refused".into()));
    assert_eq!(sample.segments.connect_ns, None);
}

#[tokio::test]
async fn what_is_no_whole_answer_is_a_transport_failure() {
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
        &"\0".repeat(64),
    ] {
        let sample = first(&Server::closing_after(answer)).await;
        assert!(matches!(sample.outcome, Outcome::Transport(_)), "{sample:?}");
        assert_eq!((sample.freshness, sample.segments.body_ns), (Freshness::Unknown, None));
        assert!(sample.done_ns > sample.sent_ns);
    }
}

#[tokio::test]
async fn a_failure_does_not_spoil_the_next_request() {
    let count = AtomicUsize::new(0);
    let server = Server::new(move |connection| {
        while connection.request() {
            match count.fetch_add(1, Ordering::SeqCst) {
                1 => return,
                _ => connection.send(OK).unwrap(),
            }
        }
    });
    let mut probe = probe(&server.url("/"));
    let mut outcomes = Vec::new();
    for _ in 0..4 {
        let sample = soon(probe.warm(Phase::Warm)).await;
        outcomes.push((sample.outcome.kind().into_owned(), sample.new_connection));
    }
    let expected = [("ok", true), ("transport", false), ("ok", true), ("ok", false)];
    assert_eq!(outcomes, expected.map(|(kind, new)| (kind.to_owned(), new)));
}

#[tokio::test]
async fn a_server_that_never_answers_runs_into_the_time_out() {
    let server = Server::silent();
    let timeout = Duration::from_millis(100);
    let sample = soon(impatient(&server, timeout).cold()).await;
    assert_eq!(sample.outcome, Outcome::Timeout);
    assert!(u128::from(sample.service_ns()) >= timeout.as_nanos());
    assert_eq!((sample.segments.first_byte_ns, sample.segments.body_ns), (None, None));
}

#[tokio::test]
async fn a_body_that_never_ends_runs_into_the_time_out() {
    let server = Server::new(|connection| {
        connection.request();
        let _ = connection.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok");
        // Until the client is gone.
        connection.request();
    });
    let sample = soon(impatient(&server, Duration::from_millis(100)).cold()).await;
    assert_eq!(sample.outcome, Outcome::Timeout);
}

fn impatient(server: &Server, timeout: Duration) -> Probe {
    let target = Target::new("target", &server.url("/")).unwrap();
    Probe::new(target, RequestTemplate::new("GET", &[]).unwrap(), timeout, Instant::now()).unwrap()
}

#[tokio::test]
async fn a_body_longer_than_the_longest_is_a_failure_and_is_not_read_to_its_end() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    let server = Server::new(move |connection| {
        connection.request();
        pour(connection, 10_000 * MEGABYTE, &counted);
    });
    let sample = first(&server).await;
    assert_eq!(sample.outcome, Outcome::Transport("the body is longer than 10 MB".into()));
    until(|| server.closed() == 1).await;
    // More than what is read goes into buffers on the way.
    assert!(sent.load(Ordering::SeqCst) < MAX_BODY + 100 * MEGABYTE);
}

/// Sends a body of `length` bytes, until the client has had enough.
fn pour(connection: &mut Connection, length: usize, sent: &AtomicUsize) {
    let block = vec![b'x'; MEGABYTE];
    let _ = connection.send(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n"));
    while sent.load(Ordering::SeqCst) < length && connection.send(&block).is_ok() {
        sent.fetch_add(MEGABYTE, Ordering::SeqCst);
    }
}
