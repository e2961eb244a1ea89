//! Which route answers a path, as Spin decides it: the most specific one, and of prefixes the longest.

use std::collections::BTreeMap;

use routefinder::{RouteSpec, Segment};

use crate::error::one_line;

/// The routes of an application, and what each leads to.
pub(crate) struct Router<T>(routefinder::Router<(Route, T)>);

/// A route in the forms that Spin knows.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// As the manifest has it.
    pub raw: String,
    /// With a slash before it and none after it.
    pub based: String,
}

impl Route {
    /// `raw` may lack its slash, or be empty.
    pub fn new(raw: &str) -> Self {
        let based = if raw.starts_with('/') { raw.to_owned() } else { format!("/{raw}") };
        let based = based.strip_suffix('/').unwrap_or(&based).to_owned();
        Self { raw: raw.to_owned(), based }
    }

    pub fn raw_prefix(&self) -> &str {
        self.raw.strip_suffix("/...").unwrap_or(&self.raw)
    }

    pub fn based_prefix(&self) -> &str {
        self.based.strip_suffix("/...").unwrap_or(&self.based)
    }

    /// The path before the wildcard of a route that has one.
    pub fn wildcard_prefix(&self) -> Option<&str> {
        self.based.strip_suffix("/...").or_else(|| self.based.strip_suffix("/*"))
    }

    /// # Errors
    ///
    /// When the router cannot hold it: it would panic at a request, or never match one.
    fn spec(&self) -> Result<RouteSpec, String> {
        if !self.raw.is_ascii() {
            return Err("has a character that no request path has: percent-encode it".into());
        }
        let spec = match self.wildcard_prefix() {
            Some(prefix) => format!("{prefix}/*").parse::<RouteSpec>(),
            None => self.based.parse(),
        }?;
        for neighbours in spec.segments().windows(2) {
            match neighbours {
                [Segment::Wildcard, _] => {
                    return Err(
                        "has a wildcard before its end: only the last part can be `*` or `...`".into()
                    );
                }
                [Segment::Param(name), Segment::Exact(_) | Segment::Param(_) | Segment::Wildcard] => {
                    return Err(format!("has no slash or dot after `:{name}`: write one"));
                }
                _ => {}
            }
        }
        Ok(spec)
    }
}

/// What a path matched.
#[derive(Debug)]
pub(crate) struct Match<'r> {
    pub route: &'r Route,
    /// The path below a route that ends in a wildcard. Empty otherwise.
    pub path_info: String,
    /// Values of the named parameters.
    pub parameters: BTreeMap<String, String>,
}

impl<T> Router<T> {
    pub fn new() -> Self {
        Self(routefinder::Router::new())
    }

    /// # Errors
    ///
    /// When the router cannot hold `route`.
    pub fn add(&mut self, route: &str, target: T) -> Result<(), String> {
        let route = Route::new(route);
        let spec = route.spec().map_err(|e| format!("route {:?} {}", route.raw, one_line(e)))?;
        let Ok(()) = self.0.add(spec, (route, target));
        Ok(())
    }

    /// In the order in which they are tried.
    pub fn routes(&self) -> impl Iterator<Item = &(Route, T)> {
        self.0.iter().map(|(_, routed)| routed)
    }

    pub fn find(&self, path: &str) -> Option<(Match<'_>, &T)> {
        let found = self.0.best_match(path)?;
        let ((route, target), captures) = (found.handler(), found.captures());
        // The wildcard comes without the slashes around it.
        let path_info = captures.wildcard().map(|rest| match (rest, path.ends_with('/')) {
            ("", false) => String::new(),
            ("", true) => "/".into(),
            (rest, false) => format!("/{rest}"),
            (rest, true) => format!("/{rest}/"),
        });
        let parameters = captures.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        Some((Match { route, path_info: path_info.unwrap_or_default(), parameters }, target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[&str]) -> Router<()> {
        let mut router = Router::new();
        routes.iter().for_each(|route| router.add(route, ()).unwrap());
        router
    }

    /// The route that answers a path, and the path below it.
    fn matched<'r>(router: &'r Router<()>, path: &str) -> Option<(&'r str, String)> {
        router.find(path).map(|(matched, ())| (&*matched.route.raw, matched.path_info))
    }

    #[track_caller]
    fn assert_matches(routes: &[&str], cases: &[(&str, &str, &str)]) {
        let router = router(routes);
        for (path, route, path_info) in cases {
            assert_eq!(matched(&router, path), Some((*route, (*path_info).to_owned())), "{path}");
        }
    }

    #[test]
    fn the_longest_prefix_wins_whatever_the_order() {
        let mut routes = ["/...", "/wagi/...", "/wagi/deep/..."];
        for _ in 0..2 {
            assert_matches(
                &routes,
                &[
                    ("/", "/...", "/"),
                    ("/api/time", "/...", "/api/time"),
                    ("/wagi", "/wagi/...", ""),
                    ("/wagi/", "/wagi/...", "/"),
                    ("/wagi/api/time", "/wagi/...", "/api/time"),
                    ("/wagi/deep/x/", "/wagi/deep/...", "/x/"),
                    ("/wagixyz", "/...", "/wagixyz"),
                ],
            );
            routes.reverse();
        }
    }

    #[test]
    fn an_exact_route_wins_over_a_parameter_and_that_over_a_prefix() {
        let routes = ["/...", "/:name", "/exact"];
        let cases =
            [("/exact", "/exact", ""), ("/other", "/:name", ""), ("/other/more", "/...", "/other/more")];
        assert_matches(&routes, &cases);
        assert_eq!(router(&routes).find("/other").unwrap().0.parameters["name"], "other");
        let exact = router(&["/only"]);
        assert_eq!((matched(&exact, "/"), matched(&exact, "/only/more")), (None, None));
    }

    #[test]
    fn a_route_may_lack_its_slash_or_end_in_one() {
        for (raw, based, path, path_info) in [
            ("", "", "/", ""),
            ("/", "", "/", ""),
            ("a", "/a", "/a", ""),
            ("/a/", "/a", "/a", ""),
            ("a/...", "/a/...", "/a/b", "/b"),
            ("...", "/...", "/a/b", "/a/b"),
            ("/a/*", "/a/*", "/a/b", "/b"),
        ] {
            assert_matches(&[raw], &[(path, raw, path_info)]);
            assert_eq!(Route::new(raw).based, based);
        }
    }

    #[test]
    fn a_route_that_the_router_cannot_hold_is_an_error() {
        for (route, says) in [
            ("/*/x", "wildcard before its end"),
            ("/*/...", "wildcard before its end"),
            ("/*.json", "wildcard"),
            ("/a*/*/b", "wildcard before its end"),
            ("/*rest", "wildcard"),
            ("/:", "named"),
            ("/:é/x", "percent-encode"),
            ("/zeit/уже", "percent-encode"),
        ] {
            let e = Router::new().add(route, ()).expect_err(route);
            assert!(e.contains(says) && e.contains("route"), "{route}: {e}");
        }
    }

    #[test]
    fn no_route_that_is_held_panics() {
        let parts = ["", "a", ":a", "*", ".", "...", ":a.b", "*.c", ":a.*", "a.:b", ":a..b", ":."];
        for number in 0..parts.len().pow(3) {
            let [a, b, c] = [1, 12, 144].map(|place| parts[number / place % parts.len()]);
            let mut router = Router::new();
            if router.add(&format!("/{a}/{b}/{c}"), ()).is_ok() {
                for path in ["/", "/a", "/a/b", "/a/b/c", "//", "/a//c", "/a.b/c.d/e.f", "/.../...", "/é/é.b"]
                {
                    router.find(path);
                }
            }
        }
    }
}
