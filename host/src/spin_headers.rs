//! What Spin tells a component about its request: as `spin-*` headers, or in WAGI as variables.

use std::borrow::Cow;
use std::net::SocketAddr;

use http::header::HeaderName;
use http::{HeaderValue, Request};

use crate::router::Match;

/// A fact by its name as a header, its name as a variable, and its value.
type Fact<'a> = (Cow<'static, str>, Cow<'static, str>, Cow<'a, str>);

/// The facts, in Spin's order. The request's target is absolute.
pub(crate) fn facts<'a, B>(request: &Request<B>, matched: &'a Match, client: SocketAddr) -> Vec<Fact<'a>> {
    let route = matched.route;
    let mut facts: Vec<Fact> = vec![
        ("spin-path-info".into(), "PATH_INFO".into(), matched.path_info.as_str().into()),
        ("spin-full-url".into(), "X_FULL_URL".into(), request.uri().to_string().into()),
        ("spin-matched-route".into(), "X_MATCHED_ROUTE".into(), route.based.as_str().into()),
        ("spin-base-path".into(), "X_BASE_PATH".into(), "/".into()),
        ("spin-raw-component-route".into(), "X_RAW_COMPONENT_ROUTE".into(), route.raw.as_str().into()),
        ("spin-component-route".into(), "X_COMPONENT_ROUTE".into(), route.raw_prefix().into()),
        ("spin-client-addr".into(), "X_CLIENT_ADDR".into(), client.to_string().into()),
    ];
    for (name, value) in &matched.parameters {
        let header = format!("spin-path-match-{}", name.to_ascii_lowercase().replace('_', "-"));
        let variable = format!("X_PATH_MATCH_{}", name.to_ascii_uppercase());
        facts.push((header.into(), variable.into(), value.as_str().into()));
    }
    facts
}

/// Appends the facts to the request's headers. A client's own `spin-*` headers stay, as in Spin: a component reads
/// the last value.
pub(crate) fn append<B>(request: &mut Request<B>, matched: &Match, client: SocketAddr) {
    for (header, _, value) in facts(request, matched, client) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(&*header), HeaderValue::from_str(&value)) {
            request.headers_mut().append(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::router::Route;

    #[test]
    fn a_client_finds_each_fact_under_spins_name() {
        let route = Route::new("/users/:user_id/...");
        let parameters = BTreeMap::from([("user_id".to_owned(), "7".to_owned())]);
        let matched = Match { route: &route, path_info: "/a".into(), parameters };
        let mut request =
            Request::get("http://a:3000/users/7/a").header("spin-path-info", "forged").body(()).unwrap();
        append(&mut request, &matched, "192.0.2.1:1234".parse().unwrap());
        let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        assert_eq!(
            headers.collect::<Vec<_>>(),
            [
                ("spin-path-info", "forged"),
                ("spin-path-info", "/a"),
                ("spin-full-url", "http://a:3000/users/7/a"),
                ("spin-matched-route", "/users/:user_id/..."),
                ("spin-base-path", "/"),
                ("spin-raw-component-route", "/users/:user_id/..."),
                ("spin-component-route", "/users/:user_id"),
                ("spin-client-addr", "192.0.2.1:1234"),
                ("spin-path-match-user-id", "7"),
            ]
        );
    }
}
