//! Instructions that a request costs a native program, by callgrind: those of many requests without those of few, so that
//! starting and ending drop out. Callgrind runs one thread at a time, and knows nothing of caches, clocks and neighbours.

use std::fs;
use std::path::Path;
use std::time::Duration;

use loadtest::error::Error;
use loadtest::load::pacer::{Pace, Until};
use loadtest::matrix::command_line::CommandLine;
use loadtest::matrix::process;

use crate::server::Server;
use crate::{hello, load};

/// Requests of the shorter and of the longer measurement.
const REQUESTS: [u64; 2] = [200, 2200];
/// How often each is done: what a clock adds to a count is least in one of them.
const TRIES: usize = 3;
/// Under callgrind, everything takes about fifty times as long.
const LIMIT: Duration = Duration::from_secs(60);

/// Why nothing can be counted here; `None` where it can.
pub async fn missing() -> Option<String> {
    match process::first_line("valgrind", &["--version"]).await {
        Some(_) => None,
        None => Some("there is no valgrind on the PATH: apt-get install valgrind".into()),
    }
}

/// Of the native server, answering one connection.
///
/// # Errors
///
/// When it does not serve under callgrind.
pub async fn of_server(program: &Path) -> Result<u64, Error> {
    let mut totals = [u64::MAX; 2];
    for at in (0..REQUESTS.len()).cycle().take(TRIES * REQUESTS.len()) {
        let (total, requests) = (&mut totals[at], REQUESTS[at]);
        let log = Log::new()?;
        let command = |port: u16| {
            let port = port.to_string();
            log.under_callgrind(program).env("MODE", "server").env("HOST", "127.0.0.1").env("PORT", port)
        };
        let server = Server::start(command, "/api/time").await?;
        load::run(&server.url, 1, Pace { rate: None, until: Until::Sent(requests) }).await?;
        server.stop().await;
        *total = log.instructions()?.min(*total);
    }
    per_request(totals)
}

/// Of `loadtest load`, asking over one connection.
///
/// # Errors
///
/// When it does not load under callgrind.
pub async fn of_client(program: &Path) -> Result<u64, Error> {
    let (address, listener) = hello::listen(0).await?;
    let url = format!("http://{address}/");
    tokio::select! {
        never = hello::serve(listener) => match never {},
        counted = of_loads(program, &url) => counted,
    }
}

async fn of_loads(program: &Path, url: &str) -> Result<u64, Error> {
    let mut totals = [u64::MAX; 2];
    for at in (0..REQUESTS.len()).cycle().take(TRIES * REQUESTS.len()) {
        let (total, requests) = (&mut totals[at], REQUESTS[at]);
        let log = Log::new()?;
        let command = log.under_callgrind(program).args(["load", "--quiet", "--seed", "1", "-c", "1", "-n"]);
        let command = command.arg(requests.to_string()).args(["--url", url]);
        process::run(&command, LIMIT).await.map_err(Error::Usage)?;
        *total = log.instructions()?.min(*total);
    }
    per_request(totals)
}

fn per_request([fewer, more]: [u64; 2]) -> Result<u64, Error> {
    let requests = REQUESTS[1] - REQUESTS[0];
    let counted = more.checked_sub(fewer).map(|instructions| instructions / requests);
    counted.ok_or_else(|| Error::Usage("callgrind counted less for more requests: ask again".into()))
}

/// Where callgrind says what it counted.
struct Log(tempfile::NamedTempFile);

impl Log {
    fn new() -> Result<Self, Error> {
        let file = tempfile::Builder::new().prefix("bench-").suffix(".log").tempfile();
        file.map(Self).map_err(|e| Error::Usage(format!("no temporary file can be made: {e}")))
    }

    fn under_callgrind(&self, program: &Path) -> CommandLine {
        let log = format!("--log-file={}", self.0.path().display());
        CommandLine::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", &log])
            .arg(program)
    }

    fn instructions(&self) -> Result<u64, Error> {
        let text = fs::read_to_string(self.0.path()).unwrap_or_default();
        collected(&text).ok_or_else(|| {
            let last = text.lines().last().unwrap_or("nothing");
            Error::Usage(format!("callgrind told no count, but: {last}"))
        })
    }
}

/// `==1234== Collected : 174860`
fn collected(log: &str) -> Option<u64> {
    let line = log.lines().find_map(|line| line.split_once("Collected :"));
    line?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_in_what_callgrind_says() {
        let log = "==7== Events    : Ir\n==7== Collected : 174860\n==7== \n==7== I   refs:      174,860\n";
        assert_eq!(collected(log), Some(174_860));
        assert_eq!(collected("==7== Events    : Ir\n"), None);
    }

    #[test]
    fn starting_and_ending_are_no_requests() {
        assert_eq!(per_request([1_000_000, 1_000_000 + 2000 * 321]).unwrap(), 321);
        assert!(per_request([2, 1]).is_err());
    }
}
