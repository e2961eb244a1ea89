//! One connection of a probe: how it is made, with the time of each step, and what is asked on it.

use std::error::Error as StdError;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::{Response, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioIo};
use reqwest::Url;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

use crate::error::Error;
use crate::probe::MAX_BODY;
use crate::reach::Reach;
use crate::sample::Outcome;
use crate::stamps::Moments;
use crate::wire::Wire;

/// How long the first address of a name may take before those of the other family are tried too.
const FAMILY_WAIT: Duration = Duration::from_millis(300);

/// Whether an error of this kind says that the other side has closed the connection.
pub fn closes(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    [BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof].contains(&kind)
}

pub struct Connector {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Connector {
    /// To where `reach` says for `url`. The certificate is for the host in the URL, wherever that is.
    pub fn new(url: &Url, reach: &Reach, tls: &Arc<ClientConfig>) -> Result<Self, Error> {
        let named = unbracketed(url.host_str().unwrap_or_default());
        let port = url.port_or_known_default().unwrap_or(80);
        let (host, port) = reach.instead_of(url).unwrap_or_else(|| (named.to_owned(), port));
        let tls = match url.scheme() {
            "https" => Some((TlsConnector::from(tls.clone()), server_name(named)?)),
            _ => None,
        };
        Ok(Self { host: unbracketed(&host).to_owned(), port, tls })
    }

    /// Makes a connection, and keeps in `moments` when each step was done.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub async fn connect(&self, moments: &mut Moments) -> Result<Connection, Failure> {
        match self.stream(moments).await? {
            Stream::Plain(stream) => Connection::one(stream).await,
            Stream::Secured(stream) if speaks_http2(&stream) => Connection::two(stream).await,
            Stream::Secured(stream) => Connection::one(stream).await,
        }
    }

    /// What a connection goes over.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn stream(&self, moments: &mut Moments) -> Result<Stream, Failure> {
        moments.connect_begun = Some(Instant::now());
        let stream = self.tcp(moments).await?;
        let Some((connector, name)) = &self.tls else {
            moments.ready = Some(Instant::now());
            return Ok(Stream::Plain(stream));
        };
        moments.tls_begun = Some(Instant::now());
        let stream = connector.connect(name.clone(), stream).await.map_err(Failure::connect)?;
        moments.ready = Some(Instant::now());
        Ok(Stream::Secured(Box::new(stream)))
    }

    async fn tcp(&self, moments: &mut Moments) -> Result<TcpStream, Failure> {
        let resolved = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let addresses: Vec<_> = resolved.map_err(Failure::connect)?.collect();
        if self.host.parse::<std::net::IpAddr>().is_err() {
            moments.resolved = Some(Instant::now());
        }
        let (stream, waited) = reach(addresses).await?;
        moments.waited = waited;
        Ok(stream)
    }
}

/// A connection to one of these addresses, and whether that took the whole wait for the first one. Addresses of the other
/// family are tried as well where the first ones are slow (RFC 8305).
async fn reach(addresses: Vec<SocketAddr>) -> Result<(TcpStream, bool), Failure> {
    let first = addresses.first().copied();
    let mut connector = HttpConnector::new_with_resolver(Resolved(addresses));
    connector.set_nodelay(true);
    connector.set_happy_eyeballs_timeout(Some(FAMILY_WAIT));
    let begun = Instant::now();
    let to = connector.call(Uri::from_static("http://target/"));
    let stream = to.await.map(TokioIo::into_inner).map_err(Failure::connect)?;
    let waited = waited(first, stream.peer_addr().ok(), begun.elapsed());
    Ok((stream, waited))
}

/// Whether a connection took the whole wait for the first address, and then was made to one of the other family.
fn waited(first: Option<SocketAddr>, reached: Option<SocketAddr>, took: Duration) -> bool {
    let other_family =
        first.zip(reached).is_some_and(|(first, reached)| first.is_ipv6() != reached.is_ipv6());
    other_family && took >= FAMILY_WAIT
}

pub enum Stream {
    Plain(TcpStream),
    Secured(Box<TlsStream<TcpStream>>),
}

/// Whether client and server have agreed on HTTP/2.
pub fn speaks_http2(stream: &TlsStream<TcpStream>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(b"h2")
}

fn unbracketed(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

fn server_name(host: &str) -> Result<ServerName<'static>, Error> {
    let name = ServerName::try_from(host.to_owned());
    name.map_err(|e| Error::Usage(format!("{host} is no name for a certificate: {e}")))
}

/// Addresses that are known already, whatever the name.
#[derive(Clone)]
struct Resolved(Vec<SocketAddr>);

impl Service<Name> for Resolved {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Ready<Result<Self::Response, io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(self.0.clone().into_iter()))
    }
}

/// Takes requests, one after the other. A task of its own reads and writes, and ends with it.
pub enum Connection {
    One(http1::SendRequest<Empty<Bytes>>),
    Two(http2::SendRequest<Empty<Bytes>>),
}

impl Connection {
    async fn one(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Self, Failure> {
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(Failure::Request)?;
        tokio::spawn(connection);
        Ok(Self::One(sender))
    }

    async fn two(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Self, Failure> {
        let shaking = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (sender, connection) = shaking.await.map_err(Failure::Request)?;
        tokio::spawn(connection);
        Ok(Self::Two(sender))
    }

    /// Whether the server takes another request on it, as far as this client has heard.
    pub async fn is_open(&mut self) -> bool {
        match self {
            Self::One(sender) => sender.ready().await.is_ok(),
            Self::Two(sender) => sender.ready().await.is_ok() && !sender.is_closed(),
        }
    }

    /// Asks, and waits for the headers of the answer.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn ask(&mut self, wire: &Wire) -> Result<Response<Incoming>, Failure> {
        let asked = match self {
            Self::One(sender) => sender.send_request(wire.one.clone()).await,
            Self::Two(sender) => sender.send_request(wire.two.clone()).await,
        };
        asked.map_err(Failure::Request)
    }
}

/// Reads a whole body.
///
/// # Errors
///
/// When it does not come to its end, or is too long.
pub async fn read(mut incoming: Incoming) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame.map_err(Failure::Request)?.into_data() else { continue };
        if body.len() + data.len() > MAX_BODY {
            return Err(Failure::TooLong);
        }
        body.extend_from_slice(&data);
    }
    Ok(body)
}

#[derive(Debug)]
pub enum Failure {
    Connect(Box<dyn StdError + Send + Sync>),
    Request(hyper::Error),
    TooLong,
}

impl Failure {
    /// Whether the server has not begun with the request: it was never sent, or refused because the connection ends
    /// (GOAWAY) or has too much to do (REFUSED_STREAM). Such a request may be sent again, whatever its method (RFC 9113,
    /// section 8.7).
    pub fn is_unbegun(e: &hyper::Error) -> bool {
        let refuses = |e: &h2::Error| {
            e.is_remote()
                && (e.is_go_away() || e.is_reset() && e.reason() == Some(h2::Reason::REFUSED_STREAM))
        };
        e.is_canceled() || causes(e).filter_map(|cause| cause.downcast_ref()).any(refuses)
    }

    /// Whether the connection ended before there was an answer.
    pub fn is_close(e: &hyper::Error) -> bool {
        e.is_incomplete_message() || e.is_closed() || io_kind(e).is_some_and(closes)
    }

    fn connect(e: impl StdError + Send + Sync + 'static) -> Self {
        Self::Connect(Box::new(e))
    }

    pub fn outcome(&self) -> Outcome {
        let (cause, on) = match self {
            Self::Connect(e) => (e.as_ref() as &(dyn StdError + 'static), "cannot connect: "),
            Self::Request(e) => (e as &(dyn StdError + 'static), ""),
            Self::TooLong => {
                return Outcome::Transport(format!("the body is longer than {} MB", MAX_BODY >> 20));
            }
        };
        Outcome::Transport(match io_kind(cause) {
            Some(io::ErrorKind::ConnectionRefused) => "connection refused".into(),
            Some(io::ErrorKind::ConnectionReset) => "connection reset".into(),
            _ => printable(format!("{on}{}", root(cause))),
        })
    }
}

/// Kept in files, which have no control characters.
fn printable(cause: String) -> String {
    if cause.contains(char::is_control) { cause.replace(char::is_control, " ") } else { cause }
}

fn io_kind(e: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    causes(e).filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind).last()
}

fn root(e: &(dyn StdError + 'static)) -> String {
    causes(e).last().map_or_else(String::new, ToString::to_string)
}

fn causes<'a>(e: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(e), |cause| (*cause).source())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpSocket};

    /// Whoever connects to a server that takes no connection, and whose queue is full, hears nothing: as from an address
    /// where nobody is.
    #[tokio::test]
    async fn an_address_that_does_not_answer_delays_a_connection_and_prevents_none() {
        let full = TcpSocket::new_v6().unwrap();
        if full.bind("[::1]:0".parse().unwrap()).is_err() {
            eprintln!("skipped: this machine has no ::1");
            return;
        }
        let full = full.listen(0).unwrap();
        let dead = full.local_addr().unwrap();
        let _only_one = TcpStream::connect(dead).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let live = listener.local_addr().unwrap();
        let (stream, waited) = reach(vec![dead, live]).await.unwrap();
        assert_eq!((stream.peer_addr().unwrap(), waited), (live, true));
    }

    #[tokio::test]
    async fn an_address_that_refuses_delays_nothing() {
        let refusing = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let refusing = SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), refusing.port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let live = listener.local_addr().unwrap();
        let (stream, waited) = reach(vec![refusing, live]).await.unwrap();
        assert_eq!((stream.peer_addr().unwrap(), waited), (live, false));
    }

    #[test]
    fn the_wait_for_a_dead_address_is_known_by_the_other_family_and_its_time() {
        let address = |text: &str| Some(text.parse().unwrap());
        let (six, four) = (address("[::1]:80"), address("127.0.0.1:80"));
        assert!(waited(six, four, FAMILY_WAIT) && waited(four, six, 2 * FAMILY_WAIT));
        assert!(!waited(six, six, FAMILY_WAIT) && !waited(six, four, FAMILY_WAIT / 2));
        assert!(!waited(None, four, FAMILY_WAIT) && !waited(six, None, FAMILY_WAIT));
    }
}
