//! Starts a server, and asks it until it answers as it should.

use std::net::SocketAddr;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use url::Url;

use super::patience::Patience;
use super::process::Process;
use super::{Ready, Serve, Why};
use crate::error::Error;
use crate::explain;
use crate::probe::Probe;
use crate::sample::Sample;

/// How long until the next request, while nobody answers: the resolution of a start-up, and little enough work that the
/// process that starts is not kept from it.
const POLL: Duration = Duration::from_micros(200);

/// Why a server did not come to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// It could not be run, or ended.
    Start(Why),
    /// It runs, and gives no correct answer.
    Answer(Why),
}

impl From<Failed> for Why {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Start(why) | Failed::Answer(why) => why,
        }
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Start(why) => Self::Usage(why),
            Failed::Answer(why) => Self::Target(why),
        }
    }
}

impl Failed {
    /// The same of the target with that name; `hint` is what may be wrong with it.
    pub fn of(self, name: &str, hint: Option<String>) -> Self {
        let told = |why| match &hint {
            Some(hint) => format!("{name}: {why}; {hint}"),
            None => format!("{name}: {why}"),
        };
        match self {
            Self::Start(why) => Self::Start(told(why)),
            Self::Answer(why) => Self::Answer(told(why)),
        }
    }
}

/// Starts it, and gives it with the sample of its first correct answer, which counts from just before its spawn. The probe
/// asks there from then on. One that says where it serves has started then: the sample is of its first answer, right or not.
///
/// # Errors
///
/// When it ends instead, answers wrongly again and again, or does not answer as it should for too long.
pub async fn start(serve: &Serve, probe: &mut Probe) -> Result<(Process, Sample), Failed> {
    let url = Url::parse(&serve.url).map_err(|e| Failed::Start(format!("{:?} is no URL: {e}", serve.url)))?;
    let (mut process, url) = spawn(serve, url).await?;
    let path = url.path().to_owned();
    let address = url.socket_addrs(|| None).ok().and_then(|addresses| addresses.first().copied());
    probe.move_to(url).map_err(|e| Failed::Start(e.to_string()))?;
    let mut patience = Patience::new(serve.within);
    loop {
        // Before it is asked: what answers now would be something else.
        if let Some(status) = process.ended() {
            return Err(Failed::Start(ended(process, &status.to_string(), address).await));
        }
        let sample = probe.startup(process.started).await;
        if sample.outcome.is_ok() || serve.ready == Ready::SaysWhere {
            return Ok((process, sample));
        }
        if let Some(waited) = patience.end(&sample.outcome, process.started.elapsed()) {
            let why = explain::first_failure(&path, &sample.outcome, probe.timeout());
            return Err(Failed::Answer(in_vain(&why, waited, process.last_words().await)));
        }
        // Timers of the runtime are ten times as coarse.
        thread::sleep(POLL);
        tokio::task::yield_now().await;
    }
}

/// What is told of one that ended: that its port was taken may be why.
async fn ended(process: Process, status: &str, address: Option<SocketAddr>) -> Why {
    let why = process.failed(&format!("ended with {status} before it answered")).await;
    match address.and_then(holder) {
        Some(holder) => format!("{why} (its port is held by {holder})"),
        None => why,
    }
}

#[cfg(feature = "serve")]
fn holder(address: SocketAddr) -> Option<String> {
    host::holder(address)
}

#[cfg(not(feature = "serve"))]
fn holder(_: SocketAddr) -> Option<String> {
    None
}

/// What is told of one that never answered as it should, without its port, which is another one in every round.
fn in_vain(why: &str, waited: Duration, last_words: Option<String>) -> Why {
    let words = last_words.map_or(String::new(), |words| format!(" (it said: {words})"));
    format!("asked for {} s: {why}{words}", waited.as_secs())
}

/// The path and query of `url` at the server of `base`.
fn elsewhere(base: &Url, url: &Url) -> Url {
    let mut moved = base.clone();
    moved.set_path(url.path());
    moved.set_query(url.query());
    moved
}

/// Spawned, and to be asked at that URL.
async fn spawn(serve: &Serve, url: Url) -> Result<(Process, Url), Failed> {
    let stdout = if serve.ready == Ready::Answers { Stdio::null() } else { Stdio::piped() };
    let mut process = Process::spawn(&serve.command, stdout).map_err(Failed::Start)?;
    if serve.ready == Ready::Answers {
        return Ok((process, url));
    }
    let Ok(told) = tokio::time::timeout(serve.within, process.serves()).await else {
        let how = format!("did not say that it serves within {} s", serve.within.as_secs());
        return Err(Failed::Start(process.failed(&how).await));
    };
    match told {
        Some(base) if serve.ready == Ready::SaysWhere => Ok((process, elsewhere(&base, &url))),
        None if serve.ready == Ready::SaysWhere => {
            Err(Failed::Start(process.failed("ended before it served").await))
        }
        _ => Ok((process, url)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::server::START;
    use crate::server::command_line::CommandLine;
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
        let serve = Serve { command, url: url.clone(), ready: Ready::Says, within: START };
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
        let serve = Serve { command, url: url.clone(), ready: Ready::Says, within: START };
        let why = Why::from(start(&serve, &mut probe(&url)).await.err().unwrap());
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
        let serve = Serve { command, url: "http://127.0.0.1:1/".into(), ready: Ready::Says, within: START };
        let why = Why::from(start(&serve, &mut probe("http://127.0.0.1:1/")).await.err().unwrap());
        assert!(why.contains("no such image") && why.contains("before it answered"), "{why}");
    }
}
