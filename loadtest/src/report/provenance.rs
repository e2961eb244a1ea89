//! By whom a target was answered, as the headers of all its answers tell.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::outline::Table;
use super::{Report, TargetReport};
use crate::provenance::{cloud, is_of_a_cache, place};
use crate::sample::Sample;

/// How many values of a header, or places, are listed.
const LISTED: usize = 5;
/// How much of a value stands in a table, in characters.
const SHOWN: usize = 48;

/// By whom a target was answered, as headers tell. Whoever answers can send any header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenanceReport {
    /// Clouds and delivery networks that a header proves; empty where none does.
    pub clouds: Vec<CloudReport>,
    /// Regions and points of presence that headers name; the five that most answers name.
    pub places: Vec<String>,
    pub caches: Vec<String>,
    pub headers: Vec<HeaderReport>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudReport {
    pub cloud: String,
    pub proof: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderReport {
    pub name: String,
    pub samples: usize,
    pub distinct: usize,
    /// The five that most answers have.
    pub values: Vec<ValueReport>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueReport {
    pub value: String,
    pub samples: usize,
}

/// Of a target's answers, in every phase; `None` where no header tells anything.
pub fn of(target: &str, samples: &[Sample]) -> Option<ProvenanceReport> {
    let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (name, value) in samples.iter().filter(|s| s.target == target).flat_map(|s| &s.headers) {
        *counts.entry(name).or_default().entry(value).or_default() += 1;
    }
    let said =
        || counts.iter().flat_map(|(name, values)| values.iter().map(move |(value, n)| (*name, *value, *n)));
    let mut clouds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, value, n) in said() {
        if let Some(cloud) = cloud(name, value) {
            clouds.entry(cloud).or_default().insert(name);
        }
        if let Some(place) = place(name, value) {
            *places.entry(place).or_default() += n;
        }
    }
    let owned = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
    let clouds = clouds.into_iter().map(|(cloud, proof)| CloudReport {
        cloud: cloud.to_owned(),
        proof: proof.into_iter().map(owned).collect(),
    });
    let headers = counts.iter().map(|(name, values)| HeaderReport {
        name: owned(name),
        samples: values.values().sum(),
        distinct: values.len(),
        values: most(values).map(|(value, samples)| ValueReport { value: owned(value), samples }).collect(),
    });
    (!counts.is_empty()).then(|| ProvenanceReport {
        clouds: clouds.collect(),
        places: most(&places).map(|(place, _)| owned(place)).collect(),
        caches: counts.keys().filter(|name| is_of_a_cache(name)).map(|name| owned(name)).collect(),
        headers: headers.collect(),
    })
}

fn most<'a>(counts: &BTreeMap<&'a str, usize>) -> impl Iterator<Item = (&'a str, usize)> + use<'a> {
    let mut all: Vec<_> = counts.iter().map(|(value, n)| (*value, *n)).collect();
    all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    all.into_iter().take(LISTED)
}

/// A row a target and header; `None` where no header tells anything.
pub(super) fn table(report: &Report) -> Option<Table> {
    let told: Vec<(&TargetReport, &ProvenanceReport)> =
        report.targets.iter().filter_map(|target| Some((target, target.provenance.as_ref()?))).collect();
    let header = ["", "answers", "values", "most often"];
    let rows = told.iter().flat_map(|(target, provenance)| {
        provenance.headers.iter().map(|header| {
            let value = header.values.first().map_or("", |value| &value.value);
            let shown = match value.char_indices().nth(SHOWN) {
                Some((end, _)) => format!("{}…", &value[..end]),
                None => value.to_owned(),
            };
            let name = format!("{}: {}", target.name, header.name);
            vec![name, header.samples.to_string(), header.distinct.to_string(), shown]
        })
    });
    (!told.is_empty()).then(|| Table {
        title: "Answered by: what the headers say".into(),
        header: header.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        details: told.iter().map(|(target, provenance)| sentence(&target.name, provenance)).collect(),
    })
}

fn sentence(name: &str, provenance: &ProvenanceReport) -> String {
    let clouds: Vec<_> =
        provenance.clouds.iter().map(|c| format!("{} (by {})", c.cloud, c.proof.join(", "))).collect();
    let or_none =
        |found: &[String], none: &str| if found.is_empty() { none.to_owned() } else { found.join(", ") };
    let mut told =
        vec![or_none(&clouds, "no cloud detected"), or_none(&provenance.caches, "no cache detected")];
    if !provenance.places.is_empty() {
        told.push(format!("at {}", provenance.places.join(", ")));
    }
    format!("{name}: {}", told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::sample;
    use crate::sample::Phase;

    fn saying(headers: &[(&'static str, &str)]) -> Sample {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect();
        Sample { headers, ..sample("a", Phase::Cold, 1000) }
    }

    #[test]
    fn values_are_counted_over_the_answers_of_a_target() {
        let samples = [
            saying(&[("cf-ray", "1-FRA"), ("x-cache", "MISS")]),
            saying(&[("cf-ray", "2-FRA"), ("x-cache", "MISS")]),
            saying(&[("cf-ray", "3-AMS"), ("x-cache", "HIT")]),
        ];
        let found = of("a", &samples).unwrap();
        assert_eq!(found.clouds, [CloudReport { cloud: "Cloudflare".into(), proof: vec!["cf-ray".into()] }]);
        assert_eq!((found.places, found.caches), (vec!["FRA".into(), "AMS".into()], vec!["x-cache".into()]));
        let cache = &found.headers[1];
        assert_eq!((cache.distinct, cache.samples, cache.values[0].samples), (2, 3, 2));
        assert_eq!(of("b", &samples), None);
    }
}
