//! Requests and answers, as hyper has them.

use std::borrow::Cow;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response};

use super::{Answer, Answering, Asked};

pub(super) fn to(request: Request<Incoming>, answer: Answering) -> Response<Full<Bytes>> {
    let (asked, _) = request.into_parts();
    answer(Asked { method: asked.method.as_str(), path: asked.uri.path() }).into_hyper(asked.headers)
}

impl Answer {
    /// Nothing is copied. The request's `headers` become the answer's, as hyper makes an answer's those of the next request:
    /// a connection has one map.
    fn into_hyper(self, mut headers: HeaderMap) -> Response<Full<Bytes>> {
        let body = match self.body {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        // hyper says itself how long a body is that is there.
        let tells_length = body.is_empty();
        let mut out = Response::new(Full::new(body));
        *out.status_mut() = self.status.try_into().expect("answers have valid codes");
        headers.clear();
        headers.reserve(self.headers.len());
        for (name, value) in self.headers {
            if name == CONTENT_LENGTH.as_str() && !tells_length {
                continue;
            }
            headers.insert(name_of(name), value_of(value));
        }
        *out.headers_mut() = headers;
        out
    }
}

/// Those that `http` does not know it would look at byte by byte, with each answer.
fn name_of(name: &'static str) -> HeaderName {
    const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
    match name {
        "server-timing" => SERVER_TIMING,
        name => HeaderName::from_static(name),
    }
}

/// Unseen: to look at each byte would be a tenth of what a request costs. That none is a control character holds of all that
/// this program answers, since nothing of a request is in it; where assertions are compiled, `http` makes sure.
fn value_of(value: Cow<'static, str>) -> HeaderValue {
    let value = match value {
        Cow::Borrowed(value) => Bytes::from_static(value.as_bytes()),
        Cow::Owned(value) => Bytes::from(value),
    };
    // SAFETY: all that must hold is that it is UTF-8, and it was text.
    unsafe { HeaderValue::from_maybe_shared_unchecked(value) }
}
