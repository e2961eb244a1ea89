//! What was measured, where and how.

use std::time::Duration;

use crate::environment::Environment;
use crate::report::answer;
use crate::report::load::{LoadReport, long, short};
use crate::report::markup::shortened;
use crate::report::picture::time_of;
use crate::report::{Distribution, Report, apart};
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
pub fn how(report: &Report) -> Vec<String> {
    let own = own(&report.environment).map(|own| format!("Client overhead is part of every figure: {own}."));
    let loads =
        report.targets.iter().flat_map(|target| &target.phases).filter_map(|phase| phase.load.as_ref());
    own.into_iter().chain(loads.filter_map(|load| late(load.client_late_us.as_ref()?))).collect()
}

/// What is in latency besides: it counts from when a request was due.
fn late(own: &Distribution) -> Option<String> {
    let (p50, p99) =
        (own.p50?, own.p99.map_or(String::new(), |p99| format!(", 99 % at most {}", time_of(p99))));
    Some(format!(
        "Latency has the client's own lateness in it besides: half of the requests were sent up to {} after they were due{p99}.",
        time_of(p50)
    ))
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
    let loads: Vec<_> = report
        .targets
        .iter()
        .flat_map(|target| &target.phases)
        .filter_map(|phase| phase.load.as_ref())
        .collect();
    let any = |text: String| Some(text).filter(|text| !text.is_empty());
    let facts = [
        ("Measured", Some(apart::time(environment.started_at))),
        ("Machine", Some(format!("{}/{}", environment.os, environment.architecture))),
        ("Processor", environment.cpu.clone()),
        ("Cores", environment.cores.map(|cores| cores.to_string())),
        ("Served by", environment.host.clone()),
        ("Measured by", Some(format!("loadtest {}", environment.loadtest))),
        ("The client's own time", own(environment)),
        ("Load", loads.first().map(|found| load(found))),
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

fn load(load: &LoadReport) -> String {
    let duration = time_of(load.duration.as_secs_f64() * 1e6);
    let how = match (&load.steps[..], load.asked_rate) {
        ([first, .., last], _) => {
            let rates = [first, last].map(|step| short(step.asked_rate));
            format!(
                "{} rates, from {}/s to {}/s, each{}",
                load.steps.len(),
                rates[0],
                rates[1],
                long(&load.steps)
            )
        }
        (_, Some(rate)) => format!("{} requests/s on a schedule, for {duration}", short(rate)),
        (_, None) => format!("each request when the one before it is answered, for {duration}"),
    };
    let s = if load.connections == 1 { "" } else { "s" };
    format!("{how}, over {} connection{s}", load.connections)
}

/// A time that was asked for, like `0.3 s`.
fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
