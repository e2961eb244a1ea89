//! Which component answers a path, as Spin decides it: the most specific route, and of prefixes the longest.

use crate::error::Error;
use crate::manifest::{Manifest, Trigger};

/// The routes of an application.
pub(crate) struct Router {
    finder: routefinder::Router<usize>,
    routes: Vec<Route>,
}

/// A route as the manifest writes it.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// With its `/...`, if any.
    pub raw: String,
    pub component: String,
}

impl Route {
    /// Without its `/...`: empty for `/...` itself.
    pub fn prefix(&self) -> &str {
        self.raw.strip_suffix("/...").unwrap_or(&self.raw)
    }

    pub fn is_wildcard(&self) -> bool {
        self.raw.ends_with("/...")
    }
}

/// What a path matched.
#[derive(Debug)]
pub(crate) struct Match<'r> {
    pub route: &'r Route,
    /// The index of the route, in the order of the manifest.
    pub index: usize,
    /// The path below a route that ends in `/...`; empty otherwise.
    pub path_info: String,
    /// The named parameters and what they stand for.
    pub parameters: Vec<(String, String)>,
}

impl Router {
    /// # Errors
    ///
    /// When a route is written wrongly, or stands twice.
    pub fn new(manifest: &Manifest) -> Result<Self, Error> {
        let error = |message| Error::Config { path: manifest.path.clone(), line: None, message };
        let mut finder = routefinder::Router::new();
        let mut routes: Vec<Route> = Vec::new();
        for Trigger { route, component, .. } in &manifest.triggers {
            if !route.starts_with('/') {
                return Err(error(format!(
                    "route {route:?} does not begin with a slash: write \"/{route}\""
                )));
            }
            if let Some(other) = routes.iter().find(|known| known.raw == *route) {
                let (a, b) = (&other.component, component);
                return Err(error(format!(
                    "route {route:?} stands twice, for {a:?} and for {b:?}: remove one"
                )));
            }
            let spec = match route.strip_suffix("/...") {
                Some(prefix) => format!("{prefix}/*"),
                None => route.clone(),
            };
            finder
                .add(spec.as_str(), routes.len())
                .map_err(|e| error(format!("route {route:?}: {}", crate::error::one_line(e))))?;
            routes.push(Route { raw: route.clone(), component: component.clone() });
        }
        Ok(Self { finder, routes })
    }

    /// In the order of the manifest.
    pub fn routes(&self) -> &[Route] {
        &self.routes
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

    fn router(routes: &[(&str, &str)]) -> Result<Router, Error> {
        let triggers = routes.iter().map(|(route, component)| Trigger {
            id: String::new(),
            component: (*component).into(),
            route: (*route).into(),
            executor: Default::default(),
        });
        Router::new(&Manifest {
            path: "spin.toml".into(),
            name: "app".into(),
            triggers: triggers.collect(),
            components: Default::default(),
        })
    }

    fn matched(router: &Router, path: &str) -> Option<(String, String)> {
        router.find(path).map(|m| (m.route.component.clone(), m.path_info))
    }

    fn some(component: &str, path_info: &str) -> Option<(String, String)> {
        Some((component.into(), path_info.into()))
    }

    #[test]
    fn the_longest_prefix_wins_whatever_the_order() {
        let one = [("/...", "root"), ("/wagi/...", "wagi"), ("/wagi/deep/...", "deep")];
        let mut other = one;
        other.reverse();
        for routes in [one, other] {
            let router = router(&routes).unwrap();
            assert_eq!(matched(&router, "/"), some("root", "/"));
            assert_eq!(matched(&router, "/api/time"), some("root", "/api/time"));
            assert_eq!(matched(&router, "/wagi"), some("wagi", ""));
            assert_eq!(matched(&router, "/wagi/"), some("wagi", "/"));
            assert_eq!(matched(&router, "/wagi/api/time"), some("wagi", "/api/time"));
            assert_eq!(matched(&router, "/wagi/deep/x/"), some("deep", "/x/"));
            assert_eq!(matched(&router, "/wagixyz"), some("root", "/wagixyz"));
        }
    }

    #[test]
    fn an_exact_route_wins_over_a_parameter_and_that_over_a_prefix() {
        let router = router(&[("/...", "prefix"), ("/:name", "parameter"), ("/exact", "exact")]).unwrap();
        assert_eq!(matched(&router, "/exact"), some("exact", ""));
        assert_eq!(matched(&router, "/other"), some("parameter", ""));
        assert_eq!(matched(&router, "/other/more"), some("prefix", "/other/more"));
        assert_eq!(router.find("/other").unwrap().parameters, [("name".into(), "other".into())]);
    }

    #[test]
    fn a_path_no_route_matches_is_nobodys() {
        let router = router(&[("/only", "only")]).unwrap();
        assert!(router.find("/").is_none() && router.find("/only/more").is_none());
    }

    #[test]
    fn a_route_that_stands_twice_or_without_its_slash_is_refused() {
        let twice = router(&[("/a", "one"), ("/a", "two")]).err().unwrap().to_string();
        assert!(twice.contains("twice") && twice.contains("\"one\"") && twice.contains("\"two\""), "{twice}");
        assert!(router(&[("a", "one")]).err().unwrap().to_string().contains("begin with a slash"));
    }
}
