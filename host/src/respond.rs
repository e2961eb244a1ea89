//! The answers that the host gives itself.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use wasmtime_wasi_http::WasiBody;

/// `text` in full, with its length.
pub(crate) fn text(status: StatusCode, text: &'static str) -> Response<WasiBody> {
    let mut response = Response::new(full(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// More is asked than can be served; a client may try again in a second.
pub(crate) fn overloaded() -> Response<WasiBody> {
    let mut response = text(StatusCode::SERVICE_UNAVAILABLE, "too many requests in flight\n");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

pub(crate) fn full(body: Bytes) -> WasiBody {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}
