//! HTTP/2, by hyper: a request at a time on a connection of its own, as everywhere in a load.

use std::error::Error as _;
use std::io;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2;
use hyper::header::HeaderMap;
use hyper::{Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::connector::{causes, closes, io_kind};
use super::fields::{Fields, Place};
use super::http1::Found;
use super::{Answer, MAX_BODY, NoAnswer, of_io, too_long, transport};
use crate::sample::Outcome;
use crate::stamps::Moments;

/// A connection; what reads and writes it is a task of its own.
pub struct Multiplexed {
    sender: http2::SendRequest<Empty<Bytes>>,
    /// The headers of an answer, as they would stand in one of HTTP/1.
    headers: Vec<u8>,
    places: Vec<Place>,
    body: Vec<u8>,
}

impl Multiplexed {
    /// # Errors
    ///
    /// The outcome of whatever would be asked on it.
    pub async fn over(stream: TlsStream<TcpStream>) -> Result<Self, Outcome> {
        let shaking = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (sender, connection) = shaking.await.map_err(|e| of_http(&e))?;
        tokio::spawn(connection);
        Ok(Self { sender, headers: Vec::new(), places: Vec::new(), body: Vec::new() })
    }

    pub async fn is_open(&mut self) -> bool {
        !self.sender.is_closed() && self.sender.ready().await.is_ok()
    }

    /// Asks, and reads the whole answer.
    ///
    /// # Errors
    ///
    /// When there is none: why, and whether the request may be sent again.
    pub async fn ask(
        &mut self,
        request: &Request<Empty<Bytes>>,
        moments: Option<&mut Moments>,
    ) -> Result<Found, NoAnswer> {
        let mut request = request.clone();
        *request.version_mut() = Version::HTTP_2;
        let response = self.sender.send_request(request).await.map_err(|e| no_answer(&e))?;
        Moments::answered(moments);
        let (head, body) = response.into_parts();
        self.keep(&head.headers);
        read(body, &mut self.body).await.map_err(NoAnswer::Failed)?;
        Ok(Found { status: head.status, body: None, keeps: true })
    }

    fn keep(&mut self, headers: &HeaderMap) {
        self.headers.clear();
        self.places.clear();
        for (name, value) in headers {
            let begin = self.headers.len();
            self.headers.extend_from_slice(name.as_str().as_bytes());
            let middle = self.headers.len();
            self.headers.extend_from_slice(b": ");
            let value_begins = self.headers.len();
            self.headers.extend_from_slice(value.as_bytes());
            self.places.push(Place { name: begin..middle, value: value_begins..self.headers.len() });
            self.headers.extend_from_slice(b"\r\n");
        }
    }

    pub fn answer(&self, found: Found) -> Answer<'_> {
        Answer {
            status: found.status,
            headers: Fields { bytes: &self.headers, places: &self.places },
            body: &self.body,
        }
    }
}

async fn read(mut body: Incoming, into: &mut Vec<u8>) -> Result<(), Outcome> {
    into.clear();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| of_http(&e))?;
        let Some(data) = frame.data_ref() else { continue };
        if into.len() + data.len() > MAX_BODY {
            return Err(too_long());
        }
        into.extend_from_slice(data);
    }
    Ok(())
}

fn no_answer(e: &hyper::Error) -> NoAnswer {
    if is_unbegun(e) {
        NoAnswer::Refused(of_http(e))
    } else if is_close(e) {
        NoAnswer::Closed(of_http(e))
    } else {
        NoAnswer::Failed(of_http(e))
    }
}

/// Whether the server has not begun with the request: it was never sent, or refused because the connection ends
/// (GOAWAY) or has too much to do (REFUSED_STREAM). Such a request may be sent again, whatever its method (RFC 9113,
/// section 8.7).
fn is_unbegun(e: &hyper::Error) -> bool {
    let refuses = |e: &h2::Error| {
        e.is_remote() && (e.is_go_away() || e.is_reset() && e.reason() == Some(h2::Reason::REFUSED_STREAM))
    };
    e.is_canceled() || causes(e).filter_map(|cause| cause.downcast_ref()).any(refuses)
}

/// Whether the connection ended before there was an answer.
fn is_close(e: &hyper::Error) -> bool {
    e.is_incomplete_message() || e.is_closed() || io_kind(e).is_some_and(closes)
}

fn of_http(e: &hyper::Error) -> Outcome {
    let root = std::iter::successors(e.source(), |cause| (*cause).source()).last();
    match root.and_then(|cause| cause.downcast_ref::<io::Error>()) {
        Some(e) => of_io(e),
        None => transport(root.map_or_else(|| e.to_string(), ToString::to_string)),
    }
}
