//! Starts what a packaging serves with, and asks it until it answers as it should.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use reqwest::Url;

use super::packaging::{Serve, Why};
use super::process::Process;
use crate::explain;
use crate::probe::{Attempts, Probe};
use crate::sample::{Outcome, Phase, Sample};

/// How long until the next request, while each ends without an answer: the resolution of a start-up, and little enough work
/// that the process that starts is not kept from it.
const POLL: Duration = Duration::from_micros(200);
/// The same while requests are kept waiting.
const APART: Duration = Duration::from_millis(2);
/// How long a start may take.
const START: Duration = Duration::from_secs(120);
/// The same of a single request, while it starts.
const ANSWER: Duration = Duration::from_secs(10);

/// Starts it, and gives it with the sample of its first correct answer, which counts from just before its spawn. The probe
/// asks there from then on.
///
/// # Errors
///
/// When it ends instead, or does not answer as it should for too long.
pub async fn start(serve: &Serve, probe: &mut Probe) -> Result<(Process, Sample), Why> {
    let url = Url::parse(&serve.url).map_err(|e| format!("{:?} is no URL: {e}", serve.url))?;
    probe.move_to(url);
    let mut process = Process::spawn(&serve.command, Stdio::null())?;
    let mut attempts = Attempts::new(APART);
    let mut last = Outcome::Timeout;
    loop {
        // Before it is asked: what answers now would be something else.
        if let Some(status) = process.ended() {
            return Err(process.failed(&format!("ended with {status} before it answered")).await);
        }
        let sample = attempts.next(probe, Phase::Startup).await.map_err(|e| e.to_string())?;
        let ended = sample.is_some();
        match sample {
            Some(sample) if sample.outcome.is_ok() => {
                let sample = probe.counted_from(process.started, sample);
                return Ok((process, sample));
            }
            Some(sample) => last = sample.outcome,
            None => {}
        }
        if process.started.elapsed() > START {
            let why = explain::first_failure(&serve.url, &last, ANSWER);
            return Err(process
                .failed(&format!("gave no correct answer within {} s: {why}", START.as_secs()))
                .await);
        }
        if ended {
            // Timers of the runtime are ten times as coarse.
            thread::sleep(POLL);
            tokio::task::yield_now().await;
        }
    }
}
