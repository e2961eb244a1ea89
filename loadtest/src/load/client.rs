//! One connection and the requests on it: without a pool, since whoever has a connection knows whose it is. HTTP/2 is
//! hyper's.

use std::io;
use std::sync::Arc;

use hyper::StatusCode;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::fields::Fields;
use super::http1::{Found, Kept, Question};
use super::http2::Multiplexed;
use crate::error::Error;
use crate::probe::MAX_BODY;
use crate::sample::Outcome;
use crate::target::{RequestTemplate, Target};
use crate::tls;
use crate::wire::{Asked, Wire};

/// What is asked, and how it is reached.
pub struct Client {
    /// Where it connects to.
    address: (String, u16),
    tls: Option<(TlsConnector, ServerName<'static>)>,
    /// As HTTP/1.1 writes it.
    one: Question,
    /// As HTTP/2 does.
    two: Asked,
}

impl Client {
    /// # Errors
    ///
    /// When this machine's certificates cannot be read, or the URL is not one that can be sent.
    pub fn new(target: &Target, template: &RequestTemplate) -> Result<Self, Error> {
        let host = target.url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let wire = Wire::new(&target.url, template)?;
        let port = target.url.port_or_known_default().unwrap_or(80);
        let address = template.reach.instead_of(&target.url).unwrap_or_else(|| (host.clone(), port));
        Ok(Self {
            address: (address.0.trim_matches(['[', ']']).to_owned(), address.1),
            tls: if target.url.scheme() == "https" {
                Some(connector(&host, template.reach.insecure)?)
            } else {
                None
            },
            one: Question::new(&wire.one),
            two: wire.two,
        })
    }

    async fn connect(&self) -> Result<Sender, Outcome> {
        let stream = TcpStream::connect((self.address.0.as_str(), self.address.1))
            .await
            .map_err(|e| of_connect(&e))?;
        // Where it cannot be had, small requests wait for acknowledgements, and are measured so.
        let _ = stream.set_nodelay(true);
        let Some((connector, name)) = &self.tls else { return Ok(Sender::One(Kept::new(stream))) };
        let stream = connector.connect(name.clone(), stream).await;
        let stream = stream.map_err(|e| transport(format!("cannot connect: {e}")))?;
        match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => Ok(Sender::Two(Multiplexed::over(stream).await?)),
            _ => Ok(Sender::OneOverTls(Kept::new(Box::new(stream)))),
        }
    }
}

fn connector(host: &str, insecure: bool) -> Result<(TlsConnector, ServerName<'static>), Error> {
    let config = tls::config(insecure)?;
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|e| Error::Usage(format!("{host} is no name for a certificate: {e}")))?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}

/// What takes requests, one after the other.
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

    async fn ask(&mut self, client: &Client) -> Result<Found, Outcome> {
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
    /// Whether it was answered on.
    answered: bool,
    made: u64,
}

/// A whole answer.
pub struct Answer<'a> {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: Fields<'a>,
    /// Its body.
    pub body: &'a [u8],
}

impl Connection {
    /// One that is not there yet.
    pub fn new(client: Arc<Client>) -> Self {
        Self { client, sender: None, keeps: false, answered: false, made: 0 }
    }

    /// How often it was made.
    pub fn made(&self) -> u64 {
        self.made
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
            self.answered = false;
            self.made += 1;
        }
        Ok(())
    }

    /// Asks, and reads the whole answer. Nothing is asked twice: what fails has failed.
    ///
    /// # Errors
    ///
    /// The outcome, when there is no whole answer.
    pub async fn ask(&mut self) -> Result<Answer<'_>, Outcome> {
        self.open().await?;
        // Taken, so that it is gone if this is given up half-way.
        let Some(mut sender) = self.sender.take() else { return Err(transport("no connection".into())) };
        let found = match sender.ask(&self.client).await {
            Ok(found) => found,
            Err(outcome) if self.answered => return Err(outcome.on_kept_connection()),
            Err(outcome) => return Err(outcome),
        };
        self.keeps = found.keeps;
        self.answered = true;
        Ok(self.sender.insert(sender).answer(found))
    }
}

/// Kept in files, which have no control characters.
pub(super) fn transport(cause: String) -> Outcome {
    let cause = if cause.contains(char::is_control) { cause.replace(char::is_control, " ") } else { cause };
    Outcome::Transport(cause)
}

pub(super) fn too_long() -> Outcome {
    transport(format!("the body is longer than {} MB", MAX_BODY >> 20))
}

fn of_connect(e: &io::Error) -> Outcome {
    transport(match e.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        _ => format!("cannot connect: {e}"),
    })
}

pub(super) fn of_io(e: &io::Error) -> Outcome {
    transport(match e.kind() {
        io::ErrorKind::ConnectionReset => "connection reset".into(),
        _ => e.to_string(),
    })
}
