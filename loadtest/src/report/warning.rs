//! Doubts about what was found, each with its remedy.

mod delayed;
mod doubts;

use std::fmt;

pub(super) use self::doubts::all;
use super::Tightness;
use crate::sample::Phase;

/// A doubt about what was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// No cold sample met a fresh instance.
    ColdNotHad {
        /// Of this target.
        target: String,
    },
    /// Some cold samples met an instance in use.
    ColdSometimesReused {
        /// Of this target.
        target: String,
        /// How many.
        samples: usize,
    },
    /// The server does not say which instance answers.
    Unproven {
        /// Of these targets, in these phases.
        of: Vec<(String, Phase)>,
    },
    /// Some answers do not say which instance they are of.
    SometimesUnproven {
        /// Of this target.
        target: String,
        /// In this phase.
        phase: Phase,
        /// How many.
        samples: usize,
    },
    /// Answers were copies of earlier ones, or looked like it.
    Cached {
        /// Of this target.
        target: String,
        /// In this phase.
        phase: Phase,
        /// How many.
        samples: usize,
    },
    /// Answers out of caches count, and none says which instance it is of.
    CachesAllowed,
    /// This client was stopped meanwhile.
    ClientStopped {
        /// Of this target.
        target: String,
        /// In this phase.
        phase: Phase,
        /// How many samples do not count for it.
        samples: usize,
    },
    /// The server was closing the kept connection.
    Retried {
        /// Of this target.
        target: String,
        /// In this phase.
        phase: Phase,
        /// How many samples were sent again.
        samples: usize,
    },
    /// Connecting includes this client's wait for an address that did not answer.
    Waited {
        /// Of this target.
        target: String,
        /// In this phase.
        phase: Phase,
        /// How many samples.
        samples: usize,
    },
    /// Every warm sample met a fresh instance.
    WarmInstancesAreFresh {
        /// Of these targets.
        targets: Vec<String>,
    },
    /// Every warm sample opened a connection.
    ConnectionsAreNotKept {
        /// Of this target.
        target: String,
    },
    /// Not every sample was ok.
    Failures {
        /// Of these targets, in these phases.
        of: Vec<Failures>,
    },
    /// Warm requests wait for what looks like a delayed acknowledgement.
    DelayedAcknowledgement {
        /// Of this target.
        target: String,
        /// Of warm requests and of cold ones, in microseconds.
        typical_us: [f64; 2],
        /// Whether it is the end of the body that is waited for.
        in_body: bool,
    },
    /// The client's own share is a large one.
    NearFloor {
        /// Of these targets.
        targets: Vec<String>,
        /// In this phase.
        phase: Phase,
        /// The client's own time, in microseconds.
        floor_us: f64,
    },
    /// Times rose or fell while they were measured.
    Trend {
        /// Of this target.
        target: String,
        /// In this phase.
        phase: Phase,
        /// By this share, from the first third of the rounds to the last.
        share: f64,
    },
    /// A phase ended at its cap.
    UntilNotReached {
        /// Of this target.
        target: String,
        /// In this phase.
        phase: Phase,
        /// What was wanted, and had.
        tightness: Tightness,
        /// After so many samples.
        samples: usize,
    },
    /// A median is not known, and so is no ratio.
    NotCompared {
        /// Of these targets, in these phases.
        of: Vec<(String, Phase)>,
    },
    /// A handler cannot take longer than the answer.
    HandlerNotBelieved {
        /// Of this target.
        target: String,
        /// In this phase.
        phase: Phase,
    },
    /// It was measured at several times.
    Resumed {
        /// How often it was taken up again.
        times: u32,
    },
    /// Warm times of several processes on this machine are compared.
    OfTheseProcesses,
    /// What a target on this machine can take is limited by this client, too.
    SharedCores {
        /// Of this target.
        target: String,
    },
    /// There are too few samples for all that could be told.
    TooFew {
        /// In this phase.
        phase: Phase,
        /// The fewest that give a median an interval, if there are fewer.
        for_interval: Option<usize>,
        /// The fewest that are compared, if there are fewer and there is something to compare.
        for_comparison: Option<usize>,
    },
    /// Something here was not measured.
    Skipped {
        /// What, and why.
        what: String,
    },
    /// Figures of an unoptimized build.
    DebugBuild,
}

/// Requests of a phase that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failures {
    /// Of this target.
    pub target: String,
    /// In this phase.
    pub phase: Phase,
    /// How many.
    pub failed: usize,
    /// Of how many.
    pub samples: usize,
    /// Whether there are times of others.
    pub has_times: bool,
    /// Whether some of them ran out of time, which percentiles know of.
    pub timed_out: bool,
    /// Why, with the remedy.
    pub why: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::ColdNotHad { target } => write!(
                f,
                "{target}: cold could not be had: every request met an instance in use; a longer --idle may outlast \
                 its reuse, but a process that lives on is cold only once: measure its start instead"
            ),
            Self::ColdSometimesReused { target, samples } => write!(
                f,
                "{target}: {samples} cold requests met an instance in use and are told apart; a longer --idle avoids that"
            ),
            Self::Unproven { of } => write!(
                f,
                "{} {} unproven: the server does not say which instance answers; a header of its own would: Server-Timing: \
                 instance;desc=\"…\", served;desc=\"…\"",
                listed(of),
                if of.len() == 1 { "is" } else { "are" }
            ),
            Self::SometimesUnproven { target, phase, samples } => write!(
                f,
                "{target}: {samples} {} answers do not say which instance they are of, as the others do, and are told apart",
                phase.in_words()
            ),
            Self::Cached { target, phase, samples } => write!(
                f,
                "{target}: {samples} {} answers came out of a cache, or repeat the instance and served count of an \
                 earlier answer, which a server must count up",
                phase.in_words()
            ),
            Self::CachesAllowed => f.write_str(
                "answers out of caches count here (--allow-cached), so nothing is said about instances: the times may be those \
                 of a cache",
            ),
            Self::ClientStopped { target, phase, samples } => write!(
                f,
                "{target}: {samples} {} requests are excluded: this client itself was stopped, or kept off the processor, for \
                 more than 100 ms while it waited; measure again where it runs undisturbed",
                phase.in_words()
            ),
            Self::Retried { target, phase: Phase::Load, samples } => write!(
                f,
                "{target}: {samples} load requests were sent again on a new connection, since the server was closing the idle \
                 one; its keep-alive period seems to equal the time between two requests on a connection: choose another -q \
                 or -c"
            ),
            Self::Retried { target, phase, samples } => write!(
                f,
                "{target}: {samples} {} requests were sent again on a new connection, since the server was closing the idle one; \
                 its keep-alive period seems to equal --interval: choose a shorter or a longer one",
                phase.in_words()
            ),
            Self::Waited { target, phase, samples } => write!(
                f,
                "{target}: {samples} {} requests include 300 ms of this client's own wait for an address of the name that does not \
                 answer, before it tried the other family; remove that address, or name the one to use: \
                 --connect-to HOST:PORT:ADDRESS:PORT",
                phase.in_words()
            ),
            Self::WarmInstancesAreFresh { targets } => write!(
                f,
                "{}: every warm request met a fresh instance, as the host makes one for each: warm means a kept \
                 connection and a running host there, not a warm instance",
                targets.join(" and ")
            ),
            Self::ConnectionsAreNotKept { target } => {
                write!(f, "{target}: the server closes its connections, so warm requests pay for new ones")
            }
            Self::Failures { of } => {
                let told: Vec<_> = of.iter().map(ToString::to_string).collect();
                f.write_str(&told.join(", "))?;
                match of.iter().find(|failures| failures.has_times) {
                    Some(Failures { phase, .. }) => {
                        let timed_out = of.iter().any(|failures| failures.timed_out);
                        let others =
                            if timed_out { "the others, and time-outs count as longer than any" } else { "the others only" };
                        // Those of warm-up count for a gate of the warm phase.
                        let phase = if *phase == Phase::WarmUp { Phase::Warm } else { *phase };
                        let gate = format!("--fail-if '{}.failures>1%' gates these", phase.name());
                        write!(f, "; times, and gates of times, are of {others}: {gate}")
                    }
                    None => f.write_str("; there are no times of them"),
                }
            }
            Self::DelayedAcknowledgement { target, typical_us: [warm, cold], in_body } => write!(
                f,
                "{target}: warm requests take {:.0} ms and cold ones {:.1}: suspected is an answer sent in two writes, \
                 {}whose second waits for the client's delayed acknowledgement, 40 ms on Linux; a server that sets \
                 TCP_NODELAY, or writes head and body at once, does not wait",
                warm / 1e3,
                cold / 1e3,
                if *in_body { "head and body, " } else { "" }
            ),
            Self::NearFloor { targets, phase, floor_us } => write!(
                f,
                "{}: of the {} median, half or more is the client's own ({floor_us:.0} µs of an answer that takes no time); \
                 the target may be faster than it looks",
                targets.join(" and "),
                phase.in_words()
            ),
            Self::Trend { target, phase, share } => write!(
                f,
                "{target}: {} times {} by {:.0} % from the first third of the rounds to the last; something changed \
                 meanwhile: find it, or measure again where it is quieter",
                phase.in_words(),
                if *share > 0.0 { "rose" } else { "fell" },
                100.0 * share.abs()
            ),
            Self::UntilNotReached { target, phase, tightness, samples } if tightness.hopeless => write!(
                f,
                "{target}: {} ended after {samples} samples without {}: the last 20 rounds had no sample that counts, and \
                 more would have none either",
                phase.in_words(),
                tightness.asked
            ),
            Self::UntilNotReached { target, phase, tightness: Tightness { asked, percent, .. }, samples } => {
                let known =
                    percent.map_or("is not known".into(), |percent| format!("is known to ±{percent:.1}%"));
                write!(
                    f,
                    "{target}: {} did not reach {asked}: it {known} after {samples} samples, the cap; a larger -n raises it",
                    phase.in_words()
                )
            }
            Self::NotCompared { of } => write!(
                f,
                "{} {} compared with nothing: so many requests timed out that a median is not known; a longer -t may tell it",
                listed(of),
                if of.len() == 1 { "is" } else { "are" }
            ),
            Self::HandlerNotBelieved { target, phase } => write!(
                f,
                "{target}: {} answers said that their handler took longer than they did; that is not believed, and its \
                 share is not told",
                phase.in_words()
            ),
            Self::Resumed { times } => write!(
                f,
                "this was resumed {}: it met the machine, and whatever else changed, at several times",
                if *times == 1 { "once".into() } else { format!("{times} times") }
            ),
            Self::OfTheseProcesses => f.write_str(
                "warm medians of one program can differ twofold from one start of it to the next on the same machine: before \
                 deciding by a warm verdict, start all of them anew and compare again",
            ),
            Self::SharedCores { target } => write!(
                f,
                "{target}: it shares this machine with this client, and may take more from a client elsewhere"
            ),
            Self::TooFew { phase, for_interval, for_comparison } => {
                let lacks = [("a 95 % interval", for_interval), ("a comparison", for_comparison)];
                let told = lacks.map(|(what, least)| Some(format!("for {what} (-n {} is the least)", (*least)?)));
                let told: Vec<_> = told.into_iter().flatten().collect();
                write!(f, "{}: too few samples {}", phase.in_words(), told.join(" and "))
            }
            Self::Skipped { what } => write!(f, "skipped: {what}"),
            Self::DebugBuild => f.write_str(
                "this is a debug build, whose times mean nothing; measure with `cargo run --release`",
            ),
        }
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { target, phase, failed, samples, why, .. } = self;
        let all = if failed == samples && *samples > 1 { "all " } else { "" };
        write!(f, "{target}: {all}{failed} of {samples} {} requests failed ({why})", phase.in_words())
    }
}

/// `a: cold; b: cold and warm`.
fn listed(of: &[(String, Phase)]) -> String {
    let mut targets: Vec<(&str, Vec<&str>)> = Vec::new();
    for (target, phase) in of {
        match targets.iter_mut().find(|(known, _)| known == target) {
            Some((_, phases)) => phases.push(phase.in_words()),
            None => targets.push((target, vec![phase.in_words()])),
        }
    }
    let told: Vec<_> =
        targets.iter().map(|(target, phases)| format!("{target}: {}", phases.join(" and "))).collect();
    told.join("; ")
}
