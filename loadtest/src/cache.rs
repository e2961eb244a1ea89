//! Whether an answer came out of a cache on the way, by what the cache says of itself.

use reqwest::header::HeaderMap;

/// Headers of caches that tell a hit in a word: `X-Cache: Hit from cloudfront`, `CF-Cache-Status: HIT`.
const TELL_HITS: [&str; 5] =
    ["x-cache", "cf-cache-status", "x-cache-status", "x-proxy-cache", "x-vercel-cache"];

/// The header that betrays a cache; `None` where none does.
///
/// An `Age`, whatever its value, means that the origin was not asked for this answer (RFC 9111, section 5.1). In
/// `Cache-Status`, the last member is of the cache nearest to the client, and any with `hit` answered (RFC 9211).
pub fn betrayed_by(headers: &HeaderMap) -> Option<String> {
    let told = |name: &str, hit: fn(&str) -> bool| {
        let mut values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.find(|value| hit(value)).map(|value| format!("{name}: {value}"))
    };
    told("age", |_| true)
        .or_else(|| told("cache-status", has_hit_parameter))
        .or_else(|| TELL_HITS.iter().find_map(|name| told(name, tells_a_hit)))
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

    fn betrayed(name: &'static str, value: &str) -> bool {
        betrayed_by(&HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])).is_some()
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
    fn a_miss_is_the_apps_own_answer() {
        assert!(!betrayed("cache-status", "Edge; fwd=uri-miss; stored"));
        assert!(!betrayed("cache-status", "hit; fwd=miss"));
        assert!(!betrayed("x-cache", "MISS, MISS") && !betrayed("x-cache", "whitelisted"));
        assert!(!betrayed("cache-control", "max-age=10") && !betrayed("cf-cache-status", "DYNAMIC"));
    }
}
