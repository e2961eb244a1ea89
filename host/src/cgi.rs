//! CGI/1.1 (RFC 3875) as WAGI uses it, pure: a request into variables, output into a response.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, LOCATION};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;

use crate::router::Match;
use crate::spin_headers::facts;

pub(crate) type Variables = BTreeMap<String, String>;

/// The variables that describe `request`, whose target is absolute and whose body has `length` bytes.
pub(crate) fn variables<B>(
    request: &Request<B>,
    length: usize,
    matched: &Match,
    client: SocketAddr,
) -> Variables {
    let (uri, headers) = (request.uri(), request.headers());
    let ip = client.ip().to_string();
    let mut variables = header_variables(headers);
    let described = [
        ("AUTH_TYPE", String::new()),
        ("CONTENT_LENGTH", length.to_string()),
        ("CONTENT_TYPE", joined(headers, &CONTENT_TYPE)),
        ("GATEWAY_INTERFACE", "CGI/1.1".into()),
        ("PATH_TRANSLATED", decode(&matched.path_info)),
        ("QUERY_STRING", uri.query().unwrap_or_default().into()),
        ("REMOTE_ADDR", ip.clone()),
        ("REMOTE_HOST", ip),
        ("REMOTE_USER", String::new()),
        ("REQUEST_METHOD", request.method().to_string()),
        ("SCRIPT_NAME", matched.route.based_prefix().into()),
        ("SERVER_NAME", uri.host().unwrap_or_default().into()),
        ("SERVER_PORT", uri.port_u16().unwrap_or(80).to_string()),
        ("SERVER_PROTOCOL", format!("{:?}", request.version())),
        ("SERVER_SOFTWARE", "WAGI/1".into()),
        ("X_RAW_PATH_INFO", matched.path_info.clone()),
    ];
    variables.extend(described.map(|(name, value)| (name.to_owned(), value)));
    let facts = facts(request, matched, client).into_iter();
    variables.extend(facts.map(|(_, name, value)| (name.into_owned(), value.into_owned())));
    variables
}

/// A variable ends at a NUL, so a decoded one is replaced, like what is not UTF-8.
fn decode(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().replace('\0', "\u{fffd}")
}

/// `HTTP_*`, with the values of a repeated header joined. RFC 3875 keeps back `Authorization` and `Connection`.
/// `Proxy` is kept back since programs would take its variable for their own proxy setting.
fn header_variables(headers: &HeaderMap) -> Variables {
    let kept =
        headers.keys().filter(|name| !["authorization", "connection", "proxy"].contains(&name.as_str()));
    let variable =
        |name: &HeaderName| format!("HTTP_{}", name.as_str().to_ascii_uppercase().replace('-', "_"));
    kept.map(|name| (variable(name), joined(headers, name))).collect()
}

fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join(if name == COOKIE { "; " } else { ", " })
}

/// Arguments as the manifest describes them by `template`, its `argv`.
pub(crate) fn arguments<B>(template: &str, request: &Request<B>) -> Vec<String> {
    let query = request.uri().query().unwrap_or_default().replace('&', " ");
    let filled = template.replace("${SCRIPT_NAME}", request.uri().path()).replace("${ARGS}", &query);
    filled.split(' ').map(str::to_owned).collect()
}

/// The response that a program has printed.
///
/// # Errors
///
/// When it printed none: nothing at all, no empty line after the headers, an invalid header, or none of
/// `content-type`, `status` and `location`.
pub(crate) fn response(method: &Method, output: Bytes) -> Result<Response<Bytes>, String> {
    if output.is_empty() {
        return Err("it printed nothing; does the component speak WAGI?".into());
    }
    let mut slots = [httparse::EMPTY_HEADER; 128];
    let (end, fields) = match httparse::parse_headers(&output, &mut slots) {
        Ok(httparse::Status::Complete(parsed)) => parsed,
        Ok(httparse::Status::Partial) => return Err("its output has no empty line after the headers".into()),
        Err(e) => return Err(format!("its output does not begin with headers: {e}")),
    };
    let (status, headers) = status_and_headers(fields)?;
    let mut response = Response::new(output.slice(end..));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    // The server counts a body. For HEAD the program may tell the length of a body that it did not print.
    let length = if method == Method::HEAD { one_length(response.headers()) } else { None };
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().extend(length.map(|length| (CONTENT_LENGTH, length)));
    Ok(response)
}

/// The length that all `content-length` headers agree on.
fn one_length(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let first = lengths.next()?;
    let is_length = first.to_str().is_ok_and(|length| length.parse::<u64>().is_ok());
    (is_length && lengths.all(|length| length == first)).then(|| first.clone())
}

fn status_and_headers(fields: &[httparse::Header]) -> Result<(StatusCode, HeaderMap), String> {
    let mut status = None;
    let mut headers = HeaderMap::new();
    for field in fields {
        if field.name.eq_ignore_ascii_case("status") {
            status = Some(parse_status(field.value));
            continue;
        }
        let name = HeaderName::from_bytes(field.name.as_bytes());
        match (name, HeaderValue::from_bytes(field.value)) {
            (Ok(name), Ok(value)) if !is_hop_by_hop(&name) => headers.append(name, value),
            (Ok(_), Ok(_)) => false,
            _ => return Err(format!("it printed an invalid header {:?}", field.name)),
        };
    }
    match status {
        Some(status) => Ok((status, headers)),
        None if headers.contains_key(LOCATION) => Ok((StatusCode::FOUND, headers)),
        None if headers.contains_key(CONTENT_TYPE) => Ok((StatusCode::OK, headers)),
        None => Err("it printed none of content-type, status and location".into()),
    }
}

/// The connection is the server's matter.
fn is_hop_by_hop(name: &HeaderName) -> bool {
    ["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"].contains(&name.as_str())
}

/// `404` or `404 Not Found`. A bad status is a bad gateway, as in Spin.
fn parse_status(value: &[u8]) -> StatusCode {
    let code = value.split(|b| *b == b' ').next().unwrap_or_default();
    let status = StatusCode::from_bytes(code).ok().filter(|status| status.as_u16() >= 200);
    status.unwrap_or(StatusCode::BAD_GATEWAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(method: &Method, output: &str) -> Result<Response<Bytes>, String> {
        response(method, Bytes::copy_from_slice(output.as_bytes()))
    }

    #[test]
    fn a_status_is_optional_may_have_a_reason_and_a_bad_one_is_a_bad_gateway() {
        for (head, status) in [
            ("content-type: a", 200),
            ("location: /elsewhere", 302),
            ("status: 204", 204),
            ("Status: 404 Not Found\r\nContent-Type: a\r", 404),
            ("status: x", 502),
            ("status: 99", 502),
            ("status: 100", 502),
            ("status: 1000", 502),
            ("status: ", 502),
            ("status: 20", 502),
        ] {
            let response = printed(&Method::GET, &format!("{head}\n\nbody")).unwrap();
            assert_eq!(
                (response.status().as_u16(), &response.body()[..]),
                (status, &b"body"[..]),
                "{head:?}"
            );
        }
    }

    #[test]
    fn only_head_has_the_length_that_the_program_tells_if_it_is_one() {
        for (method, lengths, sent) in [
            (Method::GET, "content-length: 9\n", &[][..]),
            (Method::HEAD, "content-length: 9\n", &["9"]),
            (Method::HEAD, "content-length: 9\ncontent-length: 9\n", &["9"]),
            (Method::HEAD, "content-length: 1\ncontent-length: 2\n", &[]),
            (Method::HEAD, "content-length: many\n", &[]),
        ] {
            let response = printed(&method, &format!("status: 200\n{lengths}\nbody")).unwrap();
            assert_eq!(response.headers().get_all(CONTENT_LENGTH).iter().collect::<Vec<_>>(), sent);
        }
    }

    #[test]
    fn what_is_no_response_is_refused() {
        for output in ["", "\n", "hello", "x-only: 1\n\n", "content-type: a", "a b: c\n\n"] {
            assert!(printed(&Method::GET, output).is_err(), "{output:?}");
        }
    }
}
