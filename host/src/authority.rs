//! Whom a client asks: the authority of a request (RFC 9112, section 3.2), pure.

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderValue, Method, Request, Version};

/// The authority that `request` is for.
///
/// # Errors
///
/// When the request names no path, or has no `Host`, more than one or an invalid one. Each is a 400.
pub(crate) fn authority<B>(request: &Request<B>) -> Result<Authority, &'static str> {
    let uri = request.uri();
    if request.method() == Method::CONNECT || uri.path_and_query().is_none() {
        return Err("the request target must be a path, like /api/time\n");
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next().map(|value| parse(value).ok_or("the Host header is invalid\n")).transpose()?;
    if hosts.next().is_some() {
        return Err("there is more than one Host header\n");
    }
    match (uri.authority(), host, request.version()) {
        (_, None, Version::HTTP_11) => Err("the Host header is missing\n"),
        (Some(authority), ..) => Ok(authority.clone()),
        (None, Some(host), _) => Ok(host),
        (None, None, Version::HTTP_09 | Version::HTTP_10) => Ok(Authority::from_static("localhost")),
        (None, None, _) => Err("the :authority header is missing\n"),
    }
}

/// `HOST` or `HOST:PORT`.
fn parse(value: &HeaderValue) -> Option<Authority> {
    let authority = Authority::try_from(value.as_bytes()).ok()?;
    let port = authority.as_str().strip_prefix(authority.host())?;
    let is_port = port.is_empty()
        || port == ":"
        || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    (is_port && !authority.host().is_empty()).then_some(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(version: Version, target: &str, hosts: &[&str]) -> Result<String, &'static str> {
        let mut request = Request::get(target).version(version);
        for host in hosts {
            request = request.header("host", *host);
        }
        authority(&request.body(()).unwrap()).map(|authority| authority.to_string())
    }

    #[test]
    fn an_absolute_target_wins_over_the_host_header() {
        for host in ["example.org", "example.org:3000", "127.0.0.1:80", "[::1]:3000", "[::1]"] {
            assert_eq!(of(Version::HTTP_11, "/a?b", &[host]).unwrap(), host);
        }
        assert_eq!(of(Version::HTTP_11, "http://a:1/b", &["c"]).unwrap(), "a:1");
        assert_eq!(of(Version::HTTP_2, "http://a:1/b", &[]).unwrap(), "a:1");
    }

    #[test]
    fn http_1_0_needs_no_host() {
        assert_eq!(of(Version::HTTP_10, "/", &[]).unwrap(), "localhost");
    }

    #[test]
    fn a_target_without_a_path_or_without_one_valid_host_is_an_error() {
        let invalid = ["a b", "", "a:b", "a:70000", "u@a", ":80", "a/b", "a,b c"].map(|host| [host]);
        let invalid = invalid.iter().map(|hosts| (Version::HTTP_11, "/", &hosts[..], "invalid"));
        let others = [
            (Version::HTTP_11, "/", &[][..], "missing"),
            (Version::HTTP_11, "http://a/", &[], "missing"),
            (Version::HTTP_2, "/", &[], "missing"),
            (Version::HTTP_11, "/", &["a", "a"], "more than one"),
            (Version::HTTP_11, "example.org:80", &["example.org:80"], "path"),
        ];
        for (version, target, hosts, says) in others.into_iter().chain(invalid) {
            let e = of(version, target, hosts).unwrap_err();
            assert!(e.contains(says), "{target} {hosts:?}: {e}");
        }
        let connect = Request::connect("example.org:80").header("host", "example.org:80").body(()).unwrap();
        assert!(authority(&connect).unwrap_err().contains("path"));
    }
}
