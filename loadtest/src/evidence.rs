//! Which instance answered, by the server's own word.

use std::collections::{BTreeMap, HashMap, HashSet};

use http::header::HeaderName;
use serde::{Deserialize, Serialize};

use crate::headers::Headers;
use crate::sample::{Outcome, Sample};

/// What betrays a copy that no header tells of.
pub const COPY: &str = "server-timing of an earlier answer";

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
    pub fn hear(&self, headers: &impl Headers) -> Testimony {
        let mut testimony = Testimony::from_server_timing(headers.texts("server-timing"));
        if let Some(name) = &self.instance {
            let named = headers.texts(name.as_str()).map(str::trim).find(|name| !name.is_empty());
            testimony.instance = named.map(str::to_owned);
        }
        if let Some(name) = &self.served {
            testimony.served = headers.texts(name.as_str()).next().and_then(count);
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
    /// A count of 1 proves a fresh instance only with a name that is new: a fixed header says 1 every time. Without a
    /// count, only a second meeting proves something.
    pub fn judge(&mut self, testimony: &Testimony) -> Freshness {
        let met_before = testimony.instance.as_ref().map(|instance| self.meet(instance, testimony.served));
        match (testimony.served, met_before) {
            (Some(1), Some(false)) => Freshness::Fresh,
            (Some(1), _) => Freshness::Unknown,
            (Some(_), _) | (None, Some(true)) => Freshness::Reused,
            (None, _) => Freshness::Unknown,
        }
    }

    /// Whether this answer is a copy: an instance counts every answer once, so the same testimony comes only once. A
    /// fixed header looks the same, and is given the benefit of the doubt while nothing else was heard.
    pub fn is_copy(&self, testimony: &Testimony) -> bool {
        let (Some(instance), Some(served)) = (&testimony.instance, testimony.served) else { return false };
        let heard = self.met.get(instance).is_some_and(|counts| counts.contains(&served));
        heard && !(served == 1 && self.is_fixed())
    }

    /// Whether one name with one count is all that was heard.
    fn is_fixed(&self) -> bool {
        self.met.len() == 1 && self.met.values().all(|counts| counts.len() == 1)
    }

    /// Whether the instance was met before.
    fn meet(&mut self, instance: &str, served: Option<u64>) -> bool {
        let met_before = self.met.contains_key(instance);
        self.met.entry(instance.to_owned()).or_default().extend(served);
        met_before
    }
}

/// Judges the evidence of all targets again, when all of their answers are known.
pub fn review(samples: &mut [Sample]) {
    let mut targets: BTreeMap<String, Vec<&mut Sample>> = BTreeMap::new();
    for sample in samples.iter_mut().filter(|sample| sample.testimony.served.is_some()) {
        targets.entry(sample.target.clone().into_owned()).or_default().push(sample);
    }
    for mut said in targets.into_values() {
        match is_fixed_header(&said) {
            true => said.iter_mut().for_each(|sample| sample.freshness = Freshness::Unknown),
            false => mark_copies(&mut said),
        }
    }
}

/// Whether the server says the same with every answer, and not that it is a copy: an instance that counts would say 2.
fn is_fixed_header(said: &[&mut Sample]) -> bool {
    let first = &said[0].testimony;
    let is_same = |sample: &&mut Sample| {
        sample.testimony.instance == first.instance && sample.testimony.served == first.served
    };
    said.len() > 1 && (first.served == Some(1) || first.instance.is_none()) && said.iter().all(is_same)
}

/// While a server had said only one thing, copies of it may have passed for the server's own answers.
fn mark_copies(said: &mut [&mut Sample]) {
    let mut heard = HashSet::new();
    for sample in said {
        let Some(instance) = sample.testimony.instance.clone() else { continue };
        if !heard.insert((instance, sample.testimony.served)) && sample.outcome.is_ok() {
            sample.outcome = Outcome::Cached(COPY.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::sample;
    use crate::sample::Phase;
    use http::header::HeaderMap;
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
    fn a_testimony_that_was_heard_before_is_of_a_copy() {
        let mut witness = Witness::default();
        assert!(!witness.is_copy(&heard("a", Some(1))));
        witness.judge(&heard("a", Some(1)));
        assert!(!witness.is_copy(&heard("a", Some(1))), "it may be a fixed header");
        witness.judge(&heard("b", Some(1)));
        assert!(witness.is_copy(&heard("a", Some(1))));
        assert!(!witness.is_copy(&heard("a", Some(2))) && !witness.is_copy(&heard("c", Some(1))));
        witness.judge(&heard("c", None));
        assert!(!witness.is_copy(&heard("c", None)));
        let mut counting = Witness::default();
        counting.judge(&heard("a", Some(7)));
        assert!(counting.is_copy(&heard("a", Some(7))), "only a count of 1 may be fixed");
    }

    fn samples(said: &[(Option<&str>, Option<u64>)]) -> Vec<Sample> {
        let mut witness = Witness::default();
        let of = |(instance, served): &(Option<&str>, Option<u64>)| {
            let testimony =
                Testimony { instance: instance.map(str::to_owned), served: *served, handler_us: None };
            let freshness = witness.judge(&testimony);
            Sample { testimony, freshness, ..sample("a", Phase::Cold, 1) }
        };
        said.iter().map(of).collect()
    }

    fn reviewed(said: &[(Option<&str>, Option<u64>)]) -> Vec<(Freshness, bool)> {
        let mut samples = samples(said);
        review(&mut samples);
        samples.iter().map(|sample| (sample.freshness, sample.outcome.is_ok())).collect()
    }

    #[test]
    fn a_fixed_header_proves_nothing_with_or_without_a_name() {
        let unknown = vec![(Freshness::Unknown, true); 5];
        for said in [(Some("a"), Some(1)), (None, Some(1)), (None, Some(9))] {
            assert_eq!(reviewed(&[said; 5]), unknown, "{said:?}");
        }
        assert_eq!(
            reviewed(&[(Some("a"), Some(1))]),
            [(Freshness::Fresh, true)],
            "one answer repeats nothing"
        );
    }

    #[test]
    fn once_the_name_changes_early_repeats_were_copies() {
        let a = (Some("a"), Some(1));
        let fresh = (Freshness::Fresh, true);
        assert_eq!(reviewed(&[a, a, (Some("b"), Some(1))]), [fresh, (Freshness::Unknown, false), fresh]);
    }

    #[test]
    fn a_server_that_counts_is_believed() {
        let reused = (Freshness::Reused, true);
        let counts = [1, 2, 3].map(|served| (Some("a"), Some(served)));
        assert_eq!(reviewed(&counts), [(Freshness::Fresh, true), reused, reused]);
        assert_eq!(reviewed(&[(None, Some(2)), (None, Some(3))]), [reused, reused]);
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
