//! When a connection was resolved, made and secured: hooks into reqwest that stamp the monotonic clock.
//!
//! reqwest does not tell these times. Its resolver and its connector can be wrapped, and rustls asks its session
//! store at the very start of a handshake, which is the moment the TCP connection is there.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Instant;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;
use tower_layer::Layer;
use tower_service::Service;

use crate::sample::Segments;

/// The stamps of the request under way; a client has one request at a time.
#[derive(Clone, Debug, Default)]
pub struct Stamps(Arc<Mutex<Moments>>);

/// When things happened, if they did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// The connector was asked for a connection.
    pub connect_begun: Option<Instant>,
    /// The name's addresses are known.
    pub resolved: Option<Instant>,
    /// TCP is there, TLS begins.
    pub tls_begun: Option<Instant>,
    /// The connection can be written to.
    pub ready: Option<Instant>,
}

impl Stamps {
    /// Forgets everything, before the next request.
    pub fn reset(&self) {
        self.with(|moments| *moments = Moments::default());
    }

    /// What has happened since.
    pub fn moments(&self) -> Moments {
        self.with(|moments| *moments)
    }

    fn with<T>(&self, f: impl FnOnce(&mut Moments) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}

impl Moments {
    /// The parts of a request sent, answered (headers) and done at these times. On a connection that was already
    /// there, the first byte counts from `sent`.
    pub fn segments(&self, sent: Instant, answered: Option<Instant>, done: Instant) -> Segments {
        let nanos = |from: Option<Instant>, to: Option<Instant>| {
            Some(u64::try_from(to?.saturating_duration_since(from?).as_nanos()).unwrap_or(u64::MAX))
        };
        let tcp_from = self.resolved.or(self.connect_begun);
        Segments {
            dns_ns: nanos(self.connect_begun, self.resolved),
            connect_ns: nanos(tcp_from, self.tls_begun.or(self.ready)),
            tls_ns: nanos(self.tls_begun, self.ready),
            first_byte_ns: nanos(self.ready.or(Some(sent)), answered),
            body_ns: nanos(answered, Some(done)),
        }
    }
}

/// The system's resolver, stamped.
#[derive(Clone, Debug)]
pub struct Resolver {
    /// What it stamps.
    pub stamps: Stamps,
    /// Whose addresses, with which port, are taken for those of every name.
    pub to: Option<(String, u16)>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { stamps, to } = self.clone();
        Box::pin(async move {
            let (host, port) = to.unwrap_or_else(|| (name.as_str().to_owned(), 0));
            let addresses: Vec<_> =
                tokio::net::lookup_host((host.trim_matches(['[', ']']), port)).await?.collect();
            stamps.with(|moments| moments.resolved = Some(Instant::now()));
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl<S> Layer<S> for Stamps {
    type Service = StampedConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        StampedConnector { inner, stamps: self.clone() }
    }
}

/// A connector that stamps when it begins and when it is done.
#[derive(Clone, Debug)]
pub struct StampedConnector<S> {
    inner: S,
    stamps: Stamps,
}

impl<S, R> Service<R> for StampedConnector<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let stamps = self.stamps.clone();
        stamps.with(|moments| moments.connect_begun = Some(Instant::now()));
        let connecting = self.inner.call(request);
        Box::pin(async move {
            let connection = connecting.await;
            if connection.is_ok() {
                stamps.with(|moments| moments.ready = Some(Instant::now()));
            }
            connection
        })
    }
}

/// A session store that stores nothing, so that every new connection pays for a whole handshake, and that stamps
/// the first time it is asked.
impl ClientSessionStore for Stamps {
    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.with(|moments| moments.tls_begun.get_or_insert_with(Instant::now).to_owned());
        None
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}
    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}
    fn remove_tls12_session(&self, _: &ServerName<'static>) {}
    fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn segments_follow_one_another_and_add_up() {
        let sent = Instant::now();
        let at = |ms| sent + Duration::from_millis(ms);
        let moments = Moments {
            connect_begun: Some(at(0)),
            resolved: Some(at(3)),
            tls_begun: Some(at(5)),
            ready: Some(at(12)),
        };
        let segments = moments.segments(sent, Some(at(20)), at(21));
        let ms = |n: u64| Some(n * 1_000_000);
        assert_eq!(
            segments,
            Segments {
                dns_ns: ms(3),
                connect_ns: ms(2),
                tls_ns: ms(7),
                first_byte_ns: ms(8),
                body_ns: ms(1)
            }
        );
    }

    #[test]
    fn an_address_has_no_dns_and_plain_http_no_tls() {
        let sent = Instant::now();
        let moments = Moments { connect_begun: Some(sent), ready: Some(sent), ..Moments::default() };
        let segments = moments.segments(sent, Some(sent), sent);
        assert_eq!((segments.dns_ns, segments.tls_ns), (None, None));
        assert_eq!(segments.connect_ns, Some(0));
    }

    #[test]
    fn on_a_connection_that_is_there_only_the_answer_takes_time() {
        let sent = Instant::now();
        let segments = Moments::default().segments(
            sent,
            Some(sent + Duration::from_millis(1)),
            sent + Duration::from_millis(1),
        );
        assert_eq!(
            segments,
            Segments { first_byte_ns: Some(1_000_000), body_ns: Some(0), ..Segments::default() }
        );
    }

    #[test]
    fn what_did_not_come_to_pass_has_no_time() {
        let sent = Instant::now();
        let moments = Moments { connect_begun: Some(sent), resolved: Some(sent), ..Moments::default() };
        let segments = moments.segments(sent, None, sent);
        assert_eq!((segments.connect_ns, segments.first_byte_ns, segments.body_ns), (None, None, None));
    }
}
