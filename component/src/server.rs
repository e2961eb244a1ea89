//! The native HTTP server.

use std::io::{self, ErrorKind, Write};
use std::pin::pin;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, http};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use moscow_time::evidence::Packaging;
use moscow_time::routes::{self, decode};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use crate::validity::invalid;

/// How long a client may take to send the head of its next request. Idle connections close after it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

/// How long requests in flight may take once the server is told to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or SIGINT. Prints `Serving http://ADDRESS`, with the real port, once it accepts connections.
pub fn serve(host: &str, port: &str) -> Result<(), String> {
    let failed = |e: io::Error| format!("cannot start the server: {e}");
    let port = port
        .parse()
        .map_err(|_| format!("PORT={port:?} is not a port: set it to a number from 0 to 65535"))?;
    Runtime::new().map_err(failed)?.block_on(async {
        let listener = TcpListener::bind((host, port)).await.map_err(|e| refusal(host, port, &e))?;
        let stop = stop_signal().map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        // A closed standard output is no reason not to serve.
        let _ = writeln!(io::stdout(), "Serving http://{address}");
        accept_until(stop, listener).await;
        Ok(())
    })
}

fn refusal(host: &str, port: u16, e: &io::Error) -> String {
    match e.kind() {
        ErrorKind::AddrInUse => {
            format!("{host}:{port} is already in use: set PORT to another port, or to 0 for any free one")
        }
        _ => format!("cannot listen on HOST={host:?} PORT={port}: {e}; try HOST=127.0.0.1 or HOST=0.0.0.0"),
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
    Ok(async { drop(tokio::signal::ctrl_c().await) })
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

async fn answer(request: Request<Incoming>) -> http::Result<Response<String>> {
    let response = match invalid(&request) {
        Some(detail) => moscow_time::reject(detail, Packaging::Native),
        None => {
            let (method, path) = (request.method().to_string(), decode(request.uri().path()));
            let request = routes::Request { method, path, ..Default::default() };
            moscow_time::answer(&request, Packaging::Native)
        }
    };
    let mut answer = Response::builder().status(response.status);
    for (name, value) in response.headers {
        answer = answer.header(name, value);
    }
    answer.body(response.body)
}
