//! What the tests share: servers that behave or do not, the program itself, and a stand-in for Spin.

pub mod answers;
pub mod archive;
pub mod certificate;
pub mod containerd;
pub mod program;
pub mod script;
pub mod server;
pub mod spin;
pub mod tmux;

use std::future::Future;
use std::time::Duration;

use loadtest::probe::Probe;
use loadtest::target::{RequestTemplate, Target};

/// Longer than anything here takes on any machine, builds too.
const AT_LAST: Duration = Duration::from_secs(300);

/// What `future` gives; fails the test if it takes longer than anything here should.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(AT_LAST, future).await.expect("it should have ended by now")
}

/// Waits until `happened` says so.
pub async fn until(mut happened: impl FnMut() -> bool) {
    let wait = async {
        while !happened() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon(wait).await;
}

/// A probe that sends `GET` without headers of its own.
pub fn probe(url: &str) -> Probe {
    probe_with(url, "GET", &[])
}

/// A probe that sends such requests.
pub fn probe_with(url: &str, method: &str, headers: &[&str]) -> Probe {
    let headers: Vec<String> = headers.iter().map(ToString::to_string).collect();
    let template = RequestTemplate::new(method, &headers).unwrap();
    Probe::new(Target::new("target", url).unwrap(), template, AT_LAST, std::time::Instant::now()).unwrap()
}

/// `args` without idle waits. Where only warm requests are asked for, there is none to be left out.
pub fn at_once(args: &str) -> String {
    let only_warm = args.contains("--warm") && !args.contains("--cold");
    if only_warm { args.into() } else { format!("--idle 0s {args}") }
}
