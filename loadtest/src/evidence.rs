//! Which instance answered, by the server's own word.

use std::collections::{HashMap, HashSet};

use reqwest::header::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};

/// What the server says of the instance that answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Testimony {
    /// The instance's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instance: Option<String>,
    /// How many requests it has answered, this one included.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub served: Option<u64>,
    /// Microseconds spent in the handler.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub handler_us: Option<f64>,
}

/// Where a target's testimony is: in `Server-Timing`, unless other headers are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The header whose value names the instance.
    pub instance: Option<HeaderName>,
    /// The header whose value counts what the instance has answered, this answer included.
    pub served: Option<HeaderName>,
}

impl Source {
    /// What the answer with these headers testifies.
    pub fn hear(&self, headers: &HeaderMap) -> Testimony {
        let values =
            |name: &HeaderName| headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        let mut testimony = Testimony::from_server_timing(values(&HeaderName::from_static("server-timing")));
        if let Some(name) = &self.instance {
            testimony.instance = values(name).map(str::trim).find(|name| !name.is_empty()).map(str::to_owned);
        }
        if let Some(name) = &self.served {
            testimony.served = values(name).next().and_then(count);
        }
        if *self != Self::default() {
            // What one layer says of its instances is nothing that another may count.
            testimony.instance = testimony.instance.filter(|_| self.instance.is_some());
            testimony.served = testimony.served.filter(|_| self.served.is_some());
        }
        testimony
    }
}

/// Whether a request met a fresh instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Freshness {
    /// The instance had answered nothing before.
    Fresh,
    /// The instance had answered before.
    Reused,
    /// The server does not say, or contradicts itself.
    Unknown,
}

impl Freshness {
    /// As it is written in reports and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Reused => "reused",
            Self::Unknown => "unknown",
        }
    }
}

impl Testimony {
    /// Reads the values of `Server-Timing` headers (W3C Server Timing, section 3.1): `instance;desc="…"`,
    /// `served;desc="…"`, `handler;dur=…`. What is malformed is not testified.
    pub fn from_server_timing<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut testimony = Self::default();
        for metric in values.into_iter().flat_map(|value| split_unquoted(value, ',')) {
            let mut parts = split_unquoted(metric, ';');
            let name = parts.next().unwrap_or_default();
            for (key, value) in parts.filter_map(|part| part.split_once('=')) {
                let value = value.trim().trim_matches('"');
                match (name, key.trim()) {
                    ("instance", "desc") if !value.is_empty() => testimony.instance = Some(value.to_owned()),
                    ("served", "desc") => testimony.served = count(value),
                    ("handler", "dur") => testimony.handler_us = milliseconds(value),
                    _ => {}
                }
            }
        }
        testimony
    }
}

fn count(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|n| *n > 0)
}

fn milliseconds(text: &str) -> Option<f64> {
    text.parse().ok().filter(|ms: &f64| ms.is_finite() && *ms >= 0.0).map(|ms| ms * 1000.0)
}

/// Splits at `separator` where it does not stand between double quotes.
fn split_unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let at = move |c: char| {
        quoted ^= c == '"';
        c == separator && !quoted
    };
    text.split(at).map(str::trim).filter(|part| !part.is_empty())
}

/// Hears every testimony about one target, in the order of the answers.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// The instances met, with every count of theirs.
    met: HashMap<String, HashSet<u64>>,
}

impl Witness {
    /// What a testimony proves, given those before it.
    ///
    /// A count of 1 proves a fresh instance, unless the instance was met before: then the server contradicts
    /// itself. Without a count, only a second meeting proves something.
    pub fn judge(&mut self, testimony: &Testimony) -> Freshness {
        let met_before = testimony.instance.as_ref().map(|instance| self.meet(instance, testimony.served));
        match (testimony.served, met_before) {
            (Some(1), Some(true)) => Freshness::Unknown,
            (Some(1), _) => Freshness::Fresh,
            (Some(_), _) | (None, Some(true)) => Freshness::Reused,
            (None, _) => Freshness::Unknown,
        }
    }

    /// Whether this very testimony was heard before. An instance counts every answer once, so such an answer is a
    /// copy of an earlier one.
    pub fn has_heard(&self, testimony: &Testimony) -> bool {
        let (Some(instance), Some(served)) = (&testimony.instance, testimony.served) else { return false };
        self.met.get(instance).is_some_and(|counts| counts.contains(&served))
    }

    /// Whether the instance was met before.
    fn meet(&mut self, instance: &str, served: Option<u64>) -> bool {
        let met_before = self.met.contains_key(instance);
        self.met.entry(instance.to_owned()).or_default().extend(served);
        met_before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn heard(instance: &str, served: Option<u64>) -> Testimony {
        Testimony { instance: Some(instance.into()), served, handler_us: None }
    }

    #[test]
    fn the_header_of_the_contract_is_understood() {
        let header = r#"instance;desc="9f86d081884c7d65", served;desc="1", handler;dur=0.031"#;
        let testimony = Testimony::from_server_timing([header]);
        assert_eq!(testimony.instance.as_deref(), Some("9f86d081884c7d65"));
        assert_eq!(testimony.served, Some(1));
        assert_eq!(testimony.handler_us, Some(31.0));
    }

    #[test]
    fn other_metrics_several_headers_and_quoted_separators_do_not_confuse() {
        let testimony = Testimony::from_server_timing([
            "db;dur=5;desc=\"a, b; served;desc=9\"",
            "served;desc=3 , instance ; desc=x",
        ]);
        assert_eq!((testimony.instance.as_deref(), testimony.served), (Some("x"), Some(3)));
    }

    #[test]
    fn other_headers_testify_where_they_are_named() {
        let headers: HeaderMap = [
            ("server-timing", "instance;desc=\"proxy\", served;desc=9, handler;dur=1"),
            ("x-instance", " pod-7 "),
            ("x-served", "2"),
        ]
        .into_iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
        .collect();
        let named = |instance: Option<&'static str>, served: Option<&'static str>| {
            let source = Source {
                instance: instance.map(HeaderName::from_static),
                served: served.map(HeaderName::from_static),
            };
            let testimony = source.hear(&headers);
            assert_eq!(testimony.handler_us, Some(1000.0));
            (testimony.instance, testimony.served)
        };
        assert_eq!(named(None, None), (Some("proxy".into()), Some(9)));
        assert_eq!(named(Some("x-instance"), Some("x-served")), (Some("pod-7".into()), Some(2)));
        assert_eq!(named(Some("x-instance"), None), (Some("pod-7".into()), None));
        assert_eq!(named(None, Some("x-missing")), (None, None));
    }

    #[test]
    fn nonsense_testifies_nothing() {
        for header in [
            "",
            "served",
            "served;desc=",
            "served;desc=-1",
            "served;desc=0",
            "handler;dur=NaN",
            "instance;desc=\"\"",
        ] {
            assert_eq!(Testimony::from_server_timing([header]), Testimony::default(), "{header:?}");
        }
    }

    #[test]
    fn a_count_of_one_is_fresh_and_any_other_is_reused() {
        let mut witness = Witness::default();
        assert_eq!(witness.judge(&heard("a", Some(1))), Freshness::Fresh);
        assert_eq!(witness.judge(&heard("a", Some(2))), Freshness::Reused);
        assert_eq!(witness.judge(&heard("b", Some(7))), Freshness::Reused);
    }

    #[test]
    fn an_instance_that_is_fresh_twice_is_not_believed() {
        let mut witness = Witness::default();
        witness.judge(&heard("a", Some(1)));
        assert_eq!(witness.judge(&heard("a", Some(1))), Freshness::Unknown);
    }

    #[test]
    fn a_testimony_that_was_heard_before_is_of_a_copy() {
        let mut witness = Witness::default();
        assert!(!witness.has_heard(&heard("a", Some(1))));
        witness.judge(&heard("a", Some(1)));
        assert!(witness.has_heard(&heard("a", Some(1))));
        assert!(!witness.has_heard(&heard("a", Some(2))) && !witness.has_heard(&heard("b", Some(1))));
        witness.judge(&heard("c", None));
        assert!(!witness.has_heard(&heard("c", None)));
    }

    #[test]
    fn without_a_count_only_a_second_meeting_proves_something() {
        let mut witness = Witness::default();
        assert_eq!(witness.judge(&heard("a", None)), Freshness::Unknown);
        assert_eq!(witness.judge(&heard("a", None)), Freshness::Reused);
        assert_eq!(witness.judge(&Testimony::default()), Freshness::Unknown);
    }

    proptest! {
        #[test]
        fn no_header_makes_the_parser_panic(header in ".*") {
            Testimony::from_server_timing([header.as_str()]);
        }
    }
}
