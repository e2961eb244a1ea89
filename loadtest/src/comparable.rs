//! Whether two measurements measured the same, and if not, in which words they differ.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::environment::Environment;
use crate::plan::Plan;
use crate::saved::Header;
use crate::target::Target;

const FLAGS: [(&str, &str); 17] = [
    ("method", "-m"),
    ("header_names", "-H"),
    ("insecure", "--insecure"),
    ("connect_to", "--connect-to"),
    ("check", "--check"),
    ("allow_cached", "--allow-cached"),
    ("no_cache_buster", "--no-cache-buster"),
    ("instance_header", "--instance-header"),
    ("served_header", "--served-header"),
    ("startup_samples", "-n, start-ups"),
    ("cold_samples", "-n, cold"),
    ("warm_samples", "-n, warm"),
    ("interval_us", "--interval"),
    ("idle_us", "--idle"),
    ("timeout_us", "-t"),
    ("margin", "--margin"),
    ("seed", "--seed"),
];

/// What of a plan is not of each request: how many there are, until when, in which order.
const NOT_OF_A_REQUEST: [&str; 7] =
    ["seed", "startup_samples", "cold_samples", "warm_samples", "until", "timeout_us", "margin"];

/// How the requests of two plans differ; `None` if they do not. Only a cold request waits for `--idle`.
pub fn requests(one: &Plan, other: &Plan) -> Option<String> {
    let mut ignored = NOT_OF_A_REQUEST.to_vec();
    if one.cold_samples == 0 || other.cold_samples == 0 {
        ignored.push("idle_us");
    }
    plans(one, other, &ignored)
}

/// How two plans differ, but for the fields `ignored`; `None` if they do not.
pub fn plans(one: &Plan, other: &Plan, ignored: &[&str]) -> Option<String> {
    difference(one, other, ignored)
}

/// How two machines differ; `None` if they do not. What serves there may not be known yet.
pub fn machines(one: &Environment, other: &Environment) -> Option<String> {
    difference(
        one,
        other,
        &["application", "deployment", "floor", "host", "skipped", "started_at", "resumed"],
    )
}

/// How the targets of two measurements differ; `None` if they do not. What is served here has another port each time.
pub fn targets(one: &Header, other: &Header) -> Option<String> {
    let served_here = one.environment.host.is_some() && other.environment.host.is_some();
    let alike = |(a, b): (&Target, &Target)| {
        a.name == b.name && (a.url == b.url || served_here && a.url.path() == b.url.path())
    };
    let (one, other) = (&one.targets, &other.targets);
    let same = one.len() == other.len() && one.iter().zip(other).all(alike);
    (!same).then(|| format!("the targets are {} in one and {} in the other", list(one), list(other)))
}

/// Which targets, by name, are one another's counterparts: of the same name, or the only ones.
pub fn pairs(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    if old.len() == 1 && new.len() == 1 {
        return vec![(0, 0)];
    }
    let counterpart = |(index, name)| Some((old.iter().position(|old| old == name)?, index));
    new.iter().enumerate().filter_map(counterpart).collect()
}

/// How what two targets are asked for differs.
///
/// # Errors
///
/// That, in words.
pub fn paths(one: &Target, other: &Target) -> Result<(), String> {
    let asked = |target: &Target| match target.url.query() {
        Some(query) => format!("{}?{query}", target.url.path()),
        None => target.url.path().to_owned(),
    };
    let (path, other_path) = (asked(one), asked(other));
    if path == other_path {
        return Ok(());
    }
    Err(format!("{} is asked for {path}, and {} for {other_path}", one.name, other.name))
}

pub fn list(targets: &[Target]) -> String {
    let told: Vec<_> = targets.iter().map(|target| format!("{}={}", target.name, target.url)).collect();
    if told.is_empty() { "none".into() } else { told.join(" ") }
}

/// By fields as they are written, so that none is forgotten.
fn difference(one: &impl Serialize, other: &impl Serialize, ignored: &[&str]) -> Option<String> {
    let (one, other) = (fields(one), fields(other));
    let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
    let mut compared = names.filter(|name| !ignored.contains(&name.as_str()));
    let told = |name: &str, value: Option<&Value>| match value.map(|value| (value, value.as_f64())) {
        Some((_, Some(us))) if name.ends_with("_us") => {
            humantime::format_duration(Duration::from_nanos((us * 1e3) as u64)).to_string()
        }
        Some((value, _)) => value.to_string(),
        None => "not known".into(),
    };
    compared.find(|name| one.get(*name) != other.get(*name)).map(|name| {
        let flag = FLAGS.iter().find(|(field, _)| field == name).map_or(name.as_str(), |(_, flag)| flag);
        format!(
            "{flag} is {} in one and {} in the other",
            told(name, one.get(name)),
            told(name, other.get(name))
        )
    })
}

fn fields(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::plan;
    use std::time::Duration;

    #[test]
    fn what_differs_is_named_by_its_flag() {
        let longer = Plan { idle: Duration::from_secs(2), seed: 9, ..plan() };
        let told = plans(&plan(), &longer, &["seed"]).unwrap();
        assert_eq!(told, "--idle is 1s 500ms in one and 2s in the other");
        assert_eq!(plans(&plan(), &longer, &["seed", "idle_us"]), None);
    }

    #[test]
    fn an_idle_wait_is_of_cold_requests_only() {
        let longer = Plan { idle: Duration::from_secs(2), ..plan() };
        assert!(requests(&plan(), &longer).is_some());
        assert_eq!(requests(&plan(), &Plan { cold_samples: 0, ..longer }), None);
    }
}
