//! Whether an answer came out of a cache on the way, by what the cache says of itself, and what follows.

use std::time::{Duration, UNIX_EPOCH};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::headers::Headers;

/// Headers of caches that tell a hit in a word: `X-Cache: Hit from cloudfront`, `CF-Cache-Status: HIT`.
const TELL_HITS: [&str; 5] =
    ["x-cache", "cf-cache-status", "x-cache-status", "x-proxy-cache", "x-vercel-cache"];

/// What an answer may be older than its `Date`: both are whole seconds, and one may be of before the turn.
const YOUNG: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachePolicy {
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub allow_cached: bool,
    /// Cold requests have no query of their own.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub no_cache_buster: bool,
}

impl CachePolicy {
    pub fn betrayal(&self, headers: &impl Headers, body: &[u8]) -> Option<String> {
        if self.allow_cached { None } else { betrayed_by(headers, body) }
    }
}

/// What betrays a cache, a header or an old body; `None` where nothing does.
///
/// A cache that keeps an answer it has just got may send `Age: 0` with it, as Varnish does with every miss. Only an older
/// answer was kept (RFC 9111, section 5.1). In `Cache-Status`, the last member is of the cache nearest to the client, and
/// any with `hit` answered (RFC 9211).
fn betrayed_by(headers: &impl Headers, body: &[u8]) -> Option<String> {
    let told = |name: &str, hit: fn(&str) -> bool| {
        headers.texts(name).find(|value| hit(value)).map(|value| format!("{name}: {value}"))
    };
    told("age", is_old)
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

fn is_old(age: &str) -> bool {
    age.trim().parse().is_ok_and(|seconds: u64| seconds > 0)
}

fn has_hit_parameter(value: &str) -> bool {
    value.split(',').any(|member| {
        let mut parameters = member.split(';').skip(1).map(str::trim);
        parameters.any(|parameter| parameter == "hit" || parameter == "hit=?1")
    })
}

/// A "hit for pass" or "for miss" is an entry that says not to look: the target is asked.
fn tells_a_hit(value: &str) -> bool {
    let value = value.to_ascii_lowercase().replace(['_', ' '], "-");
    let value = value.replace("hit-for-", "");
    value.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "hit")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::{AGE, DATE, HeaderMap};

    fn betrayed(name: &'static str, value: &str) -> bool {
        betrayed_by(&HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]), b"").is_some()
    }

    #[test]
    fn an_age_above_0_is_of_a_cache_and_0_comes_with_every_miss() {
        assert!(betrayed("age", "12") && betrayed("age", "1"));
        assert!(!betrayed("age", "0") && !betrayed("age", "soon"));
    }

    #[test]
    fn answers_out_of_caches_count_where_that_is_wanted() {
        let headers = HeaderMap::from_iter([(AGE, "12".parse().unwrap())]);
        assert!(CachePolicy::default().betrayal(&headers, b"").is_some());
        assert_eq!(
            CachePolicy { allow_cached: true, ..CachePolicy::default() }.betrayal(&headers, b""),
            None
        );
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
        assert!(!betrayed("x-cache", "HIT-FOR-MISS") && !betrayed("x-cache", "hit for pass"));
        assert!(!betrayed("cache-control", "max-age=10") && !betrayed("cf-cache-status", "DYNAMIC"));
    }
}
