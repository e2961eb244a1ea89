//! One request's times and outcome.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::evidence::{Freshness, Testimony};
use crate::excerpt;
use crate::provenance::Telling;

/// A part of a measurement; samples of different phases are never pooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The program runs to its end, from starting its process.
    Once,
    /// From starting the process to its first correct answer.
    Startup,
    /// A new connection, a cache-busting query, an idle wait before.
    Cold,
    /// Before the warm phase, not reported.
    WarmUp,
    /// One after the other on one connection.
    Warm,
    /// Many at a time, at a rate or as fast as they are answered.
    Load,
}

impl Phase {
    /// Those whose samples come one after the other, in the order of reports.
    pub const ONE_BY_ONE: [Self; 4] = [Self::Once, Self::Startup, Self::Cold, Self::Warm];

    /// As it is written in reports and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Startup => "startup",
            Self::Cold => "cold",
            Self::WarmUp => "warm-up",
            Self::Warm => "warm",
            Self::Load => "load",
        }
    }

    /// As people read it.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Once => "run once",
            Self::Startup => "start-up",
            other => other.name(),
        }
    }
}

/// One request's times and outcome. Times are nanoseconds of the monotonic clock since the measurement began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The target's name.
    pub target: Cow<'static, str>,
    /// The phase it belongs to.
    pub phase: Phase,
    /// Which round of its phase, from 0: in a round, every target has its turn.
    pub round: u32,
    /// When it was to be sent.
    pub intended_ns: u64,
    /// When it was sent; of a start-up, when the process was started.
    pub sent_ns: u64,
    /// When it was over, well or not.
    pub done_ns: u64,
    /// What it consisted of.
    #[serde(flatten)]
    pub segments: Segments,
    /// Whether it opened a connection of its own.
    pub new_connection: bool,
    /// Whether it was sent twice: first on a kept connection that the server was closing. Times are those of the second.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub retried: bool,
    /// Whether connecting includes this client's wait for an address of the name that did not answer.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub waited: bool,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Whether it met a fresh instance.
    pub freshness: Freshness,
    /// What the server said of the instance.
    #[serde(flatten)]
    pub testimony: Testimony,
    /// The headers that tell by whom it was answered.
    #[serde(skip_serializing_if = "Telling::is_empty", default)]
    pub headers: Telling,
    /// The memory of the processes that served it (PSS), in bytes, once in each round after the warm requests.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memory_bytes: Option<u64>,
    /// Ok answers a second under load, once in each round after the warm requests.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub throughput_per_s: Option<f64>,
}

impl Sample {
    /// As a sample of that round.
    pub fn in_round(self, round: usize) -> Self {
        Self { round: u32::try_from(round).unwrap_or(u32::MAX), ..self }
    }

    /// Whether the process did not come to answer, so that nothing else was asked of it in its round. One that answers
    /// wrongly has started.
    pub fn is_failed_start(&self) -> bool {
        self.phase == Phase::Startup && self.sent_ns == self.done_ns
    }

    /// As if everything had happened so much later.
    pub fn later(self, nanos: u64) -> Self {
        let later = |ns: u64| ns.saturating_add(nanos);
        Self {
            intended_ns: later(self.intended_ns),
            sent_ns: later(self.sent_ns),
            done_ns: later(self.done_ns),
            ..self
        }
    }

    /// Done − sent, in nanoseconds.
    pub fn service_ns(&self) -> u64 {
        self.done_ns.saturating_sub(self.sent_ns)
    }
}

/// The consecutive parts of a request, each in nanoseconds, where it applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segments {
    /// Resolving the name; absent for an address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dns_ns: Option<u64>,
    /// The TCP handshake.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub connect_ns: Option<u64>,
    /// The TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tls_ns: Option<u64>,
    /// From the connection being ready to the answer's headers being there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_byte_ns: Option<u64>,
    /// From there to the end of the body.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body_ns: Option<u64>,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "kebab-case")]
pub enum Outcome {
    /// With the answer that was expected.
    Ok,
    /// With a success and something else than what was answered first.
    WrongAnswer(String),
    /// Out of a cache on the way: an answer, but not the target's.
    Cached(String),
    /// With a status that is no success.
    Status(u16),
    /// Not within its time.
    Timeout,
    /// With no answer, or not a whole one.
    Transport(String),
    /// This client was stopped meanwhile, so neither the time nor a time-out says anything about the target.
    ClientStopped,
}

/// The cause where a server closed a connection that it had answered on before.
pub const KEPT_CONNECTION_CLOSED: &str = "kept connection closed";

impl Outcome {
    /// The same, with the beginning of a body that is wrong.
    pub fn with_body(self, body: &[u8]) -> Self {
        match self {
            Self::WrongAnswer(difference) => {
                Self::WrongAnswer(format!("{difference}: {}", excerpt::of(body)))
            }
            other => other,
        }
    }

    /// The same, of a request on a connection that was answered on before.
    pub fn on_kept_connection(self) -> Self {
        const CLOSED: [&str; 3] =
            ["connection closed before message completed", "connection reset", "broken pipe"];
        match self {
            Self::Transport(cause)
                if CLOSED.iter().any(|closed| cause.to_lowercase().starts_with(closed)) =>
            {
                Self::Transport(KEPT_CONNECTION_CLOSED.into())
            }
            other => other,
        }
    }

    /// Whether its time counts.
    pub fn is_ok(&self) -> bool {
        *self == Self::Ok
    }

    /// Whether the target failed.
    pub fn is_failure(&self) -> bool {
        !matches!(self, Self::Ok | Self::ClientStopped)
    }

    /// The same of a request during which this client was stopped. An answer that is wrong stays wrong.
    pub fn while_stopped(self) -> Self {
        match self {
            Self::Ok | Self::Timeout | Self::Transport(_) => Self::ClientStopped,
            other => other,
        }
    }

    /// The kind of failure, as reports count it: `status-500`, not what stood in the answer.
    pub fn kind(&self) -> Cow<'static, str> {
        match self {
            Self::Ok => "ok".into(),
            Self::WrongAnswer(_) => "wrong-answer".into(),
            Self::Cached(_) => "cached".into(),
            Self::Status(code) => format!("status-{code}").into(),
            Self::Timeout => "timeout".into(),
            Self::Transport(_) => "transport".into(),
            Self::ClientStopped => "client-stopped".into(),
        }
    }
}
