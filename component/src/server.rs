//! The native HTTP server.

use std::io::{self, ErrorKind, Write};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::http::uri::Authority;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use moscow_time::evidence::Packaging;
use moscow_time::routes::{self, decode};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

/// How long a client may take to send the head of its next request. Idle connections close after it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

/// How long requests in flight may take once the server is told to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or SIGINT. Prints `Serving http://ADDRESS`, with the real port, once it accepts connections.
pub fn serve(host: &str, port: &str) -> Result<(), String> {
    let port = port
        .parse()
        .map_err(|_| format!("PORT={port:?} is not a port: set it to a number from 0 to 65535"))?;
    let runtime = Runtime::new().map_err(|e| format!("cannot start the server: {e}"))?;
    runtime.block_on(async {
        let listener = listen(host, port).await?;
        let stop = stop_signal().map_err(|e| format!("cannot watch for signals: {e}"))?;
        let address = listener.local_addr().map_err(|e| format!("cannot start the server: {e}"))?;
        // A closed standard output is no reason not to serve.
        let _ = writeln!(io::stdout(), "Serving http://{address}");
        accept_until(stop, listener).await;
        Ok(())
    })
}

async fn listen(host: &str, port: u16) -> Result<TcpListener, String> {
    TcpListener::bind((host, port)).await.map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => {
            format!("{host}:{port} is already in use: set PORT to another port, or to 0 for any free one")
        }
        _ => format!("cannot listen on HOST={host:?} PORT={port}: {e}; try HOST=127.0.0.1 or HOST=0.0.0.0"),
    })
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
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let _ = stream.set_nodelay(true);
                    let connection = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .header_read_timeout(HEAD_TIMEOUT)
                        .serve_connection(TokioIo::new(stream), service_fn(answer));
                    // An error is the client's: it went away, or did not speak HTTP.
                    tokio::spawn(connections.watch(connection));
                }
                // The client is gone, or the process is out of file descriptors: neither ends the server.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    let _ = timeout(DRAIN_TIMEOUT, connections.shutdown()).await;
}

async fn answer(request: Request<Incoming>) -> hyper::http::Result<Response<Full<Bytes>>> {
    let response = match invalid(&request) {
        Some(detail) => moscow_time::reject(detail, Packaging::Native),
        None => {
            let (method, path) = (request.method().to_string(), decode(request.uri().path()));
            let request = routes::Request { method, path, ..Default::default() };
            moscow_time::answer(&request, Packaging::Native)
        }
    };
    let builder = Response::builder().status(response.status);
    let builder =
        response.headers.into_iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    builder.body(Full::from(response.body))
}

/// What makes a request invalid by RFC 9112, sections 3.2 and 3.3, that hyper does not look at.
fn invalid<B>(request: &Request<B>) -> Option<&'static str> {
    let uri = request.uri();
    let form_fits = match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), _) => matches!(scheme, "http" | "https"),
        (None, Some(_)) => request.method() == Method::CONNECT,
        (None, None) => uri.path().starts_with('/') || request.method() == Method::OPTIONS,
    };
    let mut hosts = request.headers().get_all(HOST).iter();
    match (form_fits, hosts.next(), hosts.next()) {
        (false, _, _) => Some("The method does not take a request target of this form."),
        (_, None, _) if request.version() == Version::HTTP_11 => Some("A Host header is missing."),
        (_, Some(_), Some(_)) => Some("There are two Host headers."),
        (_, Some(host), None) if !host.is_empty() && !is_authority(host.as_bytes()) => {
            Some("The Host header is not a host.")
        }
        _ => None,
    }
}

fn is_authority(host: &[u8]) -> bool {
    Authority::try_from(host).is_ok_and(|authority| !authority.as_str().contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_valid(method: &str, target: &str, hosts: &[&str]) -> bool {
        let builder = Request::builder().method(method).uri(target);
        let builder = hosts.iter().fold(builder, |builder, host| builder.header(HOST, *host));
        invalid(&builder.body(()).unwrap()).is_none()
    }

    #[test]
    fn the_form_of_the_target_must_fit_the_method() {
        for (method, target) in [
            ("GET", "/"),
            ("GET", "//"),
            ("GET", "http://example.com"),
            ("POST", "https://example.com/api/time?x"),
            ("OPTIONS", "*"),
            ("CONNECT", "example.com:80"),
        ] {
            assert!(is_valid(method, target, &["x"]), "{method} {target}");
        }
        for (method, target) in [("GET", "example.com:80"), ("GET", "*"), ("GET", "ftp://example.com/")] {
            assert!(!is_valid(method, target, &["x"]), "{method} {target}");
        }
    }

    #[test]
    fn there_is_one_host_and_it_is_one() {
        for host in ["", "x", "example.com:8080", "[::1]:80", "127.0.0.1", "x:"] {
            assert!(is_valid("GET", "/", &[host]), "{host}");
        }
        for host in ["a b", "a/b", "a@b", "a,b c", "a:b:c", "é", "[::1"] {
            assert!(!is_valid("GET", "/", &[host]), "{host}");
        }
        assert!(!is_valid("GET", "/", &[]));
        assert!(!is_valid("GET", "/", &["x", "x"]));
    }
}
