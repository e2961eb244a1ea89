//! The HTTP server: accepts, routes, and leaves the answer to an executor.

use std::convert::Infallible;
use std::fmt::Write;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use wasmtime_wasi_http::WasiBody;

use crate::app::App;
use crate::busy_poll::BusyPoll;
use crate::client::Client;
use crate::error::Error;
use crate::executor::Asked;
use crate::holder::holder;
use crate::lanes::{Connection, Connections, Lanes};
use crate::respond;

/// How long requests in flight may take once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// How long a client may take to send its request's headers.
const HEADERS: Duration = Duration::from_secs(30);

const WELL_KNOWN: &str = "/.well-known/spin/";

/// An application at an address.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    service: Arc<Service>,
    lanes: Lanes,
}

struct Service {
    app: App,
    in_flight: Arc<Semaphore>,
}

/// What the requests of a connection have in common.
struct Asking {
    service: Arc<Service>,
    client: Client,
    lane: usize,
    busy_poll: Arc<BusyPoll>,
}

impl Server {
    /// Listens on `address`, `HOST:PORT`; port 0 takes any free one.
    ///
    /// # Errors
    ///
    /// When it is no address of this machine, in use, or not for this user, or no thread can be had.
    pub async fn bind(app: App, address: &str) -> Result<Self, Error> {
        let refused = |e: io::Error| Error::Listen(refusal(address, &e));
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let most = app.options.max_concurrent_requests.min(Semaphore::MAX_PERMITS);
        let in_flight = Arc::new(Semaphore::new(most));
        let service = Arc::new(Service { app, in_flight });
        let lanes = Lanes::start(|connections| serve(&service, connections)).map_err(|e| {
            Error::Listen(format!(
                "cannot start the threads that serve {address}: {e}; end other programs, or raise `ulimit -u`"
            ))
        })?;
        Ok(Self { listener, address, service, lanes })
    }

    /// Where it listens, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What `spin up` prints.
    pub fn announcement(&self) -> String {
        let base = format!("http://{}", self.address);
        let mut text = format!("Serving {base}\nAvailable Routes:\n");
        for route in self.service.app.router.routes() {
            let wildcard = if route.is_wildcard() { " (wildcard)" } else { "" };
            let _ = writeln!(text, "  {}: {base}{}{wildcard}", route.component, route.prefix());
        }
        text
    }

    /// Serves until `stop` is ready, then lets requests in flight finish, for a while.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, client)) => self.lanes.give(stream, client),
                    // Out of file descriptors, or the client is gone already: neither ends the server.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                },
                () = &mut stop => break,
            }
        }
        drop(self.listener);
        self.lanes.end().await;
    }
}

/// Serves the connections of one lane, until there will be no more and those that are there have drained.
fn serve(service: &Arc<Service>, mut connections: Connections) -> impl Future<Output = ()> + Send + use<> {
    let service = service.clone();
    async move {
        let (graceful, busy_poll) =
            (GracefulShutdown::new(), Arc::new(BusyPoll::new(service.app.options.busy_poll)));
        let polling = busy_poll.clone();
        tokio::spawn(async move { polling.run().await });
        while let Some(connection) = connections.next().await {
            spawn_connection(&service, connection, &busy_poll, &graceful);
        }
        let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
    }
}

/// Why `address` cannot be listened on, and what to do about it.
fn refusal(address: &str, e: &io::Error) -> String {
    let remedy = match e.kind() {
        io::ErrorKind::AddrInUse => {
            let named = address.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
            let holder = named.and_then(holder);
            let (by, what) = holder
                .map_or((String::new(), "what listens there"), |holder| (format!(", by {holder}"), "that"));
            return format!(
                "{address} is already in use{by}: stop {what}, or use --listen 127.0.0.1:0 for any free port"
            );
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are mostly for administrators; use another, as in 127.0.0.1:3000"
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; use 127.0.0.1 for this machine alone, 0.0.0.0 for everybody"
        }
        _ => "write it as HOST:PORT, like 127.0.0.1:3000",
    };
    format!("cannot listen on {address}: {e}; {remedy}")
}

fn spawn_connection(
    service: &Arc<Service>,
    connection: Connection,
    busy_poll: &Arc<BusyPoll>,
    graceful: &GracefulShutdown,
) {
    let Connection { stream, client, lane, place } = connection;
    // Nagle's algorithm would hold back the tail of an answer for the client's delayed ACK.
    let _ = stream.set_nodelay(true);
    let (service, busy_poll) = (service.clone(), busy_poll.clone());
    let asking = Arc::new(Asking { service, client: client.into(), lane, busy_poll });
    let answer = service_fn(move |request| {
        let asking = asking.clone();
        async move {
            let _in_flight = asking.busy_poll.one_more();
            Ok::<_, Infallible>(asking.service.answer(request, &asking.client, asking.lane).await)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(stream), answer);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // What a client does to its own connection is no news.
        let _ = connection.await;
        drop(place);
    });
}

impl Service {
    async fn answer(&self, request: Request<Incoming>, client: &Client, lane: usize) -> Response<WasiBody> {
        if request.uri().path_and_query().is_none() {
            // `CONNECT host:port`, and what else could be a host but is no path.
            return respond::text(StatusCode::BAD_REQUEST, "the request asks for no path\n");
        }
        if let Some(name) = request.uri().path().strip_prefix(WELL_KNOWN) {
            return match name {
                "health" => respond::text(StatusCode::OK, "OK"),
                _ => respond::text(StatusCode::NOT_FOUND, ""),
            };
        }
        let Some(matched) = self.app.router.find(request.uri().path()) else {
            return respond::text(StatusCode::NOT_FOUND, "");
        };
        let path = request.uri().path().to_owned();
        let Ok(permit) = self.in_flight.clone().try_acquire_owned() else { return respond::overloaded() };
        let asked = Asked { request, matched: &matched, client, lane, permit: Some(permit) };
        // The match borrows the router, not the request.
        match self.app.executors[matched.index].execute(asked).await {
            Ok(response) => response,
            Err(failure) => {
                let (log, component) = (self.app.options.log, &matched.route.component);
                log(&format!("component {component:?} did not answer {path:?}: {failure}"));
                failure.response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_not_to_listen_has_its_own_remedy() {
        for (kind, remedy) in [
            (io::ErrorKind::AddrInUse, "--listen 127.0.0.1:0"),
            (io::ErrorKind::PermissionDenied, "ports below 1024"),
            (io::ErrorKind::AddrNotAvailable, "no such address"),
            (io::ErrorKind::InvalidInput, "HOST:PORT"),
        ] {
            let message = refusal("192.0.2.1:80", &kind.into());
            assert!(message.contains("192.0.2.1:80") && message.contains(remedy), "{message}");
        }
    }
}
