//! One connection and the requests on it: without a pool, since whoever has a connection knows whose it is. HTTP/2 is
//! hyper's.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use hyper::StatusCode;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::fields::Fields;
use super::http1::{Found, Kept, Question};
use super::http2::Multiplexed;
use crate::connection::{Connector, Stream, speaks_http2};
use crate::error::Error;
use crate::probe::{IDLE, MAX_BODY};
use crate::sample::Outcome;
use crate::stamps::Moments;
use crate::target::{RequestTemplate, Target};
use crate::tls;
use crate::wire::{Asked, Wire};

pub struct Client {
    connector: Connector,
    one: Question,
    two: Asked,
    /// Whether asking changes nothing, so that asking twice does not either.
    is_safe: bool,
}

impl Client {
    /// # Errors
    ///
    /// When this machine's certificates cannot be read, or the URL is not one that can be sent.
    pub fn new(target: &Target, template: &RequestTemplate) -> Result<Self, Error> {
        let wire = Wire::new(&target.url, template)?;
        let tls = Arc::new(tls::config(template.reach.insecure)?);
        Ok(Self {
            connector: Connector::new(&target.url, &template.reach, &tls)?,
            one: Question::new(&wire.one),
            two: wire.two,
            is_safe: template.method.is_safe(),
        })
    }

    async fn connect(&self) -> Result<Sender, Outcome> {
        let stream = self.connector.stream(&mut Moments::default()).await;
        match stream.map_err(|failure| failure.outcome())? {
            Stream::Plain(stream) => Ok(Sender::One(Kept::new(stream))),
            Stream::Secured(stream) if speaks_http2(&stream) => {
                Ok(Sender::Two(Multiplexed::over(*stream).await?))
            }
            Stream::Secured(stream) => Ok(Sender::OneOverTls(Kept::new(stream))),
        }
    }
}

/// A request is sent so often if the server refuses to begin with it.
const MOST_SENT: u32 = 3;

enum Sender {
    One(Kept<TcpStream>),
    OneOverTls(Kept<Box<TlsStream<TcpStream>>>),
    Two(Multiplexed),
}

impl Sender {
    async fn is_open(&mut self) -> bool {
        match self {
            Self::One(kept) => kept.is_open(),
            Self::OneOverTls(kept) => kept.is_open(),
            Self::Two(multiplexed) => multiplexed.is_open().await,
        }
    }

    async fn ask(&mut self, client: &Client) -> Result<Found, NoAnswer> {
        match self {
            Self::One(kept) => kept.ask(&client.one).await,
            Self::OneOverTls(kept) => kept.ask(&client.one).await,
            Self::Two(multiplexed) => multiplexed.ask(&client.two).await,
        }
    }

    fn answer(&self, found: Found) -> Answer<'_> {
        match self {
            Self::One(kept) => kept.answer(found),
            Self::OneOverTls(kept) => kept.answer(found),
            Self::Two(multiplexed) => multiplexed.answer(found),
        }
    }
}

/// A connection that is made when it is needed, and made anew when it is lost; one request at a time.
pub struct Connection {
    client: Arc<Client>,
    /// In a box, since it is large, and taken for every request.
    sender: Option<Box<Sender>>,
    /// Whether the server takes another request on it.
    keeps: bool,
    answered: Option<Instant>,
    made: u64,
    repeated: u64,
}

pub enum NoAnswer {
    /// The server has not begun with the request, which may be sent again.
    Refused(Outcome),
    /// The connection was closed before a byte of an answer came.
    Closed(Outcome),
    Failed(Outcome),
}

pub struct Answer<'a> {
    pub status: StatusCode,
    pub headers: Fields<'a>,
    pub body: &'a [u8],
}

impl Connection {
    pub fn new(client: Arc<Client>) -> Self {
        Self { client, sender: None, keeps: false, answered: None, made: 0, repeated: 0 }
    }

    pub fn made(&self) -> u64 {
        self.made
    }

    /// How many requests were sent again, since the server was closing the connection.
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Makes it, unless it is there.
    ///
    /// # Errors
    ///
    /// The outcome of whatever would be asked on it.
    pub async fn open(&mut self) -> Result<(), Outcome> {
        let kept = match &mut self.sender {
            Some(sender) => self.keeps && sender.is_open().await,
            None => false,
        };
        if !kept {
            self.sender = None;
            // Apart, since it is large, and whatever is asked on a connection that is there would be moved with it.
            self.sender = Some(Box::new(Box::pin(self.client.connect()).await?));
            self.keeps = true;
            self.answered = None;
            self.made += 1;
        }
        Ok(())
    }

    /// Asks, and reads the whole answer. A request is sent again, on a new connection, where the server has not begun with it,
    /// and where it most likely closed an idle connection before the request reached it.
    pub async fn ask(&mut self) -> Result<Answer<'_>, Outcome> {
        let mut sent = 0;
        loop {
            self.open().await?;
            // Taken, so that it is gone if this is given up half-way.
            let Some(mut sender) = self.sender.take() else { return Err(transport("no connection".into())) };
            sent += 1;
            let was_idle = self.answered.is_some_and(|answered| answered.elapsed() >= IDLE);
            match sender.ask(&self.client).await {
                Ok(found) => {
                    self.keeps = found.keeps;
                    self.answered = Some(Instant::now());
                    return Ok(self.sender.insert(sender).answer(found));
                }
                Err(NoAnswer::Refused(_)) if sent < MOST_SENT => {}
                // Once at most: nothing was answered on the new connection yet.
                Err(NoAnswer::Closed(_)) if was_idle && self.client.is_safe => self.repeated += 1,
                Err(NoAnswer::Refused(outcome)) => return Err(outcome),
                Err(NoAnswer::Closed(outcome) | NoAnswer::Failed(outcome)) => {
                    return Err(if self.answered.is_some() { outcome.on_kept_connection() } else { outcome });
                }
            }
        }
    }
}

/// Kept in files, which have no control characters.
pub(super) fn transport(cause: String) -> Outcome {
    let cause = if cause.contains(char::is_control) { cause.replace(char::is_control, " ") } else { cause };
    Outcome::Transport(cause)
}

pub(super) fn closed() -> Outcome {
    transport("connection closed before message completed".into())
}

pub(super) fn too_long() -> Outcome {
    transport(format!("the body is longer than {} MB", MAX_BODY >> 20))
}

pub(super) fn of_io(e: &io::Error) -> Outcome {
    transport(match e.kind() {
        io::ErrorKind::ConnectionReset => "connection reset".into(),
        _ => e.to_string(),
    })
}
