//! Which route answers a path, as Spin decides it: the most specific one, and of prefixes the longest.

use std::collections::BTreeMap;

use routefinder::{RouteSpec, Segment};

/// The routes of an application.
pub(crate) struct Router {
    finder: routefinder::Router<usize>,
    routes: Vec<Route>,
}

/// A route in the forms that Spin knows.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    raw: String,
    based: String,
}

impl Route {
    /// `raw` may lack its slash, or be empty.
    pub fn new(raw: &str) -> Self {
        let based = if raw.starts_with('/') { raw.to_owned() } else { format!("/{raw}") };
        let based = based.strip_suffix('/').unwrap_or(&based).to_owned();
        Self { raw: raw.to_owned(), based }
    }

    /// As the manifest has it.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    pub fn raw_prefix(&self) -> &str {
        self.raw.strip_suffix("/...").unwrap_or(&self.raw)
    }

    /// With a slash before it and none after it.
    pub fn based(&self) -> &str {
        &self.based
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
        for (n, segment) in spec.segments().iter().enumerate() {
            match (segment, spec.segments().get(n + 1)) {
                (Segment::Wildcard, Some(_)) => {
                    return Err(
                        "has a wildcard before its end: only the last part can be `*` or `...`".into()
                    );
                }
                (Segment::Param(name), Some(Segment::Exact(_) | Segment::Param(_) | Segment::Wildcard)) => {
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
    /// The index of the route.
    pub index: usize,
    /// The path below a route that ends in a wildcard. Empty otherwise.
    pub path_info: String,
    /// Values of the named parameters.
    pub parameters: BTreeMap<String, String>,
}

impl Router {
    /// # Errors
    ///
    /// When the router cannot hold one of them.
    pub fn new(routes: Vec<Route>) -> Result<Self, String> {
        let mut finder = routefinder::Router::new();
        for (index, route) in routes.iter().enumerate() {
            let spec =
                route.spec().map_err(|e| format!("route {:?} {}", route.raw, crate::error::one_line(e)))?;
            let Ok(()) = finder.add(spec, index);
        }
        Ok(Self { finder, routes })
    }

    /// In the order in which they are tried, with their indices.
    pub fn routes(&self) -> impl Iterator<Item = (usize, &Route)> {
        self.finder.iter().map(|(_, index)| (*index, &self.routes[*index]))
    }

    pub fn find(&self, path: &str) -> Option<Match<'_>> {
        let found = self.finder.best_match(path)?;
        let (index, captures) = (*found.handler(), found.captures());
        // The wildcard comes without the slashes around it.
        let path_info = captures.wildcard().map(|rest| match (rest, path.ends_with('/')) {
            ("", false) => String::new(),
            ("", true) => "/".into(),
            (rest, false) => format!("/{rest}"),
            (rest, true) => format!("/{rest}/"),
        });
        Some(Match {
            route: &self.routes[index],
            index,
            path_info: path_info.unwrap_or_default(),
            parameters: captures.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[&str]) -> Router {
        Router::new(routes.iter().map(|route| Route::new(route)).collect()).unwrap()
    }

    fn matched(router: &Router, path: &str) -> Option<(String, String)> {
        router.find(path).map(|m| (m.route.raw.clone(), m.path_info))
    }

    fn some(route: &str, path_info: &str) -> Option<(String, String)> {
        Some((route.into(), path_info.into()))
    }

    #[test]
    fn the_longest_prefix_wins_whatever_the_order() {
        let one = ["/...", "/wagi/...", "/wagi/deep/..."];
        let mut other = one;
        other.reverse();
        for routes in [one, other] {
            let router = router(&routes);
            assert_eq!(matched(&router, "/"), some("/...", "/"));
            assert_eq!(matched(&router, "/api/time"), some("/...", "/api/time"));
            assert_eq!(matched(&router, "/wagi"), some("/wagi/...", ""));
            assert_eq!(matched(&router, "/wagi/"), some("/wagi/...", "/"));
            assert_eq!(matched(&router, "/wagi/api/time"), some("/wagi/...", "/api/time"));
            assert_eq!(matched(&router, "/wagi/deep/x/"), some("/wagi/deep/...", "/x/"));
            assert_eq!(matched(&router, "/wagixyz"), some("/...", "/wagixyz"));
        }
    }

    #[test]
    fn an_exact_route_wins_over_a_parameter_and_that_over_a_prefix() {
        let router = router(&["/...", "/:name", "/exact"]);
        assert_eq!(matched(&router, "/exact"), some("/exact", ""));
        assert_eq!(matched(&router, "/other"), some("/:name", ""));
        assert_eq!(matched(&router, "/other/more"), some("/...", "/other/more"));
        assert_eq!(router.find("/other").unwrap().parameters["name"], "other");
    }

    #[test]
    fn a_path_that_no_route_matches_has_no_match() {
        let router = router(&["/only"]);
        assert!(router.find("/").is_none() && router.find("/only/more").is_none());
    }

    #[test]
    fn a_route_may_lack_its_slash_or_end_in_one() {
        for (raw, based, path) in [("", "", "/"), ("/", "", "/"), ("a", "/a", "/a"), ("/a/", "/a", "/a")] {
            let router = router(&[raw]);
            assert_eq!(matched(&router, path), some(raw, ""), "{raw:?}");
            assert_eq!(Route::new(raw).based(), based);
        }
        assert_eq!(matched(&router(&["a/..."]), "/a/b"), some("a/...", "/b"));
        assert_eq!(matched(&router(&["..."]), "/a/b"), some("...", "/a/b"));
        assert_eq!(matched(&router(&["/a/*"]), "/a/b"), some("/a/*", "/b"));
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
            let e = Router::new(vec![Route::new(route)]).err().expect(route);
            assert!(e.contains(says) && e.contains("route"), "{route}: {e}");
        }
    }

    #[test]
    fn no_route_that_is_held_panics() {
        let parts = ["", "a", ":a", "*", ".", "...", ":a.b", "*.c", ":a.*", "a.:b", ":a..b", ":."];
        for (a, b, c) in triples(&parts) {
            let Ok(router) = Router::new(vec![Route::new(&format!("/{a}/{b}/{c}"))]) else { continue };
            for path in ["/", "/a", "/a/b", "/a/b/c", "//", "/a//c", "/a.b/c.d/e.f", "/.../...", "/é/é.b"] {
                router.find(path);
            }
        }
    }

    fn triples<'a>(parts: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
        let pairs = move |a: &'a str| parts.iter().map(move |b| (a, *b));
        parts.iter().flat_map(move |a| pairs(a)).flat_map(move |(a, b)| parts.iter().map(move |c| (a, b, *c)))
    }
}
