//! What went wrong through no fault of the target.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::common::program::{Loadtest, phase, warnings};
use crate::common::server::{OK, Server};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

/// The client is stopped while it waits for an answer, for longer than its time-out.
#[tokio::test]
async fn a_client_that_was_stopped_does_not_blame_the_target() {
    for (args, name) in [("--warm -n 19", "warm"), ("--cold -n 20 --idle 0s", "cold")] {
        let (client, asked) = (Arc::new(AtomicU32::new(0)), AtomicUsize::new(0));
        let stopped = client.clone();
        let server = Server::new(move |connection| {
            while connection.request() {
                if asked.fetch_add(1, Ordering::SeqCst) == 10 {
                    stop(&stopped);
                }
                if connection.send(OK).is_err() {
                    return;
                }
            }
        });
        let args = format!("{args} -t 500ms --output-format json --url {}", server.url("/"));
        let running = Loadtest::new(args).start();
        client.store(running.id(), Ordering::SeqCst);
        let report = running.end().await.report();
        let phase = phase(&report, name);
        assert_eq!((&phase["client_stopped"], &phase["failures"]), (&json!(1), &json!({})), "{phase}");
        assert!(warnings(&report).contains("this client itself was stopped"), "{report}");
    }
}

fn stop(client: &AtomicU32) {
    while client.load(Ordering::SeqCst) == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    let pid = Pid::from_raw(client.load(Ordering::SeqCst).cast_signed()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    thread::sleep(Duration::from_millis(800));
    kill_process(pid, Signal::CONT).unwrap();
}

/// The server closes an idle connection just as the next request is on its way.
#[tokio::test]
async fn a_connection_that_is_closed_between_requests_is_no_failure_of_the_target() {
    let connections = AtomicUsize::new(0);
    let server = Server::new(move |connection| {
        let first = connections.fetch_add(1, Ordering::SeqCst) == 0;
        for request in 0.. {
            if !connection.request() || first && request == 8 || connection.send(OK).is_err() {
                return;
            }
        }
    });
    let args = format!("--warm -n 10 --interval 40ms --output-format json --url {}", server.url("/"));
    let report = Loadtest::new(args).run().await.report();
    let warm = phase(&report, "warm");
    assert_eq!((&warm["retried"], &warm["failures"]), (&json!(1), &json!({})), "{warm}");
    assert_eq!((&warm["counted"], &warm["contradicting"]["samples"]), (&json!(9), &json!(1)), "{warm}");
    assert!(warnings(&report).contains("sent again on a new connection"), "{report}");
}
