//! A request in the two forms in which it is sent: that of HTTP/1.1 and that of HTTP/2.

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_LENGTH, HOST, HeaderMap, HeaderValue, USER_AGENT};
use hyper::http::uri::Authority;
use hyper::{Method, Request, Uri, Version};
use url::Url;

use crate::error::Error;
use crate::target::RequestTemplate;

const USER: &str = concat!("loadtest/", env!("CARGO_PKG_VERSION"));

pub type Asked = Request<Empty<Bytes>>;

#[derive(Clone, Debug)]
pub struct Wire {
    /// HTTP/1.1: the path alone, and the host in a header.
    pub one: Asked,
    /// HTTP/2: the whole URI. Its authority is sent as `:authority`.
    pub two: Asked,
}

impl Wire {
    /// The request to `url`. A `Host` header of the template takes the place of the URL's host in both forms, as in curl.
    pub fn new(url: &Url, template: &RequestTemplate) -> Result<Self, Error> {
        let unusable = || Error::Usage(format!("{url} cannot be asked: write it with a host"));
        let whole: Uri =
            url.as_str().split('#').next().unwrap_or_default().parse().map_err(|_| unusable())?;
        let mut headers = template.headers.clone();
        let host = match headers.remove(HOST) {
            Some(host) => host,
            None => HeaderValue::from_str(url.authority()).map_err(|_| unusable())?,
        };
        let authority = Authority::try_from(host.as_bytes()).map_err(|_| unusable())?;
        add_defaults(&mut headers, &template.method);
        let path = whole.path_and_query().cloned();
        let form = |uri: Uri, headers: HeaderMap, version: Version| {
            let mut request = Asked::default();
            *request.method_mut() = template.method.clone();
            *request.uri_mut() = uri;
            *request.headers_mut() = headers;
            *request.version_mut() = version;
            request
        };
        let mut parts = whole.into_parts();
        parts.authority = Some(authority.clone());
        let whole = Uri::from_parts(parts).map_err(|_| unusable())?;
        // A tunnel is asked for by its end alone (RFC 9112, section 3.2.3).
        let short = match (&template.method, path) {
            (&Method::CONNECT, _) => Uri::from(authority),
            (_, Some(path)) => Uri::from(path),
            (_, None) => Uri::default(),
        };
        let mut with_host = HeaderMap::with_capacity(headers.len() + 1);
        with_host.insert(HOST, host);
        with_host.extend(headers.clone());
        Ok(Self { one: form(short, with_host, Version::HTTP_11), two: form(whole, headers, Version::HTTP_2) })
    }
}

fn add_defaults(headers: &mut HeaderMap, method: &Method) {
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(USER));
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    if [Method::POST, Method::PUT, Method::PATCH].contains(method) {
        // These methods expect a body. That there is none must be said (RFC 9110, section 8.6).
        headers.entry(CONTENT_LENGTH).or_insert(HeaderValue::from_static("0"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(url: &str, method: &str, headers: &[&str]) -> Wire {
        let headers: Vec<_> = headers.iter().map(ToString::to_string).collect();
        Wire::new(&url.parse().unwrap(), &RequestTemplate::new(method, &headers).unwrap()).unwrap()
    }

    #[test]
    fn http_1_has_the_path_and_the_host_first_and_http_2_the_whole_uri() {
        let Wire { one, two } = wire("https://h.test:8443/a?b#c", "GET", &["x: 1"]);
        assert_eq!(
            (one.uri().to_string(), &one.headers()["host"]),
            ("/a?b".into(), &"h.test:8443".parse().unwrap())
        );
        assert_eq!(one.headers().keys().next(), Some(&HOST));
        assert_eq!(two.uri(), "https://h.test:8443/a?b");
        assert!(!two.headers().contains_key(HOST) && two.headers()["x"] == "1");
    }

    #[test]
    fn a_host_header_is_the_authority_in_both_forms() {
        let Wire { one, two } = wire("https://h.test:8443/a", "GET", &["Host: other.test"]);
        assert_eq!(one.headers().get_all(HOST).iter().collect::<Vec<_>>(), ["other.test"]);
        assert_eq!((two.uri().to_string(), two.headers().get(HOST)), ("https://other.test/a".into(), None));
    }

    #[test]
    fn a_tunnel_is_asked_for_by_its_end_and_a_missing_body_is_said() {
        assert_eq!(wire("http://h.test:81/a", "CONNECT", &[]).one.uri(), "h.test:81");
        assert_eq!(wire("http://h.test/", "POST", &[]).two.headers()["content-length"], "0");
    }
}
