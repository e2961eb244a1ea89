//! What a request costs a native program: what is counted of many requests without what is counted of few, so that starting
//! and ending drop out. One connection, one request after the other: there, nothing depends on who comes first.

use std::path::PathBuf;
use std::time::Duration;

use loadtest::error::Error;
use loadtest::server::command_line::CommandLine;
use loadtest::server::process;

use super::watcher::{Log, Watcher};
use crate::{hello, workspace};

/// Requests of the shorter and of the longer measurement.
const REQUESTS: [u64; 2] = [200, 1200];
/// Under callgrind, everything takes about fifty times as long, and the machine may be busy.
const LIMIT: Duration = Duration::from_secs(600);

/// A native program that asks. Of one that answers on several threads, the counts follow the scheduler.
pub struct Counted {
    /// What it is called in tables.
    pub name: &'static str,
    program: PathBuf,
}

/// All of them.
pub fn all() -> Vec<Counted> {
    vec![Counted { name: "`loadtest load`", program: workspace::program("bench") }]
}

impl Counted {
    /// What a thousand requests cost it.
    ///
    /// # Errors
    ///
    /// When it does not answer, or ask, while it is watched.
    pub async fn of_a_thousand(&self, watcher: Watcher) -> Result<u64, Error> {
        let mut totals = [u64::MAX; 2];
        for _ in 0..watcher.tries() {
            for (total, requests) in totals.iter_mut().zip(REQUESTS) {
                *total = self.of(watcher, requests).await?.min(*total);
            }
        }
        of_a_thousand(REQUESTS, totals)
    }

    async fn of(&self, watcher: Watcher, requests: u64) -> Result<u64, Error> {
        let log = Log::new()?;
        let line = watcher.watch(&self.program, &log);
        asked(line, requests).await?;
        watcher.total(&self.program, &log)
    }
}

async fn asked(line: CommandLine, requests: u64) -> Result<(), Error> {
    let (address, listener) = hello::listen(0).await?;
    let line = line.arg("ask").args([format!("http://{address}/"), requests.to_string()]);
    tokio::select! {
        never = hello::serve(listener) => match never {},
        ended = process::run(&line, LIMIT) => ended.map(drop).map_err(Error::Usage),
    }
}

fn of_a_thousand(requests: [u64; 2], [fewer, more]: [u64; 2]) -> Result<u64, Error> {
    let counted = more.checked_sub(fewer).map(|more| more * 1000 / (requests[1] - requests[0]));
    counted.ok_or_else(|| Error::Usage("less was counted for more requests: count again".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starting_and_ending_are_no_requests() {
        assert_eq!(of_a_thousand([200, 2200], [1_000_000, 1_000_000 + 2000 * 321]).unwrap(), 321_000);
        assert!(of_a_thousand([200, 2200], [2, 1]).is_err());
    }
}
