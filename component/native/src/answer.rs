//! Requests and answers, as hyper has them.

use std::borrow::Cow;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::{Request, Response};

use super::{Answer, Answering, Asked};

pub(super) fn to(request: &Request<Incoming>, answer: Answering) -> Response<Full<Bytes>> {
    answer(Asked { method: request.method().as_str(), path: request.uri().path() }).into_hyper()
}

impl Answer {
    /// Nothing is copied.
    fn into_hyper(self) -> Response<Full<Bytes>> {
        let body = match self.body {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        // hyper says itself how long a body is that is there.
        let tells_length = body.is_empty();
        let mut out = Response::new(Full::new(body));
        *out.status_mut() = self.status.try_into().expect("answers have valid codes");
        out.headers_mut().reserve(self.headers.len());
        for (name, value) in self.headers {
            if name == CONTENT_LENGTH.as_str() && !tells_length {
                continue;
            }
            let value = match value {
                Cow::Borrowed(value) => HeaderValue::from_static(value),
                Cow::Owned(value) => HeaderValue::try_from(value).expect("answers have printable headers"),
            };
            out.headers_mut().insert(HeaderName::from_static(name), value);
        }
        out
    }
}
