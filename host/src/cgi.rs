//! CGI/1.1 (RFC 3875) as WAGI uses it, pure: a request into variables, output into a response.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, LOCATION};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use percent_encoding::percent_decode_str;

use crate::client::Client;
use crate::router::Match;
use crate::spin_headers::{authority, facts, parameters};

/// Names, each of which stands once, and what they stand for.
pub(crate) type Variables<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// The variables that describe `request`, whose body has `body` bytes.
pub(crate) fn variables<'a, B>(
    request: &'a Request<B>,
    body: usize,
    matched: &'a Match,
    client: &'a Client,
) -> Variables<'a> {
    let (name, port) = split_authority(authority(request));
    let path = request.uri().path();
    let path_info = decode(&matched.path_info);
    let mut variables = header_variables(request.headers());
    variables.extend(
        [
            ("GATEWAY_INTERFACE", "CGI/1.1".into()),
            ("PATH_INFO", path_info.clone()),
            ("PATH_TRANSLATED", path_info),
            ("QUERY_STRING", request.uri().query().unwrap_or_default().into()),
            ("REMOTE_ADDR", client.ip.as_str().into()),
            ("REMOTE_HOST", client.ip.as_str().into()),
            ("REQUEST_METHOD", request.method().as_str().into()),
            ("SCRIPT_NAME", path.strip_suffix(&matched.path_info).unwrap_or(path).into()),
            ("SERVER_NAME", name.into()),
            ("SERVER_PORT", port.into()),
            ("SERVER_PROTOCOL", protocol(request.version()).into()),
            ("SERVER_SOFTWARE", "WAGI/1".into()),
            ("X_RAW_PATH_INFO", matched.path_info.as_str().into()),
        ]
        .map(|(name, value)| (name.into(), value)),
    );
    if body > 0 {
        variables.push(("CONTENT_LENGTH".into(), body.to_string().into()));
    }
    variables.extend(facts(request, matched, client).map(|(name, value)| (name.variable.into(), value)));
    for (name, value) in parameters(matched) {
        set(&mut variables, variable("X_", &name), value.into());
    }
    variables
}

/// In place of one that has the same name.
fn set<'a>(variables: &mut Variables<'a>, name: Cow<'a, str>, value: Cow<'a, str>) {
    match variables.iter_mut().find(|(known, _)| *known == name) {
        Some((_, known)) => *known = value,
        None => variables.push((name, value)),
    }
}

fn protocol(version: Version) -> &'static str {
    if version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" }
}

/// A variable ends at a NUL, so a decoded one is replaced, like what is not UTF-8.
fn decode(path: &str) -> Cow<'_, str> {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    if decoded.contains('\0') { decoded.replace('\0', "\u{fffd}").into() } else { decoded }
}

fn split_authority(authority: &str) -> (&str, &str) {
    match authority.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (name, port),
        _ => (authority, "80"),
    }
}

fn variable(prefix: &str, name: &str) -> Cow<'static, str> {
    let mut variable = String::with_capacity(prefix.len() + name.len());
    variable.push_str(prefix);
    variable.extend(name.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_uppercase() }));
    variable.into()
}

/// `HTTP_*`, with the values of a repeated header joined. Without what RFC 3875 tells elsewhere or keeps back,
/// and without `Proxy`, whose variable programs take for their own proxy setting.
fn header_variables(headers: &HeaderMap) -> Variables<'_> {
    // For those of the request itself too.
    let mut variables = Vec::with_capacity(headers.keys_len() + 24);
    for name in headers.keys() {
        match name.as_str() {
            "authorization" | "connection" | "content-length" | "proxy" => {}
            "content-type" => set(&mut variables, "CONTENT_TYPE".into(), joined(headers, name)),
            other => set(&mut variables, variable("HTTP_", other), joined(headers, name)),
        }
    }
    variables
}

fn joined<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Cow<'a, str> {
    let mut values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let mut joined = values.next().unwrap_or_default();
    let separator = if name == COOKIE { "; " } else { ", " };
    for value in values {
        joined.to_mut().push_str(separator);
        joined.to_mut().push_str(&value);
    }
    joined
}

/// Arguments as the manifest describes them, `template` being its `argv`.
pub(crate) fn arguments<B>(template: &str, request: &Request<B>) -> Vec<String> {
    let query = request.uri().query().unwrap_or_default().replace('&', " ");
    let filled = template.replace("${SCRIPT_NAME}", request.uri().path()).replace("${ARGS}", &query);
    filled.split_whitespace().map(str::to_owned).collect()
}

/// The response that a program has printed.
///
/// # Errors
///
/// When it is none: nothing at all, no empty line after the headers, none of `content-type`, `status` and
/// `location` among them, or something that is no header or no status.
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
    if method != Method::HEAD {
        // Of the body as it is, not as the program counted it.
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    Ok(response)
}

fn status_and_headers(fields: &[httparse::Header]) -> Result<(StatusCode, HeaderMap), String> {
    let mut status = None;
    let mut headers = HeaderMap::new();
    for field in fields {
        if field.name.eq_ignore_ascii_case("status") {
            status = Some(parse_status(field.value)?);
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

/// `404` or `404 Not Found`.
fn parse_status(value: &[u8]) -> Result<StatusCode, String> {
    let code = value.split(|b| *b == b' ').next().unwrap_or_default();
    match StatusCode::from_bytes(code) {
        Ok(status) if status.as_u16() >= 200 => Ok(status),
        _ => Err(format!("it printed status {:?}, which is none", String::from_utf8_lossy(value))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::SocketAddr;

    use super::*;
    use crate::router::Route;

    fn described(request: Request<()>, route: &str, path_info: &str) -> BTreeMap<String, String> {
        let route = Route { raw: route.into(), component: "a".into() };
        let matched = Match { route: &route, index: 0, path_info: path_info.into(), parameters: vec![] };
        let client = Client::from("192.0.2.1:1234".parse::<SocketAddr>().unwrap());
        let variables = variables(&request, 0, &matched, &client);
        let names = variables.len();
        let map: BTreeMap<_, _> =
            variables.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        assert_eq!(map.len(), names, "a name stands twice");
        map
    }

    fn get(uri: &str) -> Request<()> {
        Request::get(uri).header("host", "example.org:3000").body(()).unwrap()
    }

    fn printed(output: &'static str) -> Result<Response<Bytes>, String> {
        response(&Method::GET, Bytes::from_static(output.as_bytes()))
    }

    #[test]
    fn script_name_and_path_info_make_up_the_path() {
        for (route, path, script_name, path_info) in [
            ("/...", "/", "", "/"),
            ("/...", "/api/time", "", "/api/time"),
            ("/wagi/...", "/wagi", "/wagi", ""),
            ("/wagi/...", "/wagi/", "/wagi", "/"),
            ("/wagi/...", "/wagi/api/time", "/wagi", "/api/time"),
        ] {
            let variables = described(get(path), route, path_info);
            assert_eq!((&*variables["SCRIPT_NAME"], &*variables["PATH_INFO"]), (script_name, path_info));
        }
    }

    #[test]
    fn path_info_is_decoded_and_never_cut_short_by_a_nul() {
        let variables = described(get("/%61%00b"), "/...", "/%61%00b");
        assert_eq!(variables["PATH_INFO"], "/a\u{fffd}b");
        assert_eq!(variables["X_RAW_PATH_INFO"], "/%61%00b");
    }

    #[test]
    fn the_content_type_and_repeated_headers_arrive() {
        let request = Request::post("/?q=1&r=2")
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
        assert_eq!(variables["X_FULL_URL"], "http://example.org:3000/x?y=z");
        assert_eq!(variables["REMOTE_ADDR"], "192.0.2.1");
    }

    #[test]
    fn headers_that_make_the_same_variable_make_one() {
        let request = Request::get("/").header("x-a", "1").header("x_a", "2").body(()).unwrap();
        assert_eq!(described(request, "/...", "/")["HTTP_X_A"], "2");
    }

    #[test]
    fn arguments_are_filled_in() {
        let request = get("/a?x=1&y=2");
        assert_eq!(arguments("${SCRIPT_NAME} ${ARGS}", &request), ["/a", "x=1", "y=2"]);
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
    fn what_is_no_response_is_refused() {
        for output in [
            "",
            "\n",
            "hello",
            "x-only: 1\n\n",
            "content-type: a",
            "status: x\n\n",
            "status: 99\n\n",
            "a b: c\n\n",
        ] {
            assert!(printed(output).is_err(), "{output:?}");
        }
    }
}
