//! What a request's time consists of.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::server::{OK, Server};
use crate::common::{probe, soon};
use loadtest::sample::{Phase, Sample, Segments};

const DELAY: Duration = Duration::from_millis(50);

/// Waits before its headers, and between them and the last byte of its body.
fn slow(before_headers: Duration, before_end: Duration) -> Server {
    Server::new(move |connection| {
        while connection.request() {
            sleep(before_headers);
            let (begin, end) = OK.split_at(OK.len() - 1);
            let _ = connection.send(begin);
            sleep(before_end);
            let _ = connection.send(end);
        }
    })
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap()
}

fn sum(Segments { dns_ns, connect_ns, tls_ns, first_byte_ns, body_ns }: Segments) -> u64 {
    [dns_ns, connect_ns, tls_ns, first_byte_ns, body_ns].into_iter().flatten().sum()
}

fn assert_adds_up(sample: &Sample) {
    assert!(sample.outcome.is_ok(), "{sample:?}");
    assert!(sample.service_ns() >= sum(sample.segments), "{sample:?}");
    assert!(sample.intended_ns <= sample.sent_ns && sample.sent_ns < sample.done_ns, "{sample:?}");
}

#[tokio::test]
async fn an_address_is_connected_to_but_not_resolved() {
    let server = Server::always(OK);
    let sample = soon(probe(&server.url("/")).cold()).await;
    assert_adds_up(&sample);
    assert!(sample.segments.connect_ns.is_some_and(|ns| ns > 0), "{sample:?}");
    assert_eq!((sample.segments.dns_ns, sample.segments.tls_ns), (None, None));
}

#[tokio::test]
async fn a_name_is_resolved_before_it_is_connected_to() {
    let server = Server::always(OK);
    let sample = soon(probe(&format!("http://localhost:{}/", server.port())).cold()).await;
    assert_adds_up(&sample);
    assert!(sample.segments.dns_ns.is_some_and(|ns| ns > 0), "{sample:?}");
    assert!(sample.segments.connect_ns.is_some_and(|ns| ns > 0), "{sample:?}");
}

#[tokio::test]
async fn a_kept_connection_is_neither_resolved_nor_connected_to() {
    let server = Server::always(OK);
    let mut probe = probe(&format!("http://localhost:{}/", server.port()));
    soon(probe.warm(Phase::WarmUp)).await;
    let sample = soon(probe.warm(Phase::Warm)).await;
    assert_adds_up(&sample);
    assert_eq!((sample.segments.dns_ns, sample.segments.connect_ns), (None, None));
    assert!(sample.segments.first_byte_ns.is_some() && sample.segments.body_ns.is_some(), "{sample:?}");
}

#[tokio::test]
async fn the_wait_for_headers_belongs_to_the_first_byte() {
    let server = slow(DELAY, Duration::ZERO);
    let mut probe = probe(&server.url("/"));
    for sample in [soon(probe.cold()).await, soon(probe.warm(Phase::Warm)).await] {
        assert_adds_up(&sample);
        assert!(sample.segments.first_byte_ns.is_some_and(|ns| ns >= nanos(DELAY)), "{sample:?}");
    }
}

#[tokio::test]
async fn the_wait_for_the_end_belongs_to_the_body() {
    // The client may see the headers late, and so less of the wait than there was.
    let server = slow(Duration::ZERO, 8 * DELAY);
    let mut probe = probe(&server.url("/"));
    for sample in [soon(probe.cold()).await, soon(probe.warm(Phase::Warm)).await] {
        assert_adds_up(&sample);
        assert!(sample.segments.body_ns.is_some_and(|ns| ns >= nanos(DELAY)), "{sample:?}");
        let before = sample.service_ns() - sample.segments.body_ns.unwrap();
        assert!(sample.segments.first_byte_ns.is_some_and(|ns| ns <= before), "{sample:?}");
    }
}

#[tokio::test]
async fn samples_follow_one_another_on_one_clock() {
    let server = Server::always(OK);
    let mut probe = probe(&server.url("/"));
    let (first, second) = (soon(probe.cold()).await, soon(probe.warm(Phase::Warm)).await);
    assert!(first.done_ns <= second.sent_ns, "{first:?} {second:?}");
}

#[tokio::test]
async fn a_start_up_counts_from_the_start_of_the_process() {
    let server = Server::always(OK);
    let mut probe = probe(&server.url("/"));
    let started = Instant::now();
    sleep(DELAY);
    let sample = soon(probe.startup(started)).await;
    assert_adds_up(&sample);
    assert!(sample.service_ns() >= nanos(DELAY), "{sample:?}");
    assert_eq!((sample.phase, sample.new_connection), (Phase::Startup, true));
}
