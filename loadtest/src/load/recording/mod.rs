//! A load in a file: what was to be sent, every request that was, and how each stage ended.

mod reader;
mod shards;
mod writer;

use std::borrow::Cow;
use std::ops::Deref;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::reader::is_recording;
pub use self::shards::Recorded;
pub use self::writer::{HANDED_OVER, Lines, Writer};
use super::pacer::Pace;
use super::plan::LoadPlan;
use super::tally::Turn;
use crate::environment::Environment;
use crate::evidence::Testimony;
use crate::micros;
use crate::plan::Plan;
use crate::sample::Outcome;
use crate::target::Target;

/// The version of the lines' fields. New fields may be added; none changes its meaning.
const SCHEMA_VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub schema_version: u32,
    pub load: Amount,
    pub plan: Plan,
    pub environment: Environment,
    pub target: Target,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Amount {
    pub connections: usize,
    pub stages: Vec<Pace>,
}

impl Head {
    pub fn new(plan: &LoadPlan, environment: Environment, seed: Option<u64>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            load: Amount { connections: plan.connections, stages: plan.stages.clone() },
            plan: Plan::of_load(&plan.template, plan.timeout, seed),
            environment,
            target: plan.target.clone(),
        }
    }
}

/// A request that is over. Times are nanoseconds since its stage began.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent<'a> {
    stage: u32,
    index: u64,
    intended_ns: u64,
    free_ns: u64,
    sent_ns: u64,
    done_ns: u64,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    failed: Option<Text<'a>>,
    /// Why it failed on the way, or how it was answered wrongly; missing in older files.
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    cause: Option<Text<'a>>,
    /// Whether it was sent again, on a new connection; missing in older files.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    retried: bool,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    instance: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    served: Option<u64>,
}

/// Not copied out of its line: serde borrows a text, but not one that may be missing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> Sent<'a> {
    fn new(
        stage: usize,
        turn: &Turn,
        done: Duration,
        outcome: &'a Outcome,
        retried: bool,
        said: Option<&'a Testimony>,
    ) -> Self {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Self {
            stage: u32::try_from(stage).unwrap_or(u32::MAX),
            index: turn.index,
            intended_ns: nanos(turn.intended),
            free_ns: nanos(turn.free),
            sent_ns: nanos(turn.sent),
            done_ns: nanos(done),
            failed: (!outcome.is_ok()).then(|| Text(outcome.kind())),
            cause: match outcome {
                Outcome::Transport(cause) | Outcome::WrongAnswer(cause) => Some(Text(cause.into())),
                _ => None,
            },
            retried,
            instance: said.and_then(|said| said.instance.as_deref().map(|name| Text(name.into()))),
            served: said.and_then(|said| said.served),
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StageEnd {
    stage_ended: u32,
    #[serde(rename = "period_us", with = "micros")]
    period: Duration,
    sent: u64,
    unsent: u64,
    connections_made: u64,
    busy: Option<f64>,
}
