//! Where the application is, by what the command printed.

use url::Url;

use super::transcript::Line;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The component; `None` of the application's own address.
    pub component: Option<String>,
    pub url: Url,
    pub wildcard: bool,
}

/// Every route that is printed, or else the application's address; none of those with parameters, which have no one URL.
pub fn routes(lines: &[Line]) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    let mut below_heading = false;
    for line in lines.iter().map(|line| line.text.as_str()) {
        if matches!(line.trim(), "Routes:" | "App Routes:") {
            below_heading = true;
        } else if let Some(route) = route(line).filter(|_| below_heading) {
            // A description may have another's URL in it.
            if routes.first().is_none_or(|first| first.url.host_str() == route.url.host_str()) {
                routes.push(route);
            }
        }
    }
    routes.retain(|route| !route.url.path().contains("/:"));
    if routes.is_empty() {
        lines.iter().find_map(|line| address(&line.text)).into_iter().collect()
    } else {
        routes
    }
}

/// `View application:   https://…/`
fn address(line: &str) -> Option<Route> {
    let (_, address) = line.split_once("View application:")?;
    let url = Url::parse(address.trim()).ok().filter(is_http)?;
    Some(Route { component: None, url, wildcard: true })
}

/// `- NAME: URL (wildcard)`
fn route(line: &str) -> Option<Route> {
    let (component, address) = line.trim().strip_prefix("- ")?.split_once(": ")?;
    let wildcard = address.trim_end().strip_suffix("(wildcard)");
    let url = Url::parse(wildcard.unwrap_or(address).trim()).ok().filter(is_http)?;
    (!component.contains(' ')).then(|| Route {
        component: Some(component.to_owned()),
        url,
        wildcard: wildcard.is_some(),
    })
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

impl Route {
    /// What to ask there: `path`, which begins with a slash, below a wildcard; else just what it is.
    pub fn asked(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        if self.wildcard {
            let (path, query) =
                path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
            url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
            url.set_query(query);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn found(printed: &str) -> Vec<(String, String)> {
        let at = Duration::ZERO;
        let lines: Vec<_> =
            printed.lines().map(|text| Line { begun: at, ended: at, text: text.into() }).collect();
        let name = |route: &Route| route.component.clone().unwrap_or_default();
        routes(&lines).iter().map(|route| (name(route), route.asked("/api/time").into())).collect()
    }

    fn pair(name: &str, url: &str) -> (String, String) {
        (name.into(), url.into())
    }

    #[test]
    fn fermyon_cloud_names_the_application_and_its_routes_if_they_are_several() {
        let one = "\nView application:   https://x-1a.fermyon.app/\nManage application: https://cloud.fermyon.com/app/x\n";
        assert_eq!(found(one), [pair("", "https://x-1a.fermyon.app/api/time")]);
        let several = "View application:   https://x.fermyon.app/\n  Routes:\n  - a: https://x.fermyon.app (wildcard)\n    See: https://docs.test/ (wildcard)\n  \
                       - b: https://x.fermyon.app/wagi (wildcard)\n  - c: https://x.fermyon.app/exact\n  - d: https://x.fermyon.app/users/:id\n\
                       Manage application: https://cloud.fermyon.com/app/x\n";
        let b = pair("b", "https://x.fermyon.app/wagi/api/time");
        let expected =
            [pair("a", "https://x.fermyon.app/api/time"), b, pair("c", "https://x.fermyon.app/exact")];
        assert_eq!(found(several), expected);
    }

    #[test]
    fn akamai_prints_app_routes() {
        let printed = "App Routes:\n- hello-spin: https://ec8a19d8.fwf.app (wildcard)\n";
        assert_eq!(found(printed), [pair("hello-spin", "https://ec8a19d8.fwf.app/api/time")]);
    }

    #[test]
    fn nothing_else_is_a_route() {
        assert_eq!(
            found("Error: see https://developer.fermyon.com/cloud/faq\nLearn more at: https://x.test/"),
            []
        );
        assert_eq!(found("App Routes:\n- a: ftp://x.test/\n"), []);
    }
}
