//! What Spin tells a component of how it was reached: as `spin-*` headers, or in WAGI as variables.

use std::borrow::Cow;

use http::header::{HOST, HeaderMap, HeaderName};
use http::{HeaderValue, Request};

use crate::client::Client;
use crate::router::Match;

/// What a fact is called: as a header, and as a variable.
pub(crate) struct Name {
    header: HeaderName,
    pub variable: &'static str,
}

impl Name {
    const fn new(header: &'static str, variable: &'static str) -> Self {
        Self { header: HeaderName::from_static(header), variable }
    }
}

static FULL_URL: Name = Name::new("spin-full-url", "X_FULL_URL");
static MATCHED_ROUTE: Name = Name::new("spin-matched-route", "X_MATCHED_ROUTE");
static BASE_PATH: Name = Name::new("spin-base-path", "X_BASE_PATH");
static RAW_COMPONENT_ROUTE: Name = Name::new("spin-raw-component-route", "X_RAW_COMPONENT_ROUTE");
static COMPONENT_ROUTE: Name = Name::new("spin-component-route", "X_COMPONENT_ROUTE");
static CLIENT_ADDR: Name = Name::new("spin-client-addr", "X_CLIENT_ADDR");

/// What Spin tells of a request, but for the path below the route and the parameters of the route.
pub(crate) fn facts<'a, B>(
    request: &Request<B>,
    matched: &'a Match,
    client: &'a Client,
) -> [(&'static Name, Cow<'a, str>); 6] {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let full_url = ["http://", authority(request), target].concat();
    let route = &matched.route;
    [
        (&FULL_URL, full_url.into()),
        (&MATCHED_ROUTE, route.raw.as_str().into()),
        (&BASE_PATH, "/".into()),
        (&RAW_COMPONENT_ROUTE, route.raw.as_str().into()),
        (&COMPONENT_ROUTE, route.prefix().into()),
        (&CLIENT_ADDR, client.address.as_str().into()),
    ]
}

/// The parameters of the route, by their names as they follow `spin-` and what they stand for.
pub(crate) fn parameters<'a>(matched: &'a Match) -> impl Iterator<Item = (String, &'a str)> {
    let named = |name: &str| format!("path-match-{}", name.to_ascii_lowercase());
    matched.parameters.iter().map(move |(name, value)| (named(name), value.as_str()))
}

/// Whom the client thinks it asks.
pub(crate) fn authority<B>(request: &Request<B>) -> &str {
    let host = || request.headers().get(HOST)?.to_str().ok();
    request.uri().authority().map(|a| a.as_str()).or_else(host).unwrap_or("localhost")
}

/// The headers of a request with what Spin tells, in place of any that the client sent under Spin's names.
pub(crate) fn set<B>(request: &mut Request<B>, matched: &Match, client: &Client) {
    let facts = facts(request, matched, client);
    let headers = request.headers_mut();
    remove_spoofed(headers);
    // At once, where they would be moved twice.
    headers.reserve(facts.len() + 1);
    for (name, value) in facts {
        insert(headers, name.header.clone(), value);
    }
    insert(headers, HeaderName::from_static("spin-path-info"), matched.path_info.as_str().into());
    for (name, value) in parameters(matched) {
        if let Ok(name) = HeaderName::try_from(format!("spin-{name}")) {
            insert(headers, name, value.into());
        }
    }
}

fn remove_spoofed(headers: &mut HeaderMap) {
    let spoofed: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with("spin-")).cloned().collect();
    for name in spoofed {
        headers.remove(name);
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: Cow<str>) {
    let value = match value {
        Cow::Borrowed(value) => HeaderValue::from_str(value),
        Cow::Owned(value) => HeaderValue::try_from(value),
    };
    if let Ok(value) = value {
        headers.insert(name, value);
    }
}
