//! Moscow time as a Spin component for WASI preview 2 (`wasi:http/incoming-handler@0.2`).
//!
//! Written against the low-level form of the handler, which takes the response apart into as few calls of the
//! host as there can be: headers at once, the time in one write, the page in three.
#![cfg(target_family = "wasm")]

use moscow_time::evidence::Packaging;
use moscow_time::message::{Request, Response, component_path};
use moscow_time::service;
use spin_sdk::http::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};
use spin_sdk::http_component;

/// WASI lets one blocking write take no more.
const MOST: usize = 4096;

#[http_component]
fn handle(incoming: IncomingRequest, out: ResponseOutparam) {
    let headers = incoming.headers();
    let header = |name: &str| String::from_utf8(headers.get(name).into_iter().next()?).ok();
    let path = component_path(&incoming.path_with_query().unwrap_or_default(), header);
    let method = incoming.method().to_string();
    send(service::answer(&Request { method: &method, path: &path }, Packaging::Preview2), out);
}

fn send(response: Response, out: ResponseOutparam) {
    let fields = response.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    let fields = Fields::from_list(&fields.collect::<Vec<_>>()).expect("routes answer with valid headers");
    let outgoing = OutgoingResponse::new(fields);
    outgoing.set_status_code(response.status).expect("routes answer with valid codes");
    let body = outgoing.body().expect("the body is taken once");
    out.set(outgoing);
    if !response.body.is_empty() {
        let stream = body.write().expect("the stream is taken once");
        // A client that has gone away is no error of ours.
        let _ = response.body.chunks(MOST).try_for_each(|piece| stream.blocking_write_and_flush(piece));
    }
    // For HEAD the host finds no body of the length that the header tells: that is as it should be.
    let _ = OutgoingBody::finish(body, None);
}
