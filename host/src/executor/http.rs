//! What components with an HTTP handler have in common: how they are linked, and what a request is to them.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http::uri::{Authority, Scheme, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Body, Incoming};
use wasmtime::component::{Component, Linker};
use wasmtime_wasi_http::{WasiBody, p2, p3};

use super::preview2::Preview2Executor;
use super::preview3::Preview3Executor;
use super::{Asked, Executor, Failure};
use crate::guest::Guest;
use crate::options::Options;
use crate::{spin_headers, wasi};

/// The executor for a component with an HTTP handler.
///
/// # Errors
///
/// When the component exports no handler, or imports what is not provided.
pub(crate) fn executor(
    component: &Component,
    environment: &BTreeMap<String, String>,
    options: &Arc<Options>,
) -> Result<Executor, String> {
    let pre = linker(component)
        .and_then(|linker| linker.instantiate_pre(component))
        .map_err(|e| format!("{e:#}; what Spin provides beyond WASI needs Spin itself"))?;
    if let Ok(executor) = Preview3Executor::new(pre.clone(), environment, options) {
        return Ok(Executor::Preview3(executor));
    }
    Preview2Executor::new(pre, environment, options).map(Executor::Preview2).map_err(|_| {
        "it exports neither wasi:http/incoming-handler@0.2 nor wasi:http/handler@0.3; a command needs \
         executor = { type = \"wagi\" }"
            .to_owned()
    })
}

/// With preview 3 where the engine can.
fn linker(component: &Component) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(component.engine());
    wasi::add_to_linker(&mut linker)?;
    p2::add_only_http_to_linker_async(&mut linker)?;
    if component.engine().get_concurrency_support() {
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        p3::add_to_linker(&mut linker)?;
    }
    Ok(linker)
}

/// The request as a component gets it.
///
/// # Errors
///
/// When its body is announced to be longer than it may be.
pub(super) fn prepare(
    Asked { mut request, matched, client, .. }: Asked,
    max_body_size: usize,
) -> Result<Request<WasiBody>, Failure> {
    if request.body().size_hint().lower() > max_body_size as u64 {
        return Err(Failure::BodyTooLarge);
    }
    spin_headers::set(&mut request, matched, client);
    make_absolute(&mut request);
    Ok(request.map(|body| limited(body, max_body_size)))
}

fn limited(body: Incoming, max_size: usize) -> WasiBody {
    if body.is_end_stream() {
        return Empty::<Bytes>::new().map_err(|never| match never {}).boxed_unsync();
    }
    Limited::new(body, max_size)
        .map_err(|_| wasmtime_wasi_http::Error::HttpRequestBodySize(None))
        .boxed_unsync()
}

/// WASI requests have a scheme and an authority.
fn make_absolute(request: &mut Request<Incoming>) {
    let authority = Authority::try_from(spin_headers::authority(request));
    let mut parts = mem::take(request.uri_mut()).into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority.unwrap_or_else(|_| Authority::from_static("localhost")));
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
}
