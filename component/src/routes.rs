//! The whole behaviour, pure: a request and the time in, a response out.

use alloc::borrow::{Cow, ToOwned};
use alloc::vec;
use alloc::vec::Vec;

use crate::clock::MoscowTime;
use crate::evidence::Evidence;
use crate::message::{Request, Response};
use crate::page;

const ALLOW: &str = "GET, HEAD, OPTIONS";

/// Answers `request` at `now`, in Unix seconds; the page shows `evidence`.
///
/// Every response carries `cache-control: no-store` and `x-content-type-options: nosniff`; every response that
/// has a body carries its `content-length`.
pub fn respond(request: &Request, now: i64, evidence: &Evidence) -> Response {
    let resource = match request.path {
        "" | "/" => Resource::Page,
        "/api/time" => Resource::Time,
        "/favicon.ico" => Resource::Icon,
        _ => return without_body_for_head(request, not_found()),
    };
    match request.method {
        "GET" => resource.at(now, evidence),
        "HEAD" => without_body_for_head(request, resource.at(now, evidence)),
        "OPTIONS" => response(204, vec![("allow", ALLOW.into())], None),
        _ => method_not_allowed(),
    }
}

/// What there is. Not a pointer to a function: without one, a Wasm instance has no table that must be made and cleared.
enum Resource {
    Page,
    Time,
    Icon,
}

impl Resource {
    fn at(&self, now: i64, evidence: &Evidence) -> Response {
        match self {
            Self::Page => page_at(now, evidence),
            Self::Time => time_at(now),
            Self::Icon => favicon(),
        }
    }
}

fn page_at(now: i64, evidence: &Evidence) -> Response {
    let headers = vec![("content-security-policy", page::CONTENT_SECURITY_POLICY.into())];
    let html = page::render(&MoscowTime::at(now), evidence).into_bytes();
    response(200, headers, Some(("text/html; charset=utf-8", html.into())))
}

fn time_at(now: i64) -> Response {
    let json = MoscowTime::at(now).to_json().into_bytes();
    response(200, vec![], Some(("application/json", json.into())))
}

fn favicon() -> Response {
    response(200, vec![], Some(("image/svg+xml", page::ICON.as_bytes().into())))
}

fn not_found() -> Response {
    const BODY: &str = r#"{"type":"about:blank","title":"Not Found","status":404,"detail":"There is / and /api/time here."}"#;
    problem(404, vec![], BODY)
}

fn method_not_allowed() -> Response {
    const BODY: &str = r#"{"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"Ask with GET or HEAD."}"#;
    problem(405, vec![("allow", ALLOW.into())], BODY)
}

/// An error as RFC 9457 describes it.
fn problem(status: u16, headers: Headers, json: &'static str) -> Response {
    response(status, headers, Some(("application/problem+json", json.as_bytes().into())))
}

type Headers = Vec<(&'static str, Cow<'static, str>)>;

fn response(status: u16, mut headers: Headers, body: Option<(&'static str, Cow<'static, [u8]>)>) -> Response {
    // For these, and one more by the service.
    headers.reserve_exact(5);
    headers.push(("cache-control", "no-store".into()));
    headers.push(("x-content-type-options", "nosniff".into()));
    let Some((content_type, body)) = body else {
        return Response { status, headers, body: Cow::Borrowed(&[]) };
    };
    headers.push(("content-type", content_type.into()));
    let length = itoa::Buffer::new().format(body.len()).to_owned();
    headers.push(("content-length", length.into()));
    Response { status, headers, body }
}

fn without_body_for_head(request: &Request, response: Response) -> Response {
    match request.method {
        "HEAD" => Response { body: Cow::Borrowed(&[]), ..response },
        _ => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Packaging;

    const NOW: i64 = 1776887217;

    fn ask(method: &str, path: &str) -> Response {
        let evidence = Evidence { packaging: Packaging::Native, instance: 0xa, served: 1 };
        respond(&Request { method, path }, NOW, &evidence)
    }

    fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_ref())
    }

    #[test]
    fn the_time_is_two_keys_of_json() {
        let answer = ask("GET", "/api/time");
        assert_eq!(answer.status, 200);
        assert_eq!(header(&answer, "content-type"), Some("application/json"));
        assert_eq!(
            answer.body.as_ref(),
            br#"{"moscow_time":"2026-04-22 22:46:57 MSK","timestamp":1776887217}"#
        );
    }

    #[test]
    fn the_page_stands_at_the_root_with_and_without_a_slash() {
        for path in ["", "/"] {
            let answer = ask("GET", path);
            assert_eq!(answer.status, 200);
            assert_eq!(header(&answer, "content-type"), Some("text/html; charset=utf-8"));
            assert!(header(&answer, "content-security-policy").is_some());
        }
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
        for path in ["/", "/api/time"] {
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
        for path in ["/nowhere", "/api", "/api/time/", "//", "/API/TIME", "/\0", "/api/time\0", "/\u{fffd}"] {
            for method in ["GET", "POST", "OPTIONS"] {
                let answer = ask(method, path);
                assert_eq!(answer.status, 404, "{method} {path:?}");
                assert_eq!(header(&answer, "content-type"), Some("application/problem+json"));
                let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                assert_eq!(problem["status"], 404);
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
}
