//! What hyper lets pass, and RFC 9112 does not.

use hyper::header::HOST;
use hyper::http::uri::Authority;
use hyper::{Method, Request, Version};

/// What makes a request invalid by sections 3.2 and 3.3.
pub fn invalid<B>(request: &Request<B>) -> Option<&'static str> {
    let uri = request.uri();
    let form_fits = match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), _) => matches!(scheme, "http" | "https"),
        (None, Some(_)) => request.method() == Method::CONNECT,
        (None, None) => uri.path().starts_with('/') || request.method() == Method::OPTIONS,
    };
    let mut hosts = request.headers().get_all(HOST).iter();
    match (form_fits, hosts.next(), hosts.next()) {
        (false, _, _) => Some("The method does not take a request target of this form."),
        (_, None, _) if request.version() == Version::HTTP_11 => Some("A Host header is missing."),
        (_, Some(_), Some(_)) => Some("There are two Host headers."),
        (_, Some(host), None) if !host.is_empty() && !is_authority(host.as_bytes()) => {
            Some("The Host header is not a host.")
        }
        _ => None,
    }
}

fn is_authority(host: &[u8]) -> bool {
    Authority::try_from(host).is_ok_and(|authority| !authority.as_str().contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_valid(method: &str, target: &str, hosts: &[&str]) -> bool {
        let builder = Request::builder().method(method).uri(target);
        let builder = hosts.iter().fold(builder, |builder, host| builder.header(HOST, *host));
        invalid(&builder.body(()).unwrap()).is_none()
    }

    #[test]
    fn the_form_of_the_target_must_fit_the_method() {
        for (method, target) in [
            ("GET", "/"),
            ("GET", "//"),
            ("GET", "http://example.com"),
            ("POST", "https://example.com/api/time?x"),
            ("OPTIONS", "*"),
            ("CONNECT", "example.com:80"),
        ] {
            assert!(is_valid(method, target, &["x"]), "{method} {target}");
        }
        for (method, target) in [("GET", "example.com:80"), ("GET", "*"), ("GET", "ftp://example.com/")] {
            assert!(!is_valid(method, target, &["x"]), "{method} {target}");
        }
    }

    #[test]
    fn there_is_one_host_and_it_is_one() {
        for host in ["", "x", "example.com:8080", "[::1]:80", "127.0.0.1", "x:"] {
            assert!(is_valid("GET", "/", &[host]), "{host}");
        }
        for host in ["a b", "a/b", "a@b", "a,b c", "a:b:c", "é", "[::1"] {
            assert!(!is_valid("GET", "/", &[host]), "{host}");
        }
        assert!(!is_valid("GET", "/", &[]));
        assert!(!is_valid("GET", "/", &["x", "x"]));
    }
}
