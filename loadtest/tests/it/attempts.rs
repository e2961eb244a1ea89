//! Attempts at the first answer of what is starting.

use std::time::{Duration, Instant};

use crate::common::server::{Connection, Nobody, OK, Server};
use crate::common::{probe, soon};
use loadtest::probe::{Attempts, Probe};
use loadtest::sample::{Outcome, Phase, Sample};

const APART: Duration = Duration::from_millis(2);

/// Keeps the first so many waiting, until they give up.
fn keeping(first: usize) -> Server {
    let before = std::sync::atomic::AtomicUsize::new(0);
    Server::new(move |connection: &mut Connection| {
        let kept = before.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < first;
        while connection.request() && (kept || connection.send(OK).is_ok()) {}
    })
}

async fn first_to_end(attempts: &mut Attempts, probe: &mut Probe) -> Sample {
    loop {
        if let Some(sample) = soon(attempts.next(probe, Phase::Startup)).await.unwrap() {
            return sample;
        }
    }
}

#[tokio::test]
async fn an_answer_does_not_wait_for_attempts_that_are_kept_waiting() {
    let server = keeping(3);
    let (mut attempts, mut probe) = (Attempts::new(APART), probe(&server.url("/")));
    let sample = first_to_end(&mut attempts, &mut probe).await;
    assert_eq!((sample.outcome, sample.phase, sample.new_connection), (Outcome::Ok, Phase::Startup, true));
    assert!(server.accepted() >= 4);
}

#[tokio::test]
async fn attempts_that_are_kept_waiting_grow_rarer() {
    let server = Server::silent();
    let (mut attempts, mut probe) = (Attempts::new(APART), probe(&server.url("/")));
    let begun = Instant::now();
    let mut made = 0;
    while begun.elapsed() < 256 * APART {
        assert_eq!(soon(attempts.next(&mut probe, Phase::Startup)).await.unwrap(), None);
        made += 1;
    }
    // One every 2 ms would be 256. A machine that is busy makes fewer.
    assert!(made <= 16 + 16 * 3 + 1, "{made}");
}

#[tokio::test]
async fn attempts_end_with_what_made_them() {
    let server = Server::silent();
    let (mut attempts, mut probe) = (Attempts::new(APART), probe(&server.url("/")));
    for _ in 0..3 {
        assert_eq!(soon(attempts.next(&mut probe, Phase::Startup)).await.unwrap(), None);
    }
    drop(attempts);
    crate::common::until(|| server.closed() == server.accepted()).await;
}

#[tokio::test]
async fn an_attempt_that_is_refused_ends() {
    let nobody = Nobody::new();
    let mut probe = probe(&nobody.url());
    let sample = first_to_end(&mut Attempts::new(APART), &mut probe).await;
    assert_eq!(sample.outcome, Outcome::Transport("connection refused".into()));
}
