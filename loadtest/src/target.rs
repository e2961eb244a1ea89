//! What is asked.

use std::net::IpAddr;

use http::Method;
use http::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::http::uri::Authority;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use crate::args::RequestArgs;
use crate::cache::CachePolicy;
use crate::error::Error;
use crate::evidence::Source;
use crate::expectation::Check;
use crate::reach::Reach;

/// What is asked: a URL and the name it goes by in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Distinct within a measurement.
    pub name: String,
    /// With scheme and host.
    #[serde(serialize_with = "write_url", deserialize_with = "read_url")]
    pub url: Url,
    /// What is started afresh in every round to serve it; `None` of a server that runs already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub command: Option<String>,
    /// The file that is shipped, in bytes, where it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size_bytes: Option<u64>,
    /// What is shipped and what runs it, of a packaging of the matrix.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub packaging: Option<Shipped>,
}

/// What is shipped of the program, and what runs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipped {
    /// What the program is compiled to.
    pub code: Code,
    /// The image that holds it, of a container.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub image: Option<Image>,
    /// The program that runs it and its version, like `wasmtime 48.0.2`.
    pub by: String,
}

/// What a program is compiled to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Code {
    /// For the processor.
    Native,
    /// WebAssembly.
    Wasm,
}

/// The size of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its layers as they are stored and sent.
    pub compressed_bytes: u64,
    /// Its layers unpacked.
    pub unpacked_bytes: u64,
}

impl Shipped {
    /// As a file, by what is still to be told.
    pub fn file(code: Code) -> Self {
        Self { code, image: None, by: String::new() }
    }
}

impl Target {
    /// What one is called that nobody has named, since it is the only one.
    pub const UNNAMED: &str = "target";

    /// # Errors
    ///
    /// When `url` is not one that can be asked over HTTP.
    pub fn new(name: impl Into<String>, url: &str) -> Result<Self, Error> {
        Ok(Self { name: name.into(), url: parse_url(url)?, command: None, size_bytes: None, packaging: None })
    }

    /// `NAME=URL`
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text.split_once('=') {
            Some((name, "")) if !name.is_empty() => {
                Err(Error::Usage(format!("{text:?} has no URL: is the variable that it comes from set?")))
            }
            Some((name, url)) if !name.is_empty() && !name.contains("://") => Self::new(name, url),
            _ => Err(Error::Usage(format!(
                "{text:?} has no name: write NAME=URL, like local=http://127.0.0.1:3000/"
            ))),
        }
    }
}

fn write_url<S: Serializer>(url: &Url, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(url.as_str())
}

fn read_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_url(&text).map_err(serde::de::Error::custom)
}

fn parse_url(text: &str) -> Result<Url, Error> {
    let wrong = |why: String| Err(Error::Usage(format!("{text:?} {why}")));
    if text.is_empty() {
        return wrong("is no URL: is the variable that it comes from set, such as SPIN_URL?".into());
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(_) if !text.contains("://") => {
            return wrong(format!("has no scheme: write http://{text} or https://{text}"));
        }
        Err(e) => return wrong(format!("is not a URL: {e}")),
    };
    match url.scheme() {
        "http" | "https" if !url.username().is_empty() || url.password().is_some() => Err(Error::Usage(
            "a user or password in the URL would end up in the report: pass it with -H 'Authorization: …'"
                .into(),
        )),
        "http" | "https" if url.has_host() => Ok(url),
        // "localhost:3000" parses as a URL of the scheme "localhost".
        scheme if !text.contains("://") => {
            wrong(format!("has no scheme, unless {scheme:?} is meant as one: write http://{text}"))
        }
        scheme => wrong(format!("has the scheme {scheme:?}: only http and https are measured")),
    }
}

/// Methods that HTTP knows.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// What every request has in common.
#[derive(Clone, Debug, Default)]
pub struct RequestTemplate {
    /// As given; upper and lower case are different methods.
    pub method: Method,
    /// As given, in order.
    pub headers: HeaderMap,
    /// Where the answers tell which instance they are of.
    pub evidence: Source,
    /// How the target is reached, where that is not as its URL says.
    pub reach: Reach,
    /// What is done about caches on the way.
    pub caches: CachePolicy,
    /// How closely its answers are checked.
    pub check: Check,
}

impl RequestTemplate {
    /// # Errors
    ///
    /// When the method or a header is not one that HTTP can send.
    pub fn of(args: &RequestArgs) -> Result<Self, Error> {
        let reach = Reach { insecure: args.insecure, connect_to: args.connect_to.clone() };
        let caches = CachePolicy { allow_cached: args.allow_cached, no_cache_buster: args.no_cache_buster };
        Ok(Self { reach, caches, check: args.check, ..Self::new(&args.method, &args.headers)? })
    }

    /// # Errors
    ///
    /// When the method or a header is not one that HTTP can send.
    pub fn new(method: &str, headers: &[String]) -> Result<Self, Error> {
        let method = parse_method(method)?;
        let mut map = HeaderMap::new();
        for header in headers {
            let (name, value) = parse_header(header)
                .map_err(|why| Error::Usage(format!("-H {why}: write it like 'NAME: VALUE'")))?;
            map.append(name, value);
        }
        check_body(&map)?;
        check_host(&map)?;
        Ok(Self { method, headers: map, ..Self::default() })
    }
}

/// Whoever is promised a body waits for it until the time-out.
fn check_body(headers: &HeaderMap) -> Result<(), Error> {
    let announces = |value: &HeaderValue| value.as_bytes().iter().any(|digit| *digit != b'0');
    let wrong = if headers.contains_key(TRANSFER_ENCODING) {
        "Transfer-Encoding"
    } else if headers.get_all(CONTENT_LENGTH).iter().any(announces) {
        "Content-Length"
    } else {
        return Ok(());
    };
    Err(Error::Usage(format!("-H {wrong} announces a body, and the request has none: leave that header out")))
}

/// It takes the place of the URL's host, which HTTP/2 has outside of the headers.
fn check_host(headers: &HeaderMap) -> Result<(), Error> {
    let mut hosts = headers.get_all(HOST).iter();
    let is_host = |host: &HeaderValue| {
        Authority::try_from(host.as_bytes()).is_ok_and(|host| !host.as_str().contains('@'))
    };
    match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => Err(Error::Usage("-H Host is there twice: leave one out".into())),
        (Some(host), None) if !is_host(host) => Err(Error::Usage(
            "-H Host is not the name of a host: write it like 'Host: example.org' or 'Host: example.org:8080'".into(),
        )),
        _ => Ok(()),
    }
}

/// Whether the host of `url` is the machine that this program runs on, by its name or address alone.
pub fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let name = host.trim_end_matches('.');
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

fn parse_method(text: &str) -> Result<Method, Error> {
    let method = Method::from_bytes(text.as_bytes())
        .map_err(|_| Error::Usage(format!("-m {text:?} is not a method: try GET, HEAD or POST")))?;
    // One that HTTP does not know may be meant; in lower case, one that it knows is.
    let upper = text.to_ascii_uppercase();
    if upper != text && METHODS.contains(&upper.as_str()) {
        return Err(Error::Usage(format!("-m {text} is another method than {upper}: write -m {upper}")));
    }
    Ok(method)
}

/// Says why it is none, without a value that may be secret.
fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let Some((name, value)) = text.split_once(':') else {
        return Err(format!("{text:?} has no colon"));
    };
    let name = name.trim();
    let value = value.trim().parse().map_err(|_| format!("{name:?} has a value with a control character"))?;
    match name.parse() {
        Ok(name) => Ok((name, value)),
        Err(_) if name.is_empty() => Err(format!("{text:?} has no name")),
        Err(_) => Err(format!("{name:?} has a character that no header's name may have")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        parse_url(url).unwrap_err().to_string()
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        let refusal = refusal("http://user:secret@example.org/");
        assert!(refusal.contains("Authorization") && !refusal.contains("secret"), "{refusal}");
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for text in ["", "http://", "http://[::1", "https://user@:80/"] {
            assert!(parse_url(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_named_url_may_have_an_equals_sign_of_its_own() {
        let target = Target::parse("a=http://h/?x=1").unwrap();
        assert_eq!((target.name.as_str(), target.url.as_str()), ("a", "http://h/?x=1"));
        assert!(Target::parse("http://h/?x=1").is_err());
        assert!(Target::parse("=http://h/").is_err());
    }

    #[test]
    fn headers_are_kept_in_order_also_twice() {
        let template = RequestTemplate::new("GET", &["a: 1".into(), "A:2".into()]).unwrap();
        assert_eq!(template.headers.get_all("a").iter().collect::<Vec<_>>(), ["1", "2"]);
        for wrong in ["a", "a b: c", ": c", "a: b\nc"] {
            assert!(RequestTemplate::new("GET", &[wrong.into()]).is_err(), "{wrong:?}");
        }
        assert!(RequestTemplate::new("G T", &[]).is_err());
    }

    #[test]
    fn a_host_header_names_one_host() {
        let refused = |headers: &[&str]| {
            let headers: Vec<_> = headers.iter().map(|host| format!("Host: {host}")).collect();
            RequestTemplate::new("GET", &headers).is_err()
        };
        assert!(!refused(&["example.org"]) && !refused(&["[::1]:80"]) && !refused(&["a_b.test:8080"]));
        assert!(refused(&[""]) && refused(&["a b"]) && refused(&["u@h"]) && refused(&["a", "a"]));
    }

    #[test]
    fn only_loopback_and_localhost_are_this_machine() {
        let is = |host: &str| is_this_machine(&format!("https://{host}/").parse().unwrap());
        for host in [
            "localhost",
            "localhost:80",
            "LOCALHOST.",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is(host), "{host}");
        }
        for host in
            ["localhost.run", "localhost-a.test", "notlocalhost", "127.0.0.1.nip.io", "128.0.0.1", "[::2]"]
        {
            assert!(!is(host), "{host}");
        }
    }

    #[test]
    fn a_bad_header_is_told_with_what_is_wrong_and_not_with_its_value() {
        for (header, why) in [
            ("Host", "\"Host\" has no colon"),
            (": x", "has no name"),
            ("a b: secret", "\"a b\" has a character"),
            ("key: sec\nret", "\"key\" has a value with a control character"),
        ] {
            let refusal = RequestTemplate::new("GET", &[header.into()]).unwrap_err().to_string();
            assert!(refusal.contains(why) && !refusal.contains("secret"), "{refusal}");
        }
    }
}
