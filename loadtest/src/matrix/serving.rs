//! Starts what a packaging serves with, and asks it until it answers as it should.

mod patience;

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use reqwest::Url;

use self::patience::{Patience, START};
use super::packaging::{Serve, Why};
use super::process::Process;
use crate::explain;
use crate::probe::Probe;
use crate::sample::Sample;

/// How long until the next request, while nobody answers: the resolution of a start-up, and little enough work that the
/// process that starts is not kept from it.
const POLL: Duration = Duration::from_micros(200);

/// Starts it, and gives it with the sample of its first correct answer, which counts from just before its spawn. The probe
/// asks there from then on.
///
/// # Errors
///
/// When it ends instead, answers wrongly again and again, or does not answer as it should for too long.
pub async fn start(serve: &Serve, probe: &mut Probe) -> Result<(Process, Sample), Why> {
    let url = Url::parse(&serve.url).map_err(|e| format!("{:?} is no URL: {e}", serve.url))?;
    let path = url.path().to_owned();
    let address = url.socket_addrs(|| None).ok().and_then(|addresses| addresses.first().copied());
    probe.move_to(url).map_err(|e| e.to_string())?;
    let mut process = spawn(serve).await?;
    let mut patience = Patience::default();
    loop {
        // Before it is asked: what answers now would be something else.
        if let Some(status) = process.ended() {
            let why = process.failed(&format!("ended with {status} before it answered")).await;
            return Err(match address.and_then(host::holder) {
                Some(holder) => format!("{why} (its port is held by {holder})"),
                None => why,
            });
        }
        let sample = probe.startup(process.started).await;
        if sample.outcome.is_ok() {
            return Ok((process, sample));
        }
        if let Some(waited) = patience.end(&sample.outcome, process.started.elapsed()) {
            let why = explain::first_failure(&path, &sample.outcome, probe.timeout());
            return Err(in_vain(&why, waited, process.last_words().await));
        }
        // Timers of the runtime are ten times as coarse.
        thread::sleep(POLL);
        tokio::task::yield_now().await;
    }
}

/// What is told of one that never answered as it should, without its port, which is another one in every packaging.
fn in_vain(why: &str, waited: Duration, last_words: Option<String>) -> Why {
    let words = last_words.map_or(String::new(), |words| format!(" (it said: {words})"));
    format!("asked for {} s: {why}{words}", waited.as_secs())
}

/// Spawned, and to be asked.
async fn spawn(serve: &Serve) -> Result<Process, Why> {
    if !serve.says_when {
        return Process::spawn(&serve.command, Stdio::null());
    }
    let mut process = Process::spawn(&serve.command, Stdio::piped())?;
    match tokio::time::timeout(START, process.serves()).await {
        Ok(()) => Ok(process),
        Err(_) => {
            Err(process.failed(&format!("did not say that it serves within {} s", START.as_secs())).await)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::matrix::command_line::CommandLine;
    use crate::target::{RequestTemplate, Target};

    fn probe(url: &str) -> Probe {
        let template = RequestTemplate::new("GET", &[]).unwrap();
        let answer = Duration::from_secs(10);
        Probe::new(Target::new("it", url).unwrap(), template, answer, std::time::Instant::now()).unwrap()
    }

    /// Answers, and says whether `file` was there when it was asked first.
    async fn there_when_asked(listener: TcpListener, file: &Path) -> bool {
        let (mut stream, _) = listener.accept().await.unwrap();
        let there = file.exists();
        let _ = stream.read(&mut [0; 1024]).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        there
    }

    #[tokio::test]
    async fn what_says_when_it_serves_is_not_asked_before() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("serves");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let script = "sleep 0.2; : > \"$0\"; echo Serving http://0.0.0.0:8080; exec sleep 1000";
        let command = CommandLine::new("sh").args(["-c", script, file.to_str().unwrap()]);
        let serve = Serve { command, url: url.clone(), says_when: true };
        let mut probe = probe(&url);
        let (started, there) = tokio::join!(start(&serve, &mut probe), there_when_asked(listener, &file));
        let (process, sample) = started.unwrap();
        process.stop().await;
        assert!(there && sample.outcome.is_ok());
    }

    #[tokio::test]
    async fn what_ends_since_its_port_is_taken_is_told_with_who_holds_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let command = CommandLine::new("sh").args(["-c", "echo address in use >&2; exit 1"]);
        let serve = Serve { command, url: url.clone(), says_when: true };
        let why = start(&serve, &mut probe(&url)).await.err().unwrap();
        let holder = format!("(process {}))", std::process::id());
        assert!(why.contains("address in use (its port is held by ") && why.ends_with(&holder), "{why}");
    }

    #[test]
    fn an_answer_that_never_became_right_is_told_without_words_where_nothing_was_said() {
        let told = |words| in_vain("/x answered 404", Duration::from_secs(2), words);
        assert_eq!(told(None), "asked for 2 s: /x answered 404");
        assert!(told(Some("no such route".into())).ends_with("404 (it said: no such route)"));
    }

    #[tokio::test]
    async fn what_ends_before_it_says_so_is_told_with_its_last_words() {
        let command = CommandLine::new("sh").args(["-c", "echo no such image >&2; exit 125"]);
        let serve = Serve { command, url: "http://127.0.0.1:1/".into(), says_when: true };
        let why = start(&serve, &mut probe("http://127.0.0.1:1/")).await.err().unwrap();
        assert!(why.contains("no such image") && why.contains("before it answered"), "{why}");
    }
}
