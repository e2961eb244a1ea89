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
    use crate::router::Route;

    fn described(request: Request<()>, route: &str, path_info: &str) -> Variables {
        let route = Route::new(route);
        let parameters = BTreeMap::from([("user_id".to_owned(), "7".to_owned())]);
        let matched = Match { route: &route, index: 0, path_info: path_info.into(), parameters };
        variables(&request, 0, &matched, "192.0.2.1:1234".parse().unwrap())
    }

    fn get(path: &str) -> Request<()> {
        Request::get(format!("http://example.org:3000{path}")).body(()).unwrap()
    }

    fn printed(output: &'static str) -> Result<Response<Bytes>, String> {
        response(&Method::GET, Bytes::from_static(output.as_bytes()))
    }

    #[test]
    fn the_script_name_is_the_pattern_of_the_route() {
        for (route, script_name) in [
            ("/...", ""),
            ("/", ""),
            ("/wagi/...", "/wagi"),
            ("/exact", "/exact"),
            ("/a/", "/a"),
            ("a/...", "/a"),
            ("/:who/app/...", "/:who/app"),
        ] {
            assert_eq!(described(get("/x"), route, "/x")["SCRIPT_NAME"], script_name, "{route:?}");
        }
    }

    #[test]
    fn variables_of_spin_are_always_there() {
        let variables = described(get("/"), "/...", "/");
        for (name, value) in [
            ("AUTH_TYPE", ""),
            ("REMOTE_USER", ""),
            ("CONTENT_TYPE", ""),
            ("CONTENT_LENGTH", "0"),
            ("X_PATH_MATCH_USER_ID", "7"),
            ("X_COMPONENT_ROUTE", ""),
            ("X_MATCHED_ROUTE", "/..."),
        ] {
            assert_eq!(variables[name], value, "{name}");
        }
    }

    #[test]
    fn path_info_is_as_it_was_sent_and_path_translated_is_decoded() {
        let variables = described(get("/%61%00b"), "/...", "/%61%00b");
        assert_eq!(variables["PATH_INFO"], "/%61%00b");
        assert_eq!(variables["PATH_TRANSLATED"], "/a\u{fffd}b");
        assert_eq!(variables["X_RAW_PATH_INFO"], "/%61%00b");
    }

    #[test]
    fn the_content_type_and_repeated_headers_arrive() {
        let request = Request::post("http://a/?q=1&r=2")
            .header("content-type", "text/plain")
            .header("accept", "a")
            .header("accept", "b")
            .header("cookie", "c=1")
            .header("cookie", "d=2")
            .header("proxy", "http://evil")
            .body(())
            .unwrap();
        let variables = described(request, "/...", "/");
        assert_eq!(variables["CONTENT_TYPE"], "text/plain");
        assert_eq!(variables["HTTP_ACCEPT"], "a, b");
        assert_eq!(variables["HTTP_COOKIE"], "c=1; d=2");
        assert_eq!(variables["QUERY_STRING"], "q=1&r=2");
        assert!(!variables.contains_key("HTTP_PROXY"));
    }

    #[test]
    fn the_server_is_whom_the_client_asked() {
        let variables = described(get("/x?y=z"), "/...", "/x");
        assert_eq!((&*variables["SERVER_NAME"], &*variables["SERVER_PORT"]), ("example.org", "3000"));
        assert_eq!(variables["SERVER_PROTOCOL"], "HTTP/1.1");
        assert_eq!(variables["X_FULL_URL"], "http://example.org:3000/x?y=z");
        assert_eq!(variables["REMOTE_ADDR"], "192.0.2.1");
    }

    #[test]
    fn headers_that_make_the_same_variable_make_one() {
        let request = Request::get("http://a/").header("x-a", "1").header("x_a", "2").body(()).unwrap();
        assert!(["1", "2"].contains(&&*described(request, "/...", "/")["HTTP_X_A"]));
    }

    #[test]
    fn arguments_are_filled_in() {
        let request = get("/a?x=1&y=2");
        assert_eq!(arguments("${SCRIPT_NAME} ${ARGS}", &request), ["/a", "x=1", "y=2"]);
        assert_eq!(arguments("${SCRIPT_NAME} ${ARGS}", &get("/a")), ["/a", ""]);
        assert_eq!(arguments("fixed", &request), ["fixed"]);
    }

    #[test]
    fn repeated_headers_are_kept() {
        let response = printed("content-type: text/plain\nset-cookie: a\nset-cookie: b\n\nbody").unwrap();
        let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a", "b"]);
        assert_eq!(response.body().as_ref(), b"body");
    }

    #[test]
    fn a_status_may_have_a_reason_and_lines_may_end_in_crlf() {
        let response = printed("Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno").unwrap();
        assert_eq!((response.status(), response.body().as_ref()), (StatusCode::NOT_FOUND, &b"no"[..]));
        assert_eq!(printed("status: 204\n\n").unwrap().status(), StatusCode::NO_CONTENT);
    }

    #[test]
    fn a_location_alone_redirects() {
        let response = printed("location: /elsewhere\n\n").unwrap();
        assert_eq!(
            (response.status(), &response.headers()["location"]),
            (StatusCode::FOUND, &"/elsewhere".parse().unwrap())
        );
    }

    #[test]
    fn a_wrong_length_is_dropped_but_kept_for_head() {
        let output = Bytes::from_static(b"content-type: text/plain\ncontent-length: 9\n\nbody");
        assert!(!response(&Method::GET, output.clone()).unwrap().headers().contains_key(CONTENT_LENGTH));
        assert_eq!(response(&Method::HEAD, output).unwrap().headers()[CONTENT_LENGTH], "9");
    }

    #[test]
    fn head_has_one_length_or_none() {
        for (lengths, sent) in [
            ("content-length: 9\ncontent-length: 9\n", &["9"][..]),
            ("content-length: 1\ncontent-length: 2\n", &[]),
            ("content-length: many\n", &[]),
        ] {
            let response = response(&Method::HEAD, Bytes::from(format!("status: 200\n{lengths}\n"))).unwrap();
            assert_eq!(response.headers().get_all(CONTENT_LENGTH).iter().collect::<Vec<_>>(), sent);
        }
    }

    #[test]
    fn a_bad_status_is_a_bad_gateway() {
        for status in ["x", "99", "100", "1000", "", "20"] {
            let output = Bytes::from(format!("status: {status}\n\n"));
            assert_eq!(
                response(&Method::GET, output).unwrap().status(),
                StatusCode::BAD_GATEWAY,
                "{status:?}"
            );
        }
    }

    #[test]
    fn what_is_no_response_is_refused() {
        for output in ["", "\n", "hello", "x-only: 1\n\n", "content-type: a", "a b: c\n\n"] {
            assert!(printed(output).is_err(), "{output:?}");
        }
    }
}
