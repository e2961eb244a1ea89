//! Where Spin has mounted the app. Spin says so in headers that it adds to each request.

use crate::routes::{Request, decode};

/// The request for `target`, a path that may have a query. `last` gives the last value of a header.
///
/// Spin appends its headers to those of the client, so its own value is the last.
pub fn request(method: String, target: &str, last: impl Fn(&str) -> Option<String>) -> Request {
    let path = target.split('?').next().unwrap_or_default();
    let below = below_route(target, path, last).unwrap_or_else(|| path.into());
    let mount = path.strip_suffix(&*below).unwrap_or_default();
    Request { method, mount: mount.into(), path: decode(&below) }
}

/// The path below the route.
///
/// Hosts that are not Spin pass on whatever a client sends. So the headers count only all together, and only if
/// they describe this very request. Otherwise the app is at the root.
fn below_route(target: &str, path: &str, last: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (url, raw_route) = (last("spin-full-url")?, last("spin-raw-component-route")?);
    let (route, info) = (last("spin-component-route")?, last("spin-path-info")?);
    let [all, above, below] = [path, &route, &info].map(segments);
    let describes_request = url.ends_with(target)
        && raw_route.strip_suffix("/...").unwrap_or(&raw_route) == route
        && all.len() == above.len() + below.len()
        && all.ends_with(&below);
    describes_request.then_some(info)
}

/// Without the empty ones, which Spin's router drops at both ends.
fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mount and the path, for Spin's headers after some of the client's.
    fn mounted(target: &str, raw_route: &str, info: &str) -> (String, String) {
        let url = format!("http://localhost:3000{target}");
        let route = raw_route.strip_suffix("/...").unwrap_or(raw_route);
        let last = |name: &str| match name {
            "spin-full-url" => Some(url.clone()),
            "spin-raw-component-route" => Some(raw_route.into()),
            "spin-component-route" => Some(route.into()),
            "spin-path-info" => Some(info.into()),
            other => panic!("{other}"),
        };
        let request = request("GET".into(), target, last);
        (request.mount, request.path)
    }

    fn pair(mount: &str, path: &str) -> (String, String) {
        (mount.into(), path.into())
    }

    #[test]
    fn spin_says_where_the_app_is_mounted() {
        assert_eq!(mounted("/api/time", "/...", "/api/time"), pair("", "/api/time"));
        assert_eq!(mounted("/app/%61pi/time?x=/y", "/app/...", "/%61pi/time"), pair("/app", "/api/time"));
        assert_eq!(mounted("/alice/api/time", "/:user/...", "/api/time"), pair("/alice", "/api/time"));
        assert_eq!(mounted("/app", "/app/...", ""), pair("/app", ""));
        assert_eq!(mounted("/app/", "/app/...", "/"), pair("/app", "/"));
        assert_eq!(mounted("/exact", "/exact", ""), pair("/exact", ""));
    }

    #[test]
    fn slashes_that_spins_router_drops_do_not_matter() {
        assert_eq!(mounted("//", "/...", "/"), pair("/", "/"));
        assert_eq!(mounted("//api/time", "/...", "/api/time"), pair("/", "/api/time"));
        assert_eq!(mounted("/app//", "/app/...", "/"), pair("/app/", "/"));
        assert_eq!(mounted("/app//api/time", "/app/...", "//api/time"), pair("/app", "//api/time"));
    }

    #[test]
    fn headers_that_do_not_describe_the_request_are_ignored() {
        assert_eq!(mounted("/nowhere", "/...", "/api/time"), pair("", "/nowhere"));
        assert_eq!(mounted("/no/api/time", "/...", "/api/time"), pair("", "/no/api/time"));
        assert_eq!(mounted("/a/b", "/a/b/c/...", ""), pair("", "/a/b"));
    }

    #[test]
    fn without_all_of_spins_headers_the_app_is_at_the_root() {
        for missing in ["spin-full-url", "spin-raw-component-route", "spin-component-route", "spin-path-info"]
        {
            let last = |name: &str| match name {
                _ if name == missing => None,
                "spin-full-url" => Some("http://localhost/nowhere/api/time".to_owned()),
                "spin-raw-component-route" => Some("/nowhere/...".to_owned()),
                "spin-component-route" => Some("/nowhere".to_owned()),
                _ => Some("/api/time".to_owned()),
            };
            let request = request("GET".into(), "/nowhere/api/time?x", last);
            assert_eq!((request.mount, request.path), pair("", "/nowhere/api/time"));
        }
    }
}
