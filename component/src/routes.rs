//! The behaviour, pure: request and time in, response out.

use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::evidence::Evidence;
use crate::page;
use crate::time::MoscowTime;

const ALLOW: &str = "GET, HEAD, OPTIONS";

/// The part of an HTTP request that matters here.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Request {
    /// The method, as it came.
    pub method: String,
    /// The path prefix of the app, such as `/wagi`. Empty at the root.
    pub mount: String,
    /// The decoded path below `mount`. Empty where the URL ends with `mount`.
    pub path: String,
}

/// An HTTP response with its whole body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields, names in lower case. `content-length` is among them.
    pub headers: Vec<(&'static str, String)>,
    /// Empty for `HEAD`, although `content-length` then is that of `GET`.
    pub body: String,
}

/// Answers `request` at `time`. The page shows `evidence`.
///
/// Slashes before the path count as one, since Spin's router drops them for some packagings.
pub fn respond(request: &Request, time: &MoscowTime, evidence: &Evidence) -> Response {
    let mut response = match (request.path.trim_start_matches('/'), request.method.as_str()) {
        ("", "GET" | "HEAD") => page::respond(request, time, evidence),
        ("api/time", "GET" | "HEAD") => Response::json(200, "application/json", time),
        ("favicon.ico", "GET" | "HEAD") => Response::new(200).with_body("image/svg+xml", page::ICON.into()),
        ("" | "api/time" | "favicon.ico", "OPTIONS") => Response::new(204).with("allow", ALLOW),
        ("" | "api/time" | "favicon.ico", _) => {
            problem(405, "Method Not Allowed", "Use GET or HEAD.").with("allow", ALLOW)
        }
        _ => problem(404, "Not Found", "The paths are / and /api/time."),
    };
    if request.method == "HEAD" {
        response.body.clear();
    }
    response
}

/// The response to a request that is not valid HTTP. The connection closes after it.
pub fn bad_request(detail: &str) -> Response {
    problem(400, "Bad Request", detail).with("connection", "close")
}

/// Decodes the percent-encoding of a path once. A path with an encoded slash stays as it is, and so matches no route: an
/// encoded slash does not separate segments.
pub fn decode(path: &str) -> String {
    let is_slash = |escape: &str| escape.starts_with("2F") || escape.starts_with("2f");
    if path.split('%').skip(1).any(is_slash) {
        return path.into();
    }
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// An error as RFC 9457 describes it.
fn problem(status: u16, title: &str, detail: &str) -> Response {
    #[derive(Serialize)]
    struct Problem<'a> {
        r#type: &'a str,
        title: &'a str,
        status: u16,
        detail: &'a str,
    }
    Response::json(
        status,
        "application/problem+json",
        &Problem { r#type: "about:blank", title, status, detail },
    )
}

impl Response {
    pub(crate) fn new(status: u16) -> Self {
        let response = Self { status, headers: Vec::with_capacity(6), body: String::new() };
        response.with("cache-control", "no-store").with("x-content-type-options", "nosniff")
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn with_body(self, content_type: &str, body: String) -> Self {
        let length = body.len().to_string();
        Self { body, ..self }.with("content-type", content_type).with("content-length", length)
    }

    fn json(status: u16, content_type: &str, value: &impl Serialize) -> Self {
        let json = serde_json::to_string(value).expect("plain data serializes");
        Self::new(status).with_body(content_type, json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Packaging;

    fn ask(method: &str, path: &str) -> Response {
        let request = Request { method: method.into(), path: path.into(), ..Request::default() };
        let evidence = Evidence { packaging: Packaging::Native, instance: 0xa, served: 1 };
        respond(&request, &MoscowTime::at(1776887217), &evidence)
    }

    fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn the_time_is_two_keys_of_json() {
        let answer = ask("GET", "/api/time");
        assert_eq!(answer.status, 200);
        assert_eq!(header(&answer, "content-type"), Some("application/json"));
        assert_eq!(answer.body, r#"{"moscow_time":"2026-04-22 22:46:57 MSK","timestamp":1776887217}"#);
    }

    #[test]
    fn slashes_before_the_path_count_as_one() {
        for path in ["", "/", "//", "///"] {
            let answer = ask("GET", path);
            assert_eq!(answer.status, 200);
            assert_eq!(header(&answer, "content-type"), Some("text/html; charset=utf-8"));
            assert!(header(&answer, "content-security-policy").is_some());
        }
        assert_eq!(ask("GET", "//api/time"), ask("GET", "/api/time"));
    }

    #[test]
    fn head_is_get_without_the_body() {
        for path in ["/", "/api/time", "/favicon.ico", "/nowhere"] {
            let (get, head) = (ask("GET", path), ask("HEAD", path));
            assert_eq!((get.status, &get.headers), (head.status, &head.headers));
            assert!(head.body.is_empty() && !get.body.is_empty());
        }
    }

    #[test]
    fn options_and_unknown_methods_name_what_is_allowed() {
        for path in ["/", "/api/time", "/favicon.ico"] {
            let options = ask("OPTIONS", path);
            assert_eq!((options.status, header(&options, "allow")), (204, Some(ALLOW)));
            assert!(options.body.is_empty());
            for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "get", "BREW", ""] {
                let answer = ask(method, path);
                assert_eq!((answer.status, header(&answer, "allow")), (405, Some(ALLOW)));
            }
        }
    }

    #[test]
    fn other_paths_are_a_problem_whatever_the_method() {
        for path in ["/nowhere", "/api", "/api/time/", "/api//time", "/API/TIME", "/\0", "/api/time\0", "*"] {
            for method in ["GET", "POST", "OPTIONS"] {
                let answer = ask(method, path);
                assert_eq!(answer.status, 404, "{method} {path:?}");
                assert_eq!(header(&answer, "content-type"), Some("application/problem+json"));
                let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
                assert_eq!((&problem["status"], &problem["type"]), (&404.into(), &"about:blank".into()));
            }
        }
    }

    #[test]
    fn every_body_has_its_length_and_no_answer_is_cached() {
        for method in ["GET", "POST", "OPTIONS", "DELETE"] {
            for path in ["/", "/api/time", "/favicon.ico", "/nowhere"] {
                let answer = ask(method, path);
                let length = header(&answer, "content-length").map(|l| l.parse().unwrap());
                assert_eq!(length.unwrap_or(0), answer.body.len());
                assert_eq!(header(&answer, "cache-control"), Some("no-store"));
                assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"));
            }
        }
    }

    #[test]
    fn a_path_is_decoded_once_and_an_encoded_slash_is_not_a_slash() {
        assert_eq!(decode("/api/time"), "/api/time");
        assert_eq!(decode("/%61pi/time"), "/api/time");
        assert_eq!(decode("/%2561pi/time"), "/%61pi/time");
        assert_eq!(decode("/api%2Ftime"), "/api%2Ftime");
        assert_eq!(decode("%2fapi%2ftime"), "%2fapi%2ftime");
        assert_eq!(decode("/%00"), "/\0");
        assert_eq!(decode("/%ff"), "/\u{fffd}");
    }
}
