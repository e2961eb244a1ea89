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
        assert!(warnings(&report).contains("this client was stopped"), "{report}");
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

/// The client is stopped while it waits for an answer, for longer than its time-out, and the answer comes later.
#[tokio::test]
async fn a_load_whose_client_was_stopped_does_not_blame_the_target() {
    let (client, asked) = (Arc::new(AtomicU32::new(0)), AtomicUsize::new(0));
    let stopped = client.clone();
    let server = Server::new(move |connection| {
        while connection.request() {
            let stops = asked.fetch_add(1, Ordering::SeqCst) == 200;
            if stops {
                stop(&stopped);
                thread::sleep(Duration::from_millis(200));
            }
            if connection.send(OK).is_err() {
                return;
            }
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("load.ndjson");
    let args = format!(
        "load -c 1 -n 400 -t 500ms --fail-if failures>0% --output-format json --samples {} --url {}",
        file.display(),
        server.url("/")
    );
    let running = Loadtest::new(args).start();
    client.store(running.id(), Ordering::SeqCst);
    let report = running.end().await.report();
    let again = Loadtest::new(format!("report --output-format json {}", file.display())).run().await.report();
    for report in [&report, &again] {
        let load = phase(report, "load");
        assert_eq!((&load["client_stopped"], &load["failures"]), (&json!(1), &json!({})), "{load}");
        assert_eq!((&load["samples"], &load["counted"]), (&json!(400), &json!(399)), "{load}");
        assert!(load["latency_us"]["max"].as_f64().unwrap() < 500_000.0, "{load}");
        assert!(warnings(report).contains("load requests are excluded: this client was stopped"));
    }
}

/// The server closes each connection just as its third request is on its way.
#[tokio::test]
async fn a_connection_that_is_closed_between_requests_of_a_load_is_no_failure_of_the_target() {
    let server = || {
        Server::new(move |connection| {
            for request in 0.. {
                if !connection.request() || request == 2 || connection.send(OK).is_err() {
                    return;
                }
            }
        })
    };
    let run = async |args: &str| {
        let args = format!("load {args} -c 1 -n 9 -q 5 --output-format json --url {}", server().url("/"));
        Loadtest::new(args).run().await.report()
    };
    let report = run("").await;
    let load = phase(&report, "load");
    assert_eq!((&load["retried"], &load["failures"]), (&json!(4), &json!({})), "{load}");
    assert!(warnings(&report).contains("4 load requests were sent again on a new connection"), "{report}");
    let report = run("-m POST").await;
    let load = phase(&report, "load");
    assert_eq!((&load["retried"], &load["failures"]), (&json!(null), &json!({"transport": 3})), "{load}");
}
