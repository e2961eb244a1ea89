//! What was measured, where and how.

use std::time::Duration;

use crate::environment::Environment;
use crate::report::answer::Sentence;
use crate::report::load::{LoadReport, long, short};
use crate::report::markup::shortened;
use crate::report::picture::time_of;
use crate::report::{Distribution, Report};
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
pub fn heading(report: &Report, names: &[&str]) -> Sentence {
    let heading = Sentence::default().say("Latency of ");
    match &report.targets[..] {
        [only] if only.name == Target::UNNAMED => heading.name(&shortened(&only.url, LONGEST_URL)),
        many if many.len() > MOST_NAMES => heading.say(&format!("{} targets", many.len())),
        _ => heading.names(names),
    }
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
    let plan = &report.plan;
    let mut facts = Facts::of(&report.environment);
    let phases = report.targets.iter().flat_map(|target| &target.phases);
    facts.0.extend(phases.filter_map(|phase| phase.load.as_ref()).map(load));
    facts.add("Method", plan.method.clone());
    let headers = (!plan.header_names.is_empty()).then(|| plan.header_names.join(", "));
    facts.maybe("Headers of its own, whose values are not kept", headers);
    let samples =
        [(plan.startup_samples, "start-ups"), (plan.cold_samples, "cold"), (plan.warm_samples, "warm")];
    let planned: Vec<_> =
        samples.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    facts.maybe("Samples planned of each target", (!planned.is_empty()).then(|| planned.join(", ")));
    facts.maybe("Until", plan.until.map(|until| until.to_string()));
    if plan.cold_samples > 0 {
        facts.add("Idle before each cold request", seconds(plan.idle));
    }
    if !plan.interval.is_zero() {
        facts.add("Between requests, at least", seconds(plan.interval));
    }
    facts.add("Time-out", seconds(plan.timeout));
    facts.add("Seed", plan.seed.to_string());
    facts.0
}

fn load(load: &LoadReport) -> Fact {
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
    Fact { name: "Load", value: format!("{how}, over {} connection{s}", load.connections) }
}

/// One after the other.
pub struct Facts(pub Vec<Fact>);

impl Facts {
    pub fn of(environment: &Environment) -> Self {
        let mut facts = Self(Vec::new());
        facts.add("Measured", started(environment.started_at));
        facts.add("Machine", format!("{}/{}", environment.os, environment.architecture));
        facts.maybe("Processor", environment.cpu.clone());
        facts.maybe("Cores", environment.cores.map(|cores| cores.to_string()));
        facts.maybe("Served by", environment.host.clone());
        facts.add("Measured by", format!("loadtest {}", environment.loadtest));
        facts.maybe("The client's own time", own(environment));
        facts
    }

    pub fn add(&mut self, name: &'static str, value: String) {
        self.0.push(Fact { name, value });
    }

    pub fn maybe(&mut self, name: &'static str, value: Option<String>) {
        self.0.extend(value.map(|value| Fact { name, value }));
    }
}

/// A time that was asked for, like `0.3 s`.
pub fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

fn started(unix_seconds: u64) -> String {
    crate::report::apart::time(unix_seconds)
}
