//! Which requests open a connection of their own, and what they ask for.

use std::collections::HashSet;
use std::time::Duration;

use crate::common::server::{OK, Server};
use crate::common::{probe, soon, until};
use loadtest::sample::{Outcome, Phase};

#[tokio::test]
async fn every_cold_request_opens_a_connection() {
    let server = Server::always(OK);
    let mut probe = probe(&server.url("/"));
    for opened in 1..=5 {
        let sample = soon(probe.cold()).await;
        assert_eq!((sample.outcome, sample.new_connection), (Outcome::Ok, true));
        assert_eq!(server.accepted(), opened);
    }
}

#[tokio::test]
async fn warm_requests_share_one_connection() {
    let server = Server::always(OK);
    let mut probe = probe(&server.url("/"));
    for n in 0..50 {
        let sample = soon(probe.warm(Phase::Warm)).await;
        assert_eq!((sample.outcome, sample.new_connection), (Outcome::Ok, n == 0), "request {n}");
    }
    assert_eq!((server.accepted(), server.requests().len()), (1, 50));
}

#[tokio::test]
async fn a_cold_request_leaves_the_warm_connection_alone() {
    let server = Server::always(OK);
    let mut probe = probe(&server.url("/"));
    soon(probe.warm(Phase::WarmUp)).await;
    assert!(soon(probe.cold()).await.new_connection);
    assert!(!soon(probe.warm(Phase::Warm)).await.new_connection);
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn a_server_that_says_it_closes_gets_a_new_connection_for_each_warm_request() {
    let server = Server::closing_after(OK.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
    let mut probe = probe(&server.url("/"));
    for _ in 0..5 {
        let sample = soon(probe.warm(Phase::Warm)).await;
        assert_eq!((sample.outcome, sample.new_connection), (Outcome::Ok, true));
    }
    assert_eq!(server.accepted(), 5);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_is_replaced() {
    let server = Server::closing_after(OK);
    let mut probe = probe(&server.url("/"));
    for closed in 1..=3 {
        let sample = soon(probe.warm(Phase::Warm)).await;
        assert_eq!((sample.outcome, sample.new_connection), (Outcome::Ok, true));
        until(|| server.closed() == closed).await;
        // The client notices once it has time to: the first to hear of it may be this test, since both wait on one thread.
        tokio::time::sleep(Duration::from_millis(1)).await;
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn cold_requests_ask_with_a_query_that_is_never_repeated() {
    let server = Server::always(OK);
    let (mut one, mut other) = (probe(&server.url("/api/time")), probe(&server.url("/api/time")));
    for _ in 0..10 {
        soon(one.cold()).await;
        soon(other.cold()).await;
    }
    let paths = server.paths();
    assert!(paths.iter().all(|path| path.starts_with("/api/time?_cold=")), "{paths:?}");
    assert_eq!(paths.iter().collect::<HashSet<_>>().len(), 20, "{paths:?}");
}

#[tokio::test]
async fn the_cold_query_is_added_to_the_one_that_is_there() {
    let server = Server::always(OK);
    soon(probe(&server.url("/a%20b?x=%2F&y")).cold()).await;
    let paths = server.paths();
    assert!(paths[0].starts_with("/a%20b?x=%2F&y&_cold="), "{paths:?}");
}

#[tokio::test]
async fn warm_requests_ask_for_what_was_given_and_nothing_else() {
    let server = Server::always(OK);
    soon(probe(&server.url("/a%20b?x=%2F&y#part")).warm(Phase::Warm)).await;
    assert_eq!(server.paths(), ["/a%20b?x=%2F&y"]);
}

#[tokio::test]
async fn a_probe_that_moved_asks_at_its_new_address() {
    let (old, new) = (Server::always(OK), Server::always(OK));
    let mut probe = probe(&old.url("/"));
    soon(probe.warm(Phase::Warm)).await;
    probe.move_to(new.url("/there").parse().unwrap()).unwrap();
    assert!(soon(probe.warm(Phase::Warm)).await.new_connection);
    assert_eq!((old.requests().len(), new.paths()), (1, vec!["/there".to_owned()]));
}
