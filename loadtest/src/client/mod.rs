//! One client for all requests: a connection, and what is asked on it. There is no pool, since whoever has a connection knows
//! whose it is. An answer of HTTP/1 is read where it arrives; HTTP/2 is hyper's.

mod bad_head;
mod connector;
mod fields;
mod framing;
mod http1;
mod http2;

use std::io;

use hyper::StatusCode;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use url::Url;

pub use self::connector::Connector;
use self::connector::{Stream, speaks_http2};
pub use self::fields::Fields;
#[cfg(test)]
pub use self::fields::Place;
pub use self::http1::Found;
use self::http1::{Kept, Question};
use self::http2::Multiplexed;
use crate::error::Error;
use crate::evidence::Testimony;
use crate::expectation::{Check, Expectation, Learnt};
use crate::headers::Headers;
use crate::sample::Outcome;
use crate::stamps::Moments;
use crate::target::RequestTemplate;
use crate::wire::{Asked, Wire};

/// The longest body that is read; a longer one is a failure.
pub const MAX_BODY: usize = 10 << 20;

/// A request in both forms in which it is sent.
#[derive(Clone)]
pub struct Asking {
    one: Question,
    two: Asked,
}

impl Asking {
    pub fn new(url: &Url, template: &RequestTemplate) -> Result<Self, Error> {
        let Wire { one, two } = Wire::new(url, template)?;
        Ok(Self { one: Question::new(&one), two })
    }
}

/// A connection that takes requests, one after the other.
pub enum Sender {
    One(Kept<TcpStream>),
    OneOverTls(Kept<Box<TlsStream<TcpStream>>>),
    Two(Multiplexed),
}

impl Sender {
    pub async fn connect(connector: &Connector, moments: &mut Moments) -> Result<Self, Outcome> {
        match connector.stream(moments).await? {
            Stream::Plain(stream) => Ok(Self::One(Kept::new(stream))),
            Stream::Secured(stream) if speaks_http2(&stream) => {
                Ok(Self::Two(Multiplexed::over(*stream).await?))
            }
            Stream::Secured(stream) => Ok(Self::OneOverTls(Kept::new(stream))),
        }
    }

    /// Whether the server takes another request on it, as far as this client has heard.
    pub async fn is_open(&mut self) -> bool {
        match self {
            Self::One(kept) => kept.is_open(),
            Self::OneOverTls(kept) => kept.is_open(),
            Self::Two(multiplexed) => multiplexed.is_open().await,
        }
    }

    /// Asks, and reads the whole answer; `moments` keeps when its headers were there.
    pub async fn ask(&mut self, asking: &Asking, moments: Option<&mut Moments>) -> Result<Found, NoAnswer> {
        match self {
            Self::One(kept) => kept.ask(&asking.one, moments).await,
            Self::OneOverTls(kept) => kept.ask(&asking.one, moments).await,
            Self::Two(multiplexed) => multiplexed.ask(&asking.two, moments).await,
        }
    }

    /// The answer that was found last.
    pub fn answer(&self, found: Found) -> Answer<'_> {
        match self {
            Self::One(kept) => kept.answer(found),
            Self::OneOverTls(kept) => kept.answer(found),
            Self::Two(multiplexed) => multiplexed.answer(found),
        }
    }
}

/// Why there is no whole answer.
pub enum NoAnswer {
    /// The server has not begun with the request, which may be sent again.
    Refused(Outcome),
    /// The connection was closed before a byte of an answer came.
    Closed(Outcome),
    Failed(Outcome),
}

impl NoAnswer {
    pub fn outcome(&self) -> &Outcome {
        match self {
            Self::Refused(outcome) | Self::Closed(outcome) | Self::Failed(outcome) => outcome,
        }
    }
}

pub struct Answer<'a> {
    pub status: StatusCode,
    pub headers: Fields<'a>,
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// What it says of the instance it is of. A copy out of a cache repeats what the original said, and so says nothing.
    pub fn testimony(&self, template: &RequestTemplate) -> Testimony {
        match template.caches.allow_cached {
            true => Testimony::default(),
            false => template.evidence.hear(&self.headers),
        }
    }

    /// Whether it is right, by what is `learnt` of those before it, unless its form `is_known` to be right.
    pub fn outcome(
        &self,
        template: &RequestTemplate,
        learnt: &mut Learnt,
        is_known: impl FnOnce() -> bool,
    ) -> Outcome {
        if template.check != Check::None && !self.status.is_success() {
            return Outcome::Status(self.status.as_u16());
        }
        if let Some(betrayed) = template.caches.betrayal(&self.headers, self.body) {
            return Outcome::Cached(betrayed);
        }
        if template.check != Check::Shape || is_known() {
            return Outcome::Ok;
        }
        let content_type = self.headers.texts("content-type").next().unwrap_or_default();
        match learnt.judge(Expectation::of(content_type, self.body)) {
            Ok(()) => Outcome::Ok,
            Err(difference) => Outcome::WrongAnswer(difference).with_body(self.body),
        }
    }
}

/// Kept in files, which have no control characters.
pub fn transport(cause: String) -> Outcome {
    let cause = if cause.contains(char::is_control) { cause.replace(char::is_control, " ") } else { cause };
    Outcome::Transport(cause)
}

fn closed() -> Outcome {
    transport("connection closed before message completed".into())
}

fn too_long() -> Outcome {
    transport(format!("the body is longer than {} MB", MAX_BODY >> 20))
}

fn of_io(e: &io::Error) -> Outcome {
    transport(match e.kind() {
        io::ErrorKind::ConnectionReset => "connection reset".into(),
        _ => e.to_string(),
    })
}
