//! The file of samples: a line for each, there as soon as it is taken.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::program::{Loadtest, samples_in};
use crate::common::server::{OK, Server};
use crate::common::{answers, until};
use loadtest::sample::{Outcome, Phase};
use tempfile::tempdir;

#[tokio::test]
async fn every_request_has_a_line_also_those_that_warm_up() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    let args = format!("--url {} -n 2 --idle 0s --samples f.ndjson", server.uri());
    Loadtest::new(args).within(dir.path()).run().await.well();
    let samples = samples_in(&dir.path().join("f.ndjson"));
    let phases: Vec<_> = samples.iter().map(|sample| sample.phase).collect();
    use Phase::{Cold, Warm, WarmUp};
    assert_eq!(phases, [WarmUp, WarmUp, WarmUp, Warm, Warm, Cold, Cold]);
    for (served, sample) in (2..).zip(&samples) {
        assert_eq!((&*sample.target, &sample.outcome), ("target", &Outcome::Ok));
        assert_eq!(sample.testimony.served, Some(served));
    }
    assert!(samples.windows(2).all(|pair| pair[0].done_ns <= pair[1].sent_ns), "{samples:?}");
}

#[tokio::test]
async fn a_sample_is_in_the_file_while_the_next_one_is_taken() {
    let (server, dir) = (answers_twice(), tempdir().unwrap());
    let args = format!("--url {} --cold -n 3 --idle 0s --samples f.ndjson", server.url("/"));
    let running = Loadtest::new(args).within(dir.path()).start();
    let file = dir.path().join("f.ndjson");
    until(|| server.accepted() == 3).await;
    assert_eq!(samples_in(&file).len(), 2);
    assert!(running.id() > 0);
}

/// And is silent from then on.
fn answers_twice() -> Server {
    let count = AtomicUsize::new(0);
    Server::new(move |connection| {
        while connection.request() {
            if count.fetch_add(1, Ordering::SeqCst) < 2 {
                connection.send(OK).unwrap();
            }
        }
    })
}

#[tokio::test]
async fn a_measurement_that_does_not_begin_leaves_the_file_as_it_was() {
    let dir = tempdir().unwrap();
    let (old, new) = (dir.path().join("old.ndjson"), dir.path().join("new.ndjson"));
    fs::write(&old, "earlier samples\n").unwrap();
    for file in [&old, &new] {
        let args = format!("--host embedded --samples {}", file.display());
        let ended = Loadtest::new(args).within(dir.path()).run().await;
        ended.refused(2, &["no spin.toml here"]);
    }
    assert_eq!(fs::read_to_string(&old).unwrap(), "earlier samples\n");
    assert!(!new.exists());
}

#[tokio::test]
async fn an_earlier_file_is_replaced_by_what_is_measured() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    let file = dir.path().join("samples.ndjson");
    fs::write(&file, "x".repeat(100_000)).unwrap();
    Loadtest::new(format!("--url {} --warm -n 2 --samples {}", server.uri(), file.display()))
        .run()
        .await
        .well();
    assert!(fs::read_to_string(&file).unwrap().lines().all(|line| line.starts_with('{')));
}
