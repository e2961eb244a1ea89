//! What Spin tells a component of how it was reached: as `spin-*` headers, or in WAGI as variables.

use std::net::SocketAddr;

use http::header::{HOST, HeaderMap, HeaderName};
use http::{HeaderValue, Request};

use crate::router::Match;

/// Name, as it follows `spin-`, and value.
pub(crate) type Fact = (String, String);

/// What Spin tells of a request, but for the path below the route.
pub(crate) fn facts<B>(request: &Request<B>, matched: &Match, client: SocketAddr) -> Vec<Fact> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut facts = vec![
        fact("full-url", &format!("http://{}{target}", authority(request))),
        fact("matched-route", &matched.route.raw),
        fact("base-path", "/"),
        fact("raw-component-route", &matched.route.raw),
        fact("component-route", matched.route.prefix()),
        fact("client-addr", &client.to_string()),
    ];
    facts.extend(
        matched
            .parameters
            .iter()
            .map(|(name, value)| (format!("path-match-{}", name.to_ascii_lowercase()), value.clone())),
    );
    facts
}

/// Whom the client thinks it asks.
pub(crate) fn authority<B>(request: &Request<B>) -> &str {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    request.uri().authority().map(|a| a.as_str()).or(host).unwrap_or("localhost")
}

/// Puts the facts into headers, in place of any that the client sent under Spin's names.
pub(crate) fn set(headers: &mut HeaderMap, facts: Vec<Fact>, path_info: &str) {
    let spoofed: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with("spin-")).cloned().collect();
    for name in spoofed {
        headers.remove(name);
    }
    for (name, value) in facts.into_iter().chain([("path-info".to_owned(), path_info.to_owned())]) {
        let name = HeaderName::from_bytes(format!("spin-{name}").as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            headers.insert(name, value);
        }
    }
}
