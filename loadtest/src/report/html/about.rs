//! What was measured, where and how.

use std::time::Duration;

use crate::environment::Environment;
use crate::report::answer;
use crate::report::markup::shortened;
use crate::report::{Report, apart};
use crate::sample::Phase;
use crate::target::Target;

pub struct Fact {
    pub name: &'static str,
    pub value: String,
}

/// More of a URL is no heading; it stands in full below.
const LONGEST_URL: usize = 120;

/// More names than these are no heading.
const MOST_NAMES: usize = 4;

/// What the page is of. One target that has no name is known by its URL.
pub fn heading(report: &Report, names: &[&str]) -> String {
    let of = match &report.targets[..] {
        [only] if only.name == Target::UNNAMED => shortened(&only.url, LONGEST_URL),
        many if many.len() > MOST_NAMES => format!("{} targets", many.len()),
        _ => answer::names(names),
    };
    format!("Latency of {of}")
}

/// A note, where it is known to be one. It begins like a sentence, unless with a name.
pub fn note(note: &str, names: &[&str]) -> String {
    let note = note.strip_prefix("Note: ").unwrap_or(note);
    let mut rest = note.chars();
    match rest.next() {
        Some(first) if !names.iter().any(|name| note.starts_with(name)) => {
            first.to_uppercase().chain(rest).collect()
        }
        _ => note.to_owned(),
    }
}

/// How the answer about a load is to be read: how much of the times is not the target's.
pub fn how(report: &Report) -> Option<String> {
    Some(format!("Client overhead is part of every figure: {}.", own(&report.environment)?))
}

fn own(environment: &Environment) -> Option<String> {
    let floor = environment.floor?;
    let told = |(phase, when)| Some(format!("{:.0} µs {when}", floor.of(phase)?));
    let phases = [(Phase::Cold, "cold"), (Phase::Warm, "warm"), (Phase::Load, "under load")];
    let told: Vec<_> = phases.into_iter().filter_map(told).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// All but the targets, which have names and URLs.
pub fn facts(report: &Report) -> Vec<Fact> {
    let Report { plan, environment, .. } = report;
    let samples =
        [(plan.startup_samples, "start-ups"), (plan.cold_samples, "cold"), (plan.warm_samples, "warm")];
    let planned: Vec<_> =
        samples.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let any = |text: String| Some(text).filter(|text| !text.is_empty());
    let facts = [
        ("Measured", Some(apart::time(environment.started_at))),
        ("Machine", Some(format!("{}/{}", environment.os, environment.architecture))),
        ("Processor", environment.cpu.clone()),
        ("Cores", environment.cores.map(|cores| cores.to_string())),
        ("Served by", environment.host.clone()),
        ("Measured by", Some(format!("loadtest {}", environment.loadtest))),
        ("The client's own time", own(environment)),
        ("Method", Some(plan.method.clone())),
        ("Headers of its own, whose values are not kept", any(plan.header_names.join(", "))),
        ("Samples planned of each target", any(planned.join(", "))),
        ("Until", plan.until.map(|until| until.to_string())),
        ("Idle before each cold request", (plan.cold_samples > 0).then(|| seconds(plan.idle))),
        ("Between requests, at least", (!plan.interval.is_zero()).then(|| seconds(plan.interval))),
        ("Time-out", Some(seconds(plan.timeout))),
        ("Seed", Some(plan.seed.to_string())),
    ];
    facts.into_iter().filter_map(|(name, value)| Some(Fact { name, value: value? })).collect()
}

/// A time that was asked for, like `0.3 s`.
fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
