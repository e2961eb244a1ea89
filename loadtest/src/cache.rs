//! Whether an answer came out of a cache on the way, by what the cache says of itself.

use std::time::{Duration, UNIX_EPOCH};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::headers::Headers;

/// Headers of caches that tell a hit in a word: `X-Cache: Hit from cloudfront`, `CF-Cache-Status: HIT`.
const TELL_HITS: [&str; 5] =
    ["x-cache", "cf-cache-status", "x-cache-status", "x-proxy-cache", "x-vercel-cache"];

/// What an answer may be older than its `Date`: both are whole seconds, and one may be of before the turn.
const YOUNG: Duration = Duration::from_secs(2);

/// What betrays a cache, a header or an old body; `None` where nothing does.
///
/// An `Age`, whatever its value, means that the origin was not asked for this answer (RFC 9111, section 5.1). In
/// `Cache-Status`, the last member is of the cache nearest to the client, and any with `hit` answered (RFC 9211).
pub fn betrayed_by(headers: &impl Headers, body: &[u8]) -> Option<String> {
    let told = |name: &str, hit: fn(&str) -> bool| {
        headers.texts(name).find(|value| hit(value)).map(|value| format!("{name}: {value}"))
    };
    told("age", |_| true)
        .or_else(|| told("cache-status", has_hit_parameter))
        .or_else(|| TELL_HITS.iter().find_map(|name| told(name, tells_a_hit)))
        .or_else(|| outdated(headers, body))
}

/// The JSON of Moscow time, which says when it was made.
#[derive(Deserialize)]
struct Made {
    #[serde(rename = "moscow_time")]
    _moscow_time: IgnoredAny,
    timestamp: u64,
}

/// A cache that says nothing of itself sends an old body with a new `Date`.
fn outdated(headers: &impl Headers, body: &[u8]) -> Option<String> {
    let sent = httpdate::parse_http_date(headers.texts("date").next()?).ok()?;
    let made: Made = serde_json::from_slice(body).ok()?;
    let age = sent.duration_since(UNIX_EPOCH.checked_add(Duration::from_secs(made.timestamp))?).ok()?;
    (age > YOUNG).then(|| format!("the body is {} s older than its date", age.as_secs()))
}

fn has_hit_parameter(value: &str) -> bool {
    value.split(',').any(|member| {
        let mut parameters = member.split(';').skip(1).map(str::trim);
        parameters.any(|parameter| parameter == "hit" || parameter == "hit=?1")
    })
}

fn tells_a_hit(value: &str) -> bool {
    value.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.eq_ignore_ascii_case("hit"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{DATE, HeaderMap};

    fn betrayed(name: &'static str, value: &str) -> bool {
        betrayed_by(&HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]), b"").is_some()
    }

    #[test]
    fn an_age_of_any_value_is_of_a_cache() {
        assert!(betrayed("age", "12") && betrayed("age", "0"));
    }

    #[test]
    fn a_hit_is_told_in_several_ways() {
        assert!(betrayed("cache-status", "Origin; fwd=miss, Edge; hit; ttl=30"));
        assert!(betrayed("x-cache", "Hit from cloudfront") && betrayed("x-cache", "TCP_HIT from a1"));
        assert!(betrayed("cf-cache-status", "HIT"));
    }

    #[test]
    fn a_body_that_is_older_than_its_date_was_kept() {
        let sent = |date: &str, body: &str| {
            betrayed_by(&HeaderMap::from_iter([(DATE, date.parse().unwrap())]), body.as_bytes())
        };
        let body = r#"{"moscow_time":"2026-04-22 22:46:57 MSK","timestamp":1776887217}"#;
        assert_eq!(sent("Wed, 22 Apr 2026 19:46:58 GMT", body), None);
        let betrayed = sent("Wed, 22 Apr 2026 19:47:17 GMT", body).unwrap();
        assert_eq!(betrayed, "the body is 20 s older than its date");
        // Of another's JSON, nobody knows what its timestamp means.
        assert_eq!(sent("Wed, 22 Apr 2026 19:47:17 GMT", r#"{"timestamp":1776887217}"#), None);
        assert_eq!(sent("yesterday", body), None);
        assert_eq!(sent("Wed, 22 Apr 2020 19:47:17 GMT", body), None);
    }

    #[test]
    fn a_miss_is_the_apps_own_answer() {
        assert!(!betrayed("cache-status", "Edge; fwd=uri-miss; stored"));
        assert!(!betrayed("cache-status", "hit; fwd=miss"));
        assert!(!betrayed("x-cache", "MISS, MISS") && !betrayed("x-cache", "whitelisted"));
        assert!(!betrayed("cache-control", "max-age=10") && !betrayed("cf-cache-status", "DYNAMIC"));
    }
}
