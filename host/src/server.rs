//! The HTTP server: accepts, routes, and leaves the response to an executor.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Scheme, Uri};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::{Instrument, Span, field, info, info_span};
use wasmtime_wasi_http::WasiBody;

use crate::app::{Answer, App, Target};
use crate::authority::authority;
use crate::error::Error;
use crate::executor::{Permit, RoutedRequest};
use crate::holder::holder;
use crate::respond;

const WELL_KNOWN: &str = "/.well-known/spin/";

/// An application at an address.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    service: Arc<Service>,
}

struct Service {
    app: App,
    /// One for each request in flight that there may be.
    permits: Arc<Semaphore>,
    limit: u32,
}

impl Server {
    /// Listens on `address`, `HOST:PORT`. Port 0 takes any free one.
    ///
    /// # Errors
    ///
    /// When this machine does not have the address, or it is in use, or this user may not use it.
    pub async fn bind(app: App, address: &str) -> Result<Self, Error> {
        let refused = |e: io::Error| refusal(address, &e);
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let limit = app.options.max_concurrent_requests.min(Semaphore::MAX_PERMITS);
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let permits = Arc::new(Semaphore::new(limit as usize));
        Ok(Self { listener, address, service: Arc::new(Service { app, permits, limit }) })
    }

    /// Where it listens, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What `spin up` prints.
    pub fn announcement(&self) -> String {
        let base = format!("http://{}", self.address);
        let mut text = format!("Serving {base}\nAvailable Routes:\n");
        for (route, Target { name, description, .. }) in self.service.app.router.routes() {
            let wildcard = route.wildcard_prefix();
            let path = wildcard.unwrap_or(&route.based);
            text += &format!("  {name}: {base}{path}{}\n", wildcard.map_or("", |_| " (wildcard)"));
            if !description.is_empty() {
                text += &format!("    {description}\n");
            }
        }
        text
    }

    /// Serves until `stop` is ready. Then requests in flight get `drain_timeout` to finish.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let graceful = GracefulShutdown::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, client)) => self.service.clone().serve(stream, client, &graceful),
                    // Out of file descriptors, or the client is gone already: neither ends the server.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                },
                () = &mut stop => break,
            }
        }
        drop(self.listener);
        let drained = async {
            graceful.shutdown().await;
            // Guests may work on after their responses.
            let _ = self.service.permits.acquire_many(self.service.limit).await;
        };
        let _ = timeout(self.service.app.options.drain_timeout, drained).await;
    }
}

/// Why `address` cannot be listened on, and what to do about it.
fn refusal(address: &str, e: &io::Error) -> Error {
    let remedy = match e.kind() {
        io::ErrorKind::AddrInUse => {
            let named = address.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
            let (by, what) = match named.and_then(holder) {
                Some(holder) => (format!(", by {holder}"), "that"),
                None => (String::new(), "what listens there"),
            };
            return Error(format!(
                "{address} is already in use{by}: stop {what}, or use --listen 127.0.0.1:0 for any free port"
            ));
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are mostly for administrators; use another, as in 127.0.0.1:3000"
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; use 127.0.0.1 for this machine alone, 0.0.0.0 for everybody"
        }
        _ => "write it as HOST:PORT, like 127.0.0.1:3000",
    };
    Error(format!("cannot listen on {address}: {e}; {remedy}"))
}

impl Service {
    /// Serves a connection of HTTP/1 or, by prior knowledge, HTTP/2 on a task of its own.
    fn serve(self: Arc<Self>, stream: TcpStream, client: SocketAddr, graceful: &GracefulShutdown) {
        let idle = self.app.options.idle_timeout;
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(idle);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(idle);
        // A response that comes in parts would wait up to 40 ms for the client to acknowledge the first one.
        let _ = stream.set_nodelay(true);
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            // The builder waits without limit for the bytes that tell the version.
            if !matches!(timeout(idle, stream.peek(&mut [0])).await, Ok(Ok(1..))) {
                return;
            }
            let service = service_fn(move |request| self.clone().traced(request, client));
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            // What a client does to its own connection is no news.
            let _ = watcher.watch(connection.into_owned()).await;
        });
    }

    /// Answers in a span that says what Spin's says.
    async fn traced(
        self: Arc<Self>,
        request: Request<Incoming>,
        client: SocketAddr,
    ) -> Result<Response<impl Body<Data = Bytes, Error = wasmtime_wasi_http::Error>>, Infallible> {
        let span = info_span!(
            "handle_http_request",
            "otel.kind" = "server",
            "http.request.method" = %request.method(),
            "network.peer.address" = %client.ip(),
            "network.peer.port" = %client.port(),
            "network.protocol.name" = "http",
            "url.path" = request.uri().path(),
            "url.query" = request.uri().query().unwrap_or(""),
            "url.scheme" = "http",
            "client.address" = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok()),
            "http.response.status_code" = field::Empty,
            "http.route" = field::Empty,
            "error.type" = field::Empty,
        );
        let answer = async {
            let (response, permit) = self.answer(request, client).await;
            info!("Request finished with status {}", response.status());
            Span::current().record("http.response.status_code", response.status().as_u16());
            // The closure holds the permit until the body has been sent.
            response.map(|body| {
                body.map_err(move |e| {
                    let _held = &permit;
                    e
                })
            })
        };
        Ok(answer.instrument(span).await)
    }

    async fn answer(
        &self,
        mut request: Request<Incoming>,
        client: SocketAddr,
    ) -> (Response<WasiBody>, Option<Permit>) {
        if let Err(reason) = make_absolute(&mut request) {
            return (respond::text(StatusCode::BAD_REQUEST, reason), None);
        }
        // Transport information. A guest that forwarded it would break its own request.
        request.headers_mut().remove(http::header::CONNECTION);
        let path = request.uri().path().to_owned();
        info!("Processing request on path {path:?}");
        if let Some(name) = path.strip_prefix(WELL_KNOWN) {
            return (self.well_known(name), None);
        }
        let Some((matched, target)) = self.app.router.find(&path) else {
            return (respond::text(StatusCode::NOT_FOUND, ""), None);
        };
        Span::current().record("http.route", &*matched.route.raw);
        let executor = match &target.answer {
            Answer::Component(executor) => executor,
            Answer::Static(response) => return (response.answer(), None),
        };
        let Ok(permit) = self.permits.clone().try_acquire_owned() else {
            return (respond::overloaded("too many requests in flight\n"), None);
        };
        let permit = Arc::new(permit);
        let routed = RoutedRequest { request, matched: &matched, client, permit: permit.clone() };
        let response = executor.execute(routed).await.unwrap_or_else(|failure| {
            (self.app.options.log)(&format!(
                "component {:?} did not answer {path:?}: {failure}",
                target.name
            ));
            Span::current().record("error.type", field::display(&failure));
            failure.response()
        });
        (response, Some(permit))
    }

    fn well_known(&self, name: &str) -> Response<WasiBody> {
        match name {
            "health" => respond::text(StatusCode::OK, "OK"),
            "info" => {
                let App { name, version, .. } = &self.app;
                let mut info = serde_json::json!({ "name": name });
                if !version.is_empty() {
                    info["version"] = version.as_str().into();
                }
                respond::typed(StatusCode::OK, "application/json", format!("{info:#}"))
            }
            _ => respond::text(StatusCode::NOT_FOUND, ""),
        }
    }
}

/// Gives the request's target a scheme and an authority.
fn make_absolute(request: &mut Request<Incoming>) -> Result<(), &'static str> {
    let authority = authority(request)?;
    let mut parts = request.uri().clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    *request.uri_mut() = Uri::from_parts(parts).map_err(|_| "the request target is invalid\n")?;
    Ok(())
}
