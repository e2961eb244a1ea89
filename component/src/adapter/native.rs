//! The native HTTP server.

use std::convert::Infallible;
use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream, lookup_host};

use crate::evidence::Packaging;
use crate::message::{Request, Response, decode_path};
use crate::process::Process;
use crate::service;

/// How long requests in flight may take once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// How long a client may take to send its request's headers.
const HEADERS: Duration = Duration::from_secs(30);

/// Why the server did not start, in one line that names the remedy.
#[derive(Debug)]
pub struct ServeError(String);

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ServeError {}

/// Serves on `host`:`port` until SIGTERM or SIGINT, then lets requests in flight finish.
///
/// Prints `Serving http://ADDRESS` with the real port once it accepts connections.
///
/// # Errors
///
/// When the address is not one, or cannot be listened on.
pub fn serve(host: &str, port: &str) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| ServeError(format!("cannot start the server: {e}")))?;
    runtime.block_on(async {
        let listener = listen(host, port).await?;
        let stop = stop_signal().map_err(|e| ServeError(format!("cannot watch for signals: {e}")))?;
        announce(&listener);
        accept_until(stop, listener).await;
        Ok(())
    })
}

async fn listen(host: &str, port: &str) -> Result<TcpListener, ServeError> {
    let number: u16 = port.parse().map_err(|_| {
        ServeError(format!("PORT={port:?} is not a port: set it to a number from 0 to 65535"))
    })?;
    let address = address_of(host, number).await?;
    TcpListener::bind(address).await.map_err(|e| match e.kind() {
        io::ErrorKind::AddrInUse => ServeError(format!(
            "{address} is already in use: set PORT to another port, or to 0 for any free one"
        )),
        _ => ServeError(format!(
            "cannot listen on {address}: {e}; set HOST and PORT to an address of this machine"
        )),
    })
}

async fn address_of(host: &str, port: u16) -> Result<SocketAddr, ServeError> {
    let wrong =
        || ServeError(format!("HOST={host:?} is no address of this machine: try 127.0.0.1 or 0.0.0.0"));
    lookup_host((host, port)).await.map_err(|_| wrong())?.next().ok_or_else(wrong)
}

/// A closed standard output is no reason not to serve.
fn announce(listener: &TcpListener) {
    if let Ok(address) = listener.local_addr() {
        let _ = writeln!(io::stdout(), "Serving http://{address}");
    }
}

#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

async fn accept_until(stop: impl Future<Output = ()>, listener: TcpListener) {
    let mut stop = pin!(stop);
    let graceful = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => spawn_connection(stream, &graceful),
                // Out of file descriptors, or the client is gone already: neither ends the server.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
}

fn spawn_connection(stream: TcpStream, graceful: &GracefulShutdown) {
    // Without it, Nagle's algorithm may hold back the tail of an answer for the client's delayed ACK.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(stream), service_fn(answer));
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // What a client does to its own connection is no news.
        let _ = connection.await;
    });
}

async fn answer(request: hyper::Request<Incoming>) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
    let path = decode_path(request.uri().path());
    let request = Request { method: request.method().as_str(), path: &path };
    Ok(to_hyper(service::answer::<Process>(&request, Packaging::Native)))
}

fn to_hyper(response: Response) -> hyper::Response<Full<Bytes>> {
    let body = match response.body {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let mut out = hyper::Response::new(Full::new(body));
    *out.status_mut() = response.status.try_into().expect("routes answer with valid codes");
    for (name, value) in response.headers {
        let value = HeaderValue::from_str(&value).expect("routes answer with printable headers");
        out.headers_mut().insert(name, value);
    }
    out
}
