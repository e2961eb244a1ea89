//! Doubts about what was found, each with its remedy.

mod delayed;
mod doubts;

use std::fmt;

pub(super) use self::doubts::{all, overhead};
use super::Tightness;
use super::answer::Sentence;
use super::picture::time_of;
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
        /// Whether it blunts ratios of their medians; else it is half of a median or more.
        blunts: bool,
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
    /// Targets are compared that were not restarted in every round.
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

impl Warning {
    /// How much it could change a decision, 0 most; `None` of what explains a figure and changes none.
    fn rank(&self) -> Option<u8> {
        Some(match self {
            Self::DebugBuild => 0,
            Self::Failures { .. } => 1,
            Self::Cached { .. } => 2,
            Self::ColdNotHad { .. } | Self::NotCompared { .. } => 3,
            Self::TooFew { .. } => 4,
            Self::NearFloor { .. } => 5,
            Self::DelayedAcknowledgement { .. }
            | Self::Waited { .. }
            | Self::ConnectionsAreNotKept { .. } => 6,
            Self::Trend { .. } | Self::UntilNotReached { .. } => 7,
            Self::Skipped { .. } => 8,
            Self::OfTheseProcesses => 9,
            Self::Unproven { .. } => 10,
            Self::ClientStopped { .. } => 11,
            Self::CachesAllowed
            | Self::ColdSometimesReused { .. }
            | Self::HandlerNotBelieved { .. }
            | Self::Resumed { .. }
            | Self::Retried { .. }
            | Self::SharedCores { .. }
            | Self::SometimesUnproven { .. }
            | Self::WarmInstancesAreFresh { .. } => return None,
        })
    }
}

/// Those that could change a decision first, the weightiest before the others; and how many they are.
pub(super) fn ranked(mut warnings: Vec<Warning>) -> (Vec<String>, usize) {
    warnings.sort_by_key(|warning| warning.rank().unwrap_or(u8::MAX));
    let decisive = warnings.iter().filter(|warning| warning.rank().is_some()).count();
    (warnings.iter().map(ToString::to_string).collect(), decisive)
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::ColdNotHad { target } => write!(
                f,
                "{target}: no cold starts observed: every request reached a running instance; raise --idle, or measure \
                 start-up instead"
            ),
            Self::ColdSometimesReused { target, samples } => write!(
                f,
                "{target}: {samples} cold requests are excluded: they reached a running instance; a longer --idle avoids that"
            ),
            Self::Unproven { of } => write!(
                f,
                "{} {} unproven: the server does not say which instance answers; have it send Server-Timing: \
                 instance;desc=\"…\", served;desc=\"…\"",
                listed(of),
                if of.len() == 1 { "is" } else { "are" }
            ),
            Self::SometimesUnproven { target, phase, samples } => write!(
                f,
                "{target}: {samples} {} answers are excluded: they do not say which instance they are of, as the others do",
                phase.in_words()
            ),
            Self::Cached { target, phase, samples } => write!(
                f,
                "{target}: {samples} {} answers came out of a cache, or repeat the instance and count of an earlier answer; \
                 measure past the cache, or count them with --allow-cached",
                phase.in_words()
            ),
            Self::CachesAllowed => f.write_str(
                "answers out of caches count here (--allow-cached): times may be those of a cache, and nothing is said about \
                 instances",
            ),
            Self::ClientStopped { target, phase, samples } => write!(
                f,
                "{target}: {samples} {} requests are excluded: this client was stopped for more than 100 ms while it waited; \
                 measure again where it runs undisturbed",
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
                "{target}: {samples} {} requests include 300 ms of this client's own wait for an address that did not answer; \
                 remove that address, or name the one to use: --connect-to HOST:PORT:ADDRESS:PORT",
                phase.in_words()
            ),
            Self::WarmInstancesAreFresh { targets } => write!(
                f,
                "{}: every warm request met a fresh instance, as the host makes one for each: warm means a kept connection \
                 and a running host there",
                names(targets)
            ),
            Self::ConnectionsAreNotKept { target } => write!(
                f,
                "{target}: the server closes its connections, so warm requests pay for new ones; have it keep them alive"
            ),
            Self::Failures { of } => {
                f.write_str(&failed(of))?;
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
                "{target}: warm requests take {:.0} ms and cold ones {:.1}: suspected is an answer in two writes{}, whose second \
                 waits for a delayed acknowledgement (40 ms on Linux); set TCP_NODELAY, or write head and body at once",
                warm / 1e3,
                cold / 1e3,
                if *in_body { " (head and body)" } else { "" }
            ),
            Self::NearFloor { targets, phase, floor_us, blunts: true } => write!(
                f,
                "{}: client overhead is {floor_us:.0} µs of each time, more than a tenth of the median of {}; true ratios are \
                 further from 1 than these (with ≥ or ≤: bounds): for their size, measure requests that take over {}",
                phase.in_words(),
                names(targets),
                time_of(10.0 * floor_us)
            ),
            Self::NearFloor { targets, phase, floor_us, blunts: false } => write!(
                f,
                "{}: half or more of the {} median is client overhead ({floor_us:.0} µs); the target may be faster than it \
                 looks: measure a request that takes longer",
                names(targets),
                phase.in_words()
            ),
            Self::Trend { target, phase, share } => write!(
                f,
                "{target}: {} times {} by {:.0} % from the first third of the rounds to the last; find what changed, or \
                 measure again where it is quieter",
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
                "verdicts are about the processes that answered: a URL is not restarted between rounds; loadtest compare \
                 NAME=COMMAND starts each program afresh in every round",
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

/// `a: 3 of 20 cold and all 80 of 80 warm requests failed (why)`, for each target and reason.
fn failed(of: &[Failures]) -> String {
    let mut told: Vec<(&str, &str, Vec<String>)> = Vec::new();
    for Failures { target, phase, failed, samples, why, .. } in of {
        let all = if failed == samples && *samples > 1 { "all " } else { "" };
        let counts = format!("{all}{failed} of {samples} {}", phase.in_words());
        match told.iter_mut().find(|(known, reason, _)| known == target && reason == why) {
            Some((_, _, phases)) => phases.push(counts),
            None => told.push((target, why, vec![counts])),
        }
    }
    let told = told
        .iter()
        .map(|(target, why, phases)| format!("{target}: {} requests failed ({why})", phases.join(" and ")));
    told.collect::<Vec<_>>().join(", ")
}

/// `a, b and c`.
fn names(targets: &[String]) -> String {
    let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
    Sentence::default().names(&targets).to_string()
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
