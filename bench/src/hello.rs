//! A bare hyper server: what a server cannot beat by much, and what clients are compared against.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use loadtest::error::Error;
use tokio::net::TcpListener;

/// As long as what `/api/time` answers, of a day when no cache can be older.
const BODY: &str = r#"{"moscow_time":"2100-01-01 03:00:00 MSK","timestamp":4102444800}"#;

/// Listens on this machine; port 0 is any that is free.
///
/// # Errors
///
/// When the port is taken.
pub async fn listen(port: u16) -> Result<(SocketAddr, TcpListener), Error> {
    let refused = |e| Error::Usage(format!("nobody can listen on port {port} here: {e}"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
    Ok((listener.local_addr().map_err(refused)?, listener))
}

/// Answers every request alike, until it is dropped.
pub async fn serve(listener: TcpListener) -> Infallible {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
    }
}

async fn answer(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(BODY.as_bytes())));
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, json);
    Ok(response)
}
