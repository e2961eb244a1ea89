//! Doubts about a load, each with its remedy.

use std::fmt;

use super::{Behind, LoadReport, Loop, Undecided, failed_of, failed_of_ramp, short};
use crate::report::PhaseReport;

/// The client's own lateness is worth a word from here on.
const LATE_US: f64 = 1000.0;
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
}

impl fmt::Display for Doubt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Closed => f.write_str(
                "this is service time in a closed loop: a stall of the target also holds back the requests that would \
                 have shown it; -q RATE sends on a schedule and measures latency",
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
            Self::Late(p99) => write!(
                f,
                "1 % of the requests were sent more than {:.1} ms late by this client itself, and their latency counts \
                 that; measure from a machine that does nothing else",
                p99 / 1000.0
            ),
        }
    }
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
    let late = load.client_late_us.as_ref().and_then(|late| late.p99);
    doubts.extend(late.filter(|p99| *p99 > LATE_US).map(Doubt::Late));
    doubts
}
