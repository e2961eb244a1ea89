//! Starts what a packaging serves with, and asks it until it answers as it should.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use reqwest::Url;

use super::packaging::{Serve, Why};
use super::process::Process;
use crate::explain;
use crate::probe::Probe;
use crate::sample::Sample;

/// How long until the next request, while nobody answers: the resolution of a start-up, and little enough work that the
/// process that starts is not kept from it.
const POLL: Duration = Duration::from_micros(200);
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
    loop {
        // Before it is asked: what answers now would be something else.
        if let Some(status) = process.ended() {
            return Err(process.failed(&format!("ended with {status} before it answered")).await);
        }
        let sample = probe.startup(process.started).await;
        if sample.outcome.is_ok() {
            return Ok((process, sample));
        }
        if process.started.elapsed() > START {
            let why = explain::first_failure(&serve.url, &sample.outcome, ANSWER);
            return Err(process
                .failed(&format!("gave no correct answer within {} s: {why}", START.as_secs()))
                .await);
        }
        // Timers of the runtime are ten times as coarse.
        thread::sleep(POLL);
        tokio::task::yield_now().await;
    }
}
