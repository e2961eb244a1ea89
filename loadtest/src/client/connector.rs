//! How a connection is made, with the time of each step.

use std::error::Error as StdError;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;
use url::Url;

use super::transport;
use crate::error::Error;
use crate::reach::Reach;
use crate::sample::Outcome;
use crate::stamps::Moments;

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

    /// What a connection goes over.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn stream(&self, moments: &mut Moments) -> Result<Stream, Outcome> {
        moments.connect_begun = Some(Instant::now());
        let stream = self.tcp(moments).await?;
        let Some((connector, name)) = &self.tls else {
            moments.ready = Some(Instant::now());
            return Ok(Stream::Plain(stream));
        };
        moments.tls_begun = Some(Instant::now());
        let stream = connector.connect(name.clone(), stream).await.map_err(cannot_connect)?;
        moments.ready = Some(Instant::now());
        Ok(Stream::Secured(Box::new(stream)))
    }

    async fn tcp(&self, moments: &mut Moments) -> Result<TcpStream, Outcome> {
        let resolved = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let addresses: Vec<_> = resolved.map_err(cannot_connect)?.collect();
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
async fn reach(addresses: Vec<SocketAddr>) -> Result<(TcpStream, bool), Outcome> {
    let first = addresses.first().copied();
    let mut connector = HttpConnector::new_with_resolver(Resolved(addresses));
    connector.set_nodelay(true);
    connector.set_happy_eyeballs_timeout(Some(FAMILY_WAIT));
    let begun = Instant::now();
    let to = connector.call(Uri::from_static("http://target/"));
    let stream = to.await.map(TokioIo::into_inner).map_err(cannot_connect)?;
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

/// Why there is no connection.
fn cannot_connect(e: impl StdError + 'static) -> Outcome {
    match io_kind(&e) {
        Some(io::ErrorKind::ConnectionRefused) => transport("connection refused".into()),
        Some(io::ErrorKind::ConnectionReset) => transport("connection reset".into()),
        _ => transport(format!("cannot connect: {}", root(&e))),
    }
}

pub fn io_kind(e: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    causes(e).filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind).last()
}

pub fn root(e: &(dyn StdError + 'static)) -> String {
    causes(e).last().map_or_else(String::new, ToString::to_string)
}

pub fn causes<'a>(e: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
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
