//! Moscow time as a component for WASI preview 2 (`wasi:http/incoming-handler@0.2`), for Spin and every other host.
//!
//! An instance answers one request, so what counts is what a fresh one costs. This is written against WASI itself and
//! without `std`: the component imports what it calls, nothing is set up first, and the response is taken apart into
//! as few calls of the host as there can be: headers at once, the time in one write, the page in three.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

mod runtime;
mod wasi;

use moscow_time::evidence::Packaging;
use moscow_time::message::{Request, Response, component_path};
use moscow_time::service::{self, Platform};

use crate::wasi::{Handle, Incoming};

/// WASI lets one blocking write take no more.
const MOST: usize = 4096;

/// A response has it from the start.
const DEFAULT_STATUS: u16 = 200;

struct Component;

#[unsafe(export_name = "wasi:http/incoming-handler@0.2.0#handle")]
extern "C" fn handle(request: Handle, out: Handle) {
    send(out, &answer(&Incoming::from_host(request)));
}

fn answer(incoming: &Incoming) -> Response {
    let headers = incoming.headers();
    let target = incoming.path_with_query().unwrap_or_default();
    let path = component_path(&target, |name| headers.first(name));
    let request = Request { method: &incoming.method(), path: &path };
    service::answer::<Component>(&request, Packaging::Preview2)
}

fn send(out: Handle, response: &Response) {
    let status = Some(response.status).filter(|status| *status != DEFAULT_STATUS);
    let headers = response.headers.iter().map(|(name, value)| (*name, value.as_ref()));
    wasi::respond(out, status, headers, response.body.chunks(MOST));
}

impl Platform for Component {
    fn unix_now() -> i64 {
        wasi::unix_seconds() as i64
    }

    fn steady_nanos() -> u64 {
        wasi::steady_nanos()
    }

    fn random() -> u64 {
        wasi::random()
    }
}
