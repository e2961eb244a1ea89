//! A response that the manifest contains.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Deserialize;
use wasmtime_wasi_http::WasiBody;

use crate::respond;

/// A response that the manifest contains, and no component gives.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticResponse {
    #[serde(default = "ok")]
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

fn ok() -> u16 {
    200
}

impl StaticResponse {
    pub(super) fn check(&self) -> Result<(), String> {
        if !(200..=999).contains(&self.status_code) {
            return Err(format!("status_code {} is none: write one from 200 to 999", self.status_code));
        }
        let is_header = |(name, value): &(&String, &String)| {
            HeaderName::try_from(name.as_str()).is_ok() && HeaderValue::try_from(value.as_str()).is_ok()
        };
        match self.headers.iter().find(|header| !is_header(header)) {
            Some((name, _)) => Err(format!("header {name:?} has an invalid name or value")),
            None => Ok(()),
        }
    }

    pub(crate) fn answer(&self) -> Response<WasiBody> {
        let mut response = Response::new(respond::full(Bytes::from(self.body.clone())));
        *response.status_mut() = StatusCode::from_u16(self.status_code).unwrap_or_default();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
