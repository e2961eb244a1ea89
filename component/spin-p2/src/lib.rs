//! Moscow time as a component for WASI preview 2 (`wasi:http/incoming-handler@0.2`), for Spin and every other host.
//!
//! An instance answers one request, so what counts is what a fresh one costs. This is written against the plain bindings
//! and without `std`: the component imports what it calls, nothing is set up first, and the response is taken apart into
//! as few calls of the host as there can be: headers at once, the time in one write, the page in three.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

mod runtime;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use moscow_time::evidence::Packaging;
use moscow_time::message::{Request, Response, component_path};
use moscow_time::service::{self, Platform};
use wasi::clocks::{monotonic_clock, wall_clock};
use wasi::exports::http::incoming_handler::Guest;
use wasi::http::types::{Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam};
use wasi::random::random;

/// WASI lets one blocking write take no more.
const MOST: usize = 4096;

/// A response has it from the start.
const DEFAULT_STATUS: u16 = 200;

struct Component;

wasi::http::proxy::export!(Component);

impl Guest for Component {
    fn handle(incoming: IncomingRequest, out: ResponseOutparam) {
        let headers = incoming.headers();
        let header = |name: &str| String::from_utf8(headers.get(&name.to_owned()).into_iter().next()?).ok();
        let path = component_path(&incoming.path_with_query().unwrap_or_default(), header);
        let method = incoming.method();
        let request = Request { method: name(&method), path: &path };
        send(service::answer::<Self>(&request, Packaging::Preview2), out);
    }
}

impl Platform for Component {
    fn unix_now() -> i64 {
        wall_clock::now().seconds as i64
    }

    fn steady_nanos() -> u64 {
        monotonic_clock::now()
    }

    fn random() -> u64 {
        random::get_random_u64()
    }
}

fn name(method: &Method) -> &str {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(name) => name,
    }
}

fn send(response: Response, out: ResponseOutparam) {
    let fields = response.headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
    let fields = Fields::from_list(&fields.collect::<Vec<_>>()).expect("routes answer with valid headers");
    let outgoing = OutgoingResponse::new(fields);
    if response.status != DEFAULT_STATUS {
        outgoing.set_status_code(response.status).expect("routes answer with valid codes");
    }
    let body = outgoing.body().expect("the body is taken once");
    ResponseOutparam::set(out, Ok(outgoing));
    if !response.body.is_empty() {
        let stream = body.write().expect("the stream is taken once");
        // A client that has gone away is no error of ours.
        let _ = response.body.chunks(MOST).try_for_each(|piece| stream.blocking_write_and_flush(piece));
    }
    // For HEAD the host finds no body of the length that the header tells: that is as it should be.
    let _ = OutgoingBody::finish(body, None);
}
