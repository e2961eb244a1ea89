//! What a command says is stamped when it comes, by a clock that waits for nobody.

use tokio::io::{AsyncWriteExt, DuplexStream, duplex, empty};
use tokio::time::sleep;

use super::*;
use crate::deploy::stages::{Readiness, readiness, stages};

/// What is said when, in milliseconds from the start; `None` is the end of the command.
type Script = &'static [(u64, Option<&'static str>)];

/// What `spin cloud deploy` says; the dots come one by one, and no line ends until it is ready.
const CLOUD: Script = &[
    (1_000, Some("Uploading app version 0.1.0 to Fermyon Cloud...\n")),
    (4_000, Some("Deploying...\n")),
    (6_000, Some("Waiting for application to become ready")),
    (8_000, Some("..")),
    (11_000, Some("... ready\n\nView application:   https://x.fermyon.app/\n")),
    (12_000, None),
];

/// What `spin aka deploy` says.
const AKAMAI: Script = &[
    (1_000, Some("Workspace linked to app hello\n")),
    (9_000, Some("Waiting for app to be ready...")),
    (12_000, Some(" ready\n\nApp Routes:\n- hello: https://x.fwf.app (wildcard)\n")),
    (12_000, None),
];

/// Plays a script, and then holds the pipe or lets go of it.
async fn play(script: Script, mut pipe: DuplexStream, holds: bool, ended: tokio::sync::oneshot::Sender<()>) {
    let (mut now, mut ended) = (0, Some(ended));
    for (at, said) in script {
        sleep(Duration::from_millis(at - now)).await;
        now = *at;
        match said {
            Some(said) => pipe.write_all(said.as_bytes()).await.unwrap(),
            None => ended.take().unwrap().send(()).unwrap(),
        }
    }
    if holds {
        sleep(Duration::from_secs(900)).await;
    }
}

/// The lines of a command that follows a script, how long it ran, and how long that was waited for.
async fn heard(script: Script, holds: bool) -> Result<(Vec<Line>, Duration, Duration), Stopped> {
    let (pipe, stdout) = duplex(4096);
    let (end, ended) = tokio::sync::oneshot::channel();
    let player = tokio::spawn(play(script, pipe, holds, end));
    let started = Instant::now();
    let mut pipes = Pipes {
        stdout: (stdout, Transcript::default()),
        stderr: (empty(), Transcript::default()),
        started,
        shown: false,
    };
    let followed = pipes.follow(async { ended.await.ok().map(|()| 0) }).await;
    player.abort();
    followed.map(|(took, _)| (pipes.stdout.1.lines().to_vec(), took, started.elapsed()))
}

async fn told(script: Script) -> Vec<(String, f64)> {
    let (lines, took, _) = heard(script, false).await.ok().unwrap();
    stages(&lines, took).into_iter().map(|stage| (stage.stage, (stage.us / 1e3).round() / 1e3)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_stages_of_fermyon_cloud_take_as_long_as_its_lines_say() {
    let expected = [("preparation", 1.0), ("upload", 3.0), ("deployment", 2.0), ("readiness", 5.0)];
    assert_eq!(told(CLOUD).await, expected.map(|(stage, s)| (stage.to_owned(), s)));
    let (lines, took, _) = heard(CLOUD, false).await.ok().unwrap();
    assert_eq!((readiness(&lines), took.as_millis()), (Readiness::Ready, 12_000));
}

#[tokio::test(start_paused = true)]
async fn the_stages_of_akamai_are_readiness_and_all_before_it() {
    let expected = [("preparation + upload + deployment", 9.0), ("readiness", 3.0)];
    assert_eq!(told(AKAMAI).await, expected.map(|(stage, s)| (stage.to_owned(), s)));
}

#[tokio::test(start_paused = true)]
async fn a_pipe_that_another_process_holds_is_waited_for_a_moment_and_is_not_in_the_time() {
    let (lines, took, waited) = heard(CLOUD, true).await.ok().unwrap();
    assert_eq!((took.as_millis(), waited - took), (12_000, LAST_WORDS));
    assert_eq!(lines.last().unwrap().text, "View application:   https://x.fermyon.app/");
}

#[tokio::test(start_paused = true)]
async fn a_command_that_wants_a_login_is_stopped_when_it_says_so() {
    const LOGIN: Script = &[(500, Some("Copy your one-time code:\n\nABCD\n")), (900_000, None)];
    let started = Instant::now();
    assert!(matches!(heard(LOGIN, false).await, Err(Stopped::AskedToLogIn)));
    assert_eq!(started.elapsed().as_millis(), 500);
}
