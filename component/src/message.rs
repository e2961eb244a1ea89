//! Plain HTTP messages: what every adapter converts from and to.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use percent_encoding::percent_decode_str;

/// As much of an HTTP request as the application looks at.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method in upper case, as it came.
    pub method: &'a str,
    /// The decoded path below the route that the application is mounted at; empty means `/`.
    pub path: &'a str,
}

/// An HTTP response with its whole body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields in the order they are sent, names in lower case. `content-length` is among them.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// Empty for `HEAD`, although `content-length` then tells the length that `GET` would send.
    pub body: Cow<'static, [u8]>,
}

/// Decodes the percent-encoding of a raw path once, as a CGI host does for `PATH_INFO`, so that every
/// packaging routes alike. A path that is not UTF-8 then matches no route.
pub fn decode_path(raw: &str) -> Cow<'_, str> {
    match raw.as_bytes().contains(&b'%') {
        true => percent_decode_str(raw).decode_utf8_lossy(),
        false => Cow::Borrowed(raw),
    }
}

/// The decoded path below the route, of a component asked for `target`, a path that may have a query; `header`
/// gives the value of a request header, and is asked for no more than is needed: each is a call of the host.
pub fn component_path(target: &str, header: impl Fn(&str) -> Option<String>) -> String {
    let path = target.split('?').next().unwrap_or_default();
    let info = header("spin-path-info").filter(|info| info != path);
    let route = info.as_ref().and_then(|_| header("spin-component-route"));
    decode_path(path_below_route(path, route.as_deref(), info.as_deref())).into_owned()
}

/// The path below the route, for a component whose host may have mounted it below a prefix.
///
/// Spin names the route in `spin-component-route` and the rest of the path in `spin-path-info`, and replaces
/// what a client put there. Other hosts pass a client's own headers through, so the two are believed only
/// where they make up the path that was really asked for, segment by segment.
fn path_below_route<'a>(path: &'a str, component_route: Option<&str>, path_info: Option<&'a str>) -> &'a str {
    let segments = |s: &str| s.matches('/').count();
    let (Some(route), Some(info)) = (component_route, path_info) else {
        return path;
    };
    match path.strip_suffix(info) {
        Some(mount) if segments(mount) == segments(route) && !mount.ends_with('/') => info,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once() {
        assert_eq!(decode_path("/api/time"), "/api/time");
        assert_eq!(decode_path("/%61pi/time"), "/api/time");
        assert_eq!(decode_path("/%2561pi/time"), "/%61pi/time");
        assert_eq!(decode_path("/%00"), "/\0");
        assert_eq!(decode_path("/%ff"), "/\u{fffd}");
    }

    #[test]
    fn a_components_path_is_decoded_and_has_no_query() {
        let header = |name: &str| {
            let headers = [("spin-component-route", "/app"), ("spin-path-info", "/%61pi/time")];
            headers.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(component_path("/app/%61pi/time?x=/y", header), "/api/time");
        assert_eq!(component_path("/%61pi/time?", |_| None), "/api/time");
    }

    #[test]
    fn a_component_that_is_mounted_at_the_root_asks_for_one_header() {
        for info in [None, Some("/api/time")] {
            let header = |name: &str| {
                assert_eq!(name, "spin-path-info");
                info.map(str::to_owned)
            };
            assert_eq!(component_path("/api/time?x", header), "/api/time");
        }
    }

    #[test]
    fn the_host_says_where_the_component_is_mounted() {
        let below = |path, route, info| path_below_route(path, Some(route), Some(info));
        assert_eq!(below("/api/time", "", "/api/time"), "/api/time");
        assert_eq!(below("/app/api/time", "/app", "/api/time"), "/api/time");
        assert_eq!(below("/alice/api/time", "/:user", "/api/time"), "/api/time");
        assert_eq!(below("/app", "/app", ""), "");
        assert_eq!(below("/app/", "/app", "/"), "/");
        assert_eq!(path_below_route("/api/time", None, None), "/api/time");
    }

    #[test]
    fn a_path_info_that_does_not_make_up_the_path_is_not_believed() {
        assert_eq!(path_below_route("/nowhere", None, Some("")), "/nowhere");
        assert_eq!(path_below_route("/nowhere", None, Some("/api/time")), "/nowhere");
        assert_eq!(path_below_route("/nowhere", Some(""), Some("/api/time")), "/nowhere");
        assert_eq!(path_below_route("/no/api/time", Some(""), Some("/api/time")), "/no/api/time");
        assert_eq!(path_below_route("/no/api/time", Some("/no"), Some("api/time")), "/no/api/time");
    }
}
