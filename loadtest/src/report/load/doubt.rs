//! Doubts about a load, each with its remedy.

use std::fmt;

use super::stall::{self, Moment, Stall};
use super::{Behind, LoadReport, Loop, Undecided, failed_of, failed_of_ramp, short};
use crate::report::picture::time_of;
use crate::report::{Distribution, PhaseReport};

/// The client's own lateness is worth a word from here on, of one in a hundred requests.
const LATE_US: f64 = 1000.0;
/// The same of a single one.
const ONCE_LATE_US: f64 = 50_000.0;
/// A client that is busy for a larger share of the time may be in the way of a target beside it.
const WORTH_A_WORD: f64 = 0.3;

/// A doubt about a load.
pub enum Doubt<'a> {
    /// It was a closed loop.
    Closed,
    /// The schedule was not kept.
    Behind(&'a LoadReport, Behind),
    /// So many failed that the rate was not kept up with: what failed, and how that is to be read.
    Failing(String),
    /// Whether it was kept is not known.
    Undecided(f64, Undecided),
    /// The client itself was late; by the 99th percentile, in microseconds.
    Late(f64),
    /// The client itself was once that late, in microseconds.
    OnceLate(f64),
    /// For a moment, requests took far longer than otherwise.
    Stalled(Stall),
    /// The server closed so many connections that about every request needed a new one.
    NotKept {
        /// Connections made.
        connections: u64,
        /// Requests sent.
        requests: u64,
    },
}

impl fmt::Display for Doubt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Closed => f.write_str(
                "this is service time in a closed loop: a stall, of the target or of this client, also holds back the requests \
                 that would have shown it; -q RATE sends on a schedule and measures latency",
            ),
            Self::Behind(load, Behind::Target) if load.unsent == 0 && load.throughput < load.achieved_rate => write!(
                f,
                "saturated: {:.1} requests a second were sent and {:.1} answered, later and later; ask for less with -q",
                load.achieved_rate, load.throughput
            ),
            Self::Behind(load, behind) => {
                let asked = load.asked_rate.unwrap_or_default();
                write!(f, "saturated: {:.1} of {asked} requests a second were sent", load.achieved_rate)?;
                match behind {
                    Behind::Target => write!(
                        f,
                        ", as all {} connections waited for answers{}; ask for less with -q, or, if the target can \
                         do more at a time, for more connections with -c",
                        load.connections,
                        beside(load.client_busy)
                    ),
                    Behind::Client => f.write_str(
                        ", as this client had no time left; ask for less with -q, or from a machine with more cores",
                    ),
                }
            }
            Self::Failing(told) => f.write_str(told),
            Self::Undecided(asked, why) => {
                write!(f, "whether {asked} requests a second are kept up with is undecided: {why}")
            }
            Self::OnceLate(latest) => write!(
                f,
                "this client itself stood still for {}: what was due meanwhile was sent late, and its latency counts that; \
                 measure again, from a machine that does nothing else",
                time_of(*latest)
            ),
            Self::Stalled(stall) => write!(
                f,
                "for a moment, answers took far longer: {}, at all other times at most {}; --plot-kind time shows when; measure \
                 again to see whether that is a habit or was passing",
                stall.moments.iter().map(moment).collect::<Vec<_>>().join(", "),
                time_of(stall.others_us)
            ),
            Self::NotKept { connections, requests } => write!(
                f,
                "the server closes its connections: {requests} requests needed {connections} of them, so their times include \
                 connecting; to measure requests alone, let the server keep connections open (keep-alive)"
            ),
            Self::Late(p99) => write!(
                f,
                "1 % of the requests were sent more than {:.1} ms late by this client itself, and their latency counts \
                 that; measure from a machine that does nothing else",
                p99 / 1000.0
            ),
        }
    }
}

fn moment(Moment { between_us: [from, to], longest_us }: &Moment) -> String {
    format!("somewhere between {:.2} s and {:.2} s up to {}", from / 1e6, to / 1e6, time_of(*longest_us))
}

/// Where target and client share a machine, one has what the other lacks.
fn beside(client_busy: Option<f64>) -> String {
    match client_busy {
        Some(busy) if busy > WORTH_A_WORD => {
            format!(", while this client used {:.0} % of its cores' time", 100.0 * busy)
        }
        _ => String::new(),
    }
}

/// What failed of it, if that is more than chance.
fn failing(phase: &PhaseReport, load: &LoadReport) -> Option<Doubt<'static>> {
    let told = match (failed_of_ramp(&load.steps), load.asked_rate) {
        (Some(told), _) => {
            format!("{told}: what fails is not kept up with, however quick the answers before were")
        }
        (None, Some(asked)) => format!(
            "{}: {} requests a second are not kept up with, however quick the others were",
            failed_of(phase, load)?,
            short(asked)
        ),
        (None, None) => {
            format!("{}: the rate is of ok answers, over the whole load", failed_of(phase, load)?)
        }
    };
    Some(Doubt::Failing(told))
}

/// At least half of the requests that could have used the connection of an earlier one needed a new one. Those that failed lost
/// theirs otherwise.
fn not_kept(phase: &PhaseReport, load: &LoadReport) -> Option<Doubt<'static>> {
    let requests = (load.achieved_rate * load.duration.as_secs_f64()).round() as u64;
    let failed = load.shown().map_or_else(|| phase.failures.values().sum(), |step| step.failed) as u64;
    let first = load.connections as u64;
    let again = load.connections_made.saturating_sub(first + failed);
    let is_usual = again > 0 && 2 * again >= requests.saturating_sub(first);
    is_usual.then_some(Doubt::NotKept { connections: load.connections_made, requests })
}

fn late(own: &Distribution) -> Option<Doubt<'static>> {
    let once = own.max.filter(|latest| *latest > ONCE_LATE_US).map(Doubt::OnceLate);
    once.or_else(|| own.p99.filter(|p99| *p99 > LATE_US).map(Doubt::Late))
}

/// All of them.
pub fn of<'a>(phase: &PhaseReport, load: &'a LoadReport) -> Vec<Doubt<'a>> {
    let mut doubts = Vec::new();
    if load.kind == Loop::Closed {
        doubts.push(Doubt::Closed);
    }
    doubts.extend(load.behind.map(|behind| Doubt::Behind(load, behind)));
    doubts.extend(failing(phase, load));
    // Of a ramp, each rate is told of below its table.
    let undecided = load.undecided.filter(|_| load.steps.is_empty()).zip(load.asked_rate);
    doubts.extend(undecided.map(|(why, asked)| Doubt::Undecided(asked, why)));
    doubts.extend(not_kept(phase, load));
    doubts.extend(stall::of(load).map(Doubt::Stalled));
    doubts.extend(load.client_late_us.as_ref().and_then(late));
    doubts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::load::fixtures::{late as late_by, stalls};

    fn told(p99: f64, max: f64) -> Option<String> {
        let own = Distribution { p99: Some(p99), max: Some(max), ..Distribution::default() };
        late(&own).map(|doubt| doubt.to_string())
    }

    #[test]
    fn a_stall_of_a_target_that_kept_up_is_told_with_its_time() {
        let told = stalls().warnings.join("\n");
        assert!(
            told.contains(
                "far longer: somewhere between 4.00 s and 5.20 s up to 1.00 s, at all other times at most 1.50 ms"
            ),
            "{told}"
        );
        assert!(!late_by(300).warnings.join("\n").contains("far longer"));
    }

    #[test]
    fn a_client_that_stood_still_says_so_however_few_requests_were_due_meanwhile() {
        assert_eq!(told(90.0, 40_000.0), None);
        assert!(told(90.0, 1_000_360.0).unwrap().contains("this client itself stood still for 1.00 s"));
        assert!(
            told(2000.0, 9_000.0).unwrap().contains("1 % of the requests were sent more than 2.0 ms late")
        );
    }
}
