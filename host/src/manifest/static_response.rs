//! A response that the manifest contains.

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use wasmtime_wasi_http::WasiBody;

use crate::respond;

/// A response that the manifest contains, and no component gives.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaticResponse {
    #[serde(default, with = "http_serde::status_code")]
    pub(super) status_code: StatusCode,
    #[serde(default, with = "http_serde::header_map")]
    headers: HeaderMap,
    #[serde(default)]
    body: String,
}

impl StaticResponse {
    pub fn answer(&self) -> Response<WasiBody> {
        let mut response = Response::new(respond::full(Bytes::from(self.body.clone())));
        *response.status_mut() = self.status_code;
        *response.headers_mut() = self.headers.clone();
        response
    }
}
