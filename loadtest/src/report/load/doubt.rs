//! Doubts about a load, each with its remedy.

use super::{Behind, LoadReport, Loop, failed_of};
use crate::report::picture::time_of;
use crate::report::{Distribution, PhaseReport};

/// The client's own lateness is worth a word from here on, of one in a hundred requests.
const LATE_US: f64 = 1000.0;
const ONCE_LATE_US: f64 = 50_000.0;

pub fn of(phase: &PhaseReport, load: &LoadReport) -> Vec<String> {
    let closed = (load.kind == Loop::Closed).then(|| {
        "this is service time in a closed loop, which hides stalls: -q RATE sends on a schedule and measures latency".into()
    });
    let is_failing = load.failing || load.steps.iter().any(|step| step.failing);
    let failing = is_failing.then(|| match failed_of(phase, load) {
        Some(told) => format!("{told}: times and rates are of the others"),
        None => "requests failed at some rates of the ramp, which are not sustained".into(),
    });
    // Of a ramp, the table tells it of each rate.
    let undecided = load.undecided.filter(|_| load.steps.is_empty()).map(|why| {
        let asked = load.asked_rate.unwrap_or_default();
        format!("whether {asked} requests a second are sustained is undecided: {why}")
    });
    let behind = load.behind.map(|behind| self::behind(load, behind));
    let late = load.client_late_us.as_ref().and_then(late);
    [closed, behind, failing, undecided, not_kept(phase, load), late].into_iter().flatten().collect()
}

fn behind(load: &LoadReport, behind: Behind) -> String {
    let LoadReport { achieved_rate, throughput, connections, .. } = load;
    let asked = load.asked_rate.unwrap_or_default();
    let found = format!(
        "saturated: of {asked} requests a second, {achieved_rate:.1} were sent and {throughput:.1} answered"
    );
    match behind {
        Behind::Target => format!(
            "{found}, as all {connections} connections waited for answers; ask for less with -q, or, if the target can do \
             more at a time, for more connections with -c"
        ),
        Behind::Client => format!(
            "{found}, as this client had no time left; ask for less with -q, or from a machine with more cores"
        ),
    }
}

/// At least half of the requests that could have used the connection of an earlier one needed a new one. Those that failed lost
/// theirs otherwise.
fn not_kept(phase: &PhaseReport, load: &LoadReport) -> Option<String> {
    let requests = (load.achieved_rate * load.duration.as_secs_f64()).round() as u64;
    let failed = phase.failures_beside_times().values().sum::<usize>() as u64;
    let first = load.connections as u64;
    let again = load.connections_made.saturating_sub(first + failed);
    let is_usual = again > 0 && 2 * again >= requests.saturating_sub(first);
    is_usual.then(|| {
        format!(
            "the server closes its connections: {requests} requests needed {} of them, so their times include connecting; to \
             measure requests alone, let the server keep connections open (keep-alive)",
            load.connections_made
        )
    })
}

fn late(own: &Distribution) -> Option<String> {
    let latest =
        own.max.filter(|latest| *latest > ONCE_LATE_US || own.p99.is_some_and(|p99| p99 > LATE_US))?;
    Some(format!(
        "this client itself sent requests up to {} late, and their latency counts that; measure again, from a machine that does \
         nothing else",
        time_of(latest)
    ))
}
