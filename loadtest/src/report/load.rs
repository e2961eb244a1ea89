//! What was found of a load: figures, doubts and tables.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::outline::{Table, Unit, WITHHELD};
use super::{
    Distribution, EvidenceReport, Intervals, PhaseReport, Report, SCHEMA_VERSION, TargetReport, warning,
};
use crate::environment::Environment;
use crate::load::Stage;
use crate::load::knee::{Knee, Step, knee};
use crate::load::plan::LoadPlan;
use crate::micros;
use crate::plan::Plan;
use crate::sample::Phase;
use crate::stats::{self, Counted};

/// A smaller share of the asked rate is not what was asked for.
const KEPT_UP: f64 = 0.99;
/// A schedule that is less late at its end was only disturbed.
const HICCUP: Duration = Duration::from_millis(50);
/// A connection that has to be waited for so long, and ever longer, has a queue before it.
const QUEUE: Duration = Duration::from_millis(5);
/// A client whose threads are busy for a larger share of the time has none left.
const EXHAUSTED: f64 = 0.9;
/// The client's own lateness is worth a word from here on.
const LATE_US: f64 = 1000.0;

/// From here on three digits need no tenths of a microsecond.
const FINEST_US: f64 = 100.0;

/// What a load has besides what other phases have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadReport {
    /// Whether requests waited for answers.
    #[serde(rename = "loop")]
    pub kind: Loop,
    /// Requests a second, asked for; `null` in a closed loop.
    pub asked_rate: Option<f64>,
    /// Requests a second, sent.
    pub achieved_rate: f64,
    /// Ok answers a second.
    pub throughput: f64,
    /// The most requests in flight.
    pub connections: usize,
    /// Connections made, again where they were lost.
    pub connections_made: u64,
    /// How long requests were sent.
    #[serde(rename = "duration_us", with = "micros")]
    pub duration: Duration,
    /// Whether the schedule was not kept; `null` in a closed loop, which has none.
    pub saturated: Option<bool>,
    /// Who fell behind, if the schedule was not kept.
    pub behind: Option<Behind>,
    /// Requests that were due, and for which no connection was free in time. In `latency_us`, they only push
    /// percentiles up.
    pub unsent: u64,
    /// Requests that were under way when the user ended it.
    pub unfinished: u64,
    /// Done − sent.
    pub service_us: Distribution,
    /// Sent − intended where a connection was free: this client's own lateness; `null` in a closed loop.
    pub client_late_us: Option<Distribution>,
    /// The rates of a ramp. The other figures here are those of the knee, or of the first rate if there is none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub steps: Vec<StepReport>,
    /// What the ramp shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knee: Option<KneeReport>,
}

/// Whether requests wait for answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Loop {
    /// They are due when the schedule says.
    Open,
    /// Each connection's next one waits for its answer.
    Closed,
}

/// Who fell behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Behind {
    /// All connections waited for answers.
    Target,
    /// This program had no time left.
    Client,
}

/// A rate of a ramp.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepReport {
    /// Requests a second, asked for.
    pub asked_rate: f64,
    /// Requests a second, sent.
    pub achieved_rate: f64,
    /// Ok answers a second.
    pub throughput: f64,
    /// Whether the schedule was not kept.
    pub saturated: bool,
    /// Requests that were due and not sent.
    pub unsent: u64,
    /// Requests that were not ok.
    pub failed: usize,
    /// Done − intended.
    pub latency_us: Distribution,
    /// Done − sent.
    pub service_us: Distribution,
}

/// What a ramp shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KneeReport {
    /// The highest rate that was kept up with, before any that was not.
    pub rate: Option<f64>,
    /// The lowest that was not.
    pub lost_at: Option<f64>,
    /// From which rate on the 99th percentile (the median, where that is withheld) is at least twice the lowest.
    pub bends_at: Option<f64>,
}

/// Computes a report from what was counted.
pub fn build(plan: &LoadPlan, environment: Environment, stages: &[Stage], interrupted: bool) -> Report {
    let general = Plan::of_load(&plan.template, plan.timeout);
    let phases: Vec<_> = stages.iter().map(|stage| phase(plan, stage, general.seed)).collect();
    let is_ramp = plan.stages.len() > 1;
    let phases = if is_ramp { ramp(phases).into_iter().collect() } else { phases };
    let target = TargetReport { name: plan.target.name.clone(), url: plan.target.url.to_string(), phases };
    let targets = vec![target];
    let mut warnings: Vec<_> =
        warning::all(&targets, &general, &environment).iter().map(ToString::to_string).collect();
    let loads = targets.iter().flat_map(|target| &target.phases).filter_map(|phase| phase.load.as_ref());
    warnings.extend(loads.flat_map(doubts).map(|doubt| doubt.to_string()));
    Report {
        schema_version: SCHEMA_VERSION,
        interrupted,
        plan: general,
        environment,
        comparisons: Vec::new(),
        gates: Vec::new(),
        warnings,
        targets,
    }
}

fn phase(plan: &LoadPlan, stage: &Stage, seed: u64) -> PhaseReport {
    let tally = &stage.tally;
    let (open, period) = (stage.pace.rate.is_some(), stage.period.as_secs_f64());
    let ok = tally.ok();
    let achieved_rate = tally.sent as f64 / period;
    let saturated =
        stage.pace.rate.map(|asked| is_behind(asked, tally.sent, stage.period, &tally.shortest_wait));
    let load = LoadReport {
        kind: if open { Loop::Open } else { Loop::Closed },
        asked_rate: stage.pace.rate,
        achieved_rate,
        throughput: ok as f64 / period.max(tally.last_done.as_secs_f64()),
        connections: plan.connections,
        connections_made: tally.connections,
        duration: stage.period,
        saturated,
        behind: saturated.filter(|saturated| *saturated).map(|_| who(stage.busy)),
        unsent: stage.unsent,
        unfinished: tally.sent - tally.finished,
        service_us: distribution(&tally.service, tally.timeouts, seed),
        client_late_us: open.then(|| distribution(std::slice::from_ref(&tally.late), 0, seed)),
        steps: Vec::new(),
        knee: None,
    };
    PhaseReport {
        phase: Phase::Load,
        samples: count(tally.finished),
        counted: count(ok),
        failures: tally.failures.clone(),
        evidence: EvidenceReport {
            fresh: tally.fresh,
            reused: tally.reused,
            unknown: tally.unknown,
            instances: tally.instances(),
        },
        latency_us: distribution(&tally.latency, tally.timeouts + stage.unsent, seed),
        dns_us: None,
        connect_us: None,
        tls_us: None,
        first_byte_us: None,
        body_us: None,
        handler_us: None,
        contradicting: None,
        until: None,
        load: Some(load),
        observed_us: Vec::new(),
    }
}

fn count(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// Whether fewer were sent than asked for, or a queue grew.
fn is_behind(asked: f64, sent: u64, period: Duration, shortest_waits: &[Option<u64>]) -> bool {
    let lag = period.as_secs_f64() - sent as f64 / asked;
    lag > (1.0 - KEPT_UP) * period.as_secs_f64() && lag > HICCUP.as_secs_f64() || is_growing(shortest_waits)
}

/// Where a schedule is kept, some request in every slice finds a connection free. A queue that grows evenly is twice as
/// long at the half as at the quarter, and so on.
fn is_growing(shortest_waits: &[Option<u64>]) -> bool {
    let quarters = (1..=4).map(|quarter| (quarter * shortest_waits.len() / 4).saturating_sub(1));
    let waits: Option<Vec<u64>> = quarters.map(|at| shortest_waits.get(at).copied().flatten()).collect();
    waits.is_some_and(|waits| {
        let grows = waits.windows(2).all(|pair| pair[1] as f64 > 1.1 * pair[0] as f64);
        grows && waits.last().is_some_and(|end| u128::from(*end) > QUEUE.as_nanos())
    })
}

fn who(busy: Option<f64>) -> Behind {
    if busy.is_some_and(|busy| busy > EXHAUSTED) { Behind::Client } else { Behind::Target }
}

/// Of slices, with as many `censored` times that are known only to be larger.
fn distribution(slices: &[Counted], censored: u64, seed: u64) -> Distribution {
    let mut all = Counted::default();
    slices.iter().for_each(|slice| all += slice);
    let micros = |nanos: f64| nanos.round() / 1000.0;
    let percentile = |q| all.percentile(q, censored).map(micros);
    // Where one value is not known, neither are the moments.
    let known = |value: Option<f64>| value.filter(|_| censored == 0).map(micros);
    let interval = |q| {
        let known = slices.len() > 1 && censored == 0;
        known.then(|| stats::counted_interval(slices, &all, q)).flatten().map(|bounds| bounds.map(micros))
    };
    Distribution {
        min: all.min().map(micros),
        mean: known(all.mean()),
        stddev: known(all.stddev()),
        p50: percentile(0.5),
        p90: percentile(0.9),
        p95: percentile(0.95),
        p99: percentile(0.99),
        p999: percentile(0.999),
        max: if censored == 0 { all.max().map(micros) } else { Some(f64::INFINITY) },
        ci95: Intervals {
            p50: interval(0.5),
            mean: stats::counted_mean_interval(slices, seed)
                .filter(|_| censored == 0)
                .map(|bounds| bounds.map(micros)),
            p90: interval(0.9),
            p95: interval(0.95),
            p99: interval(0.99),
            p999: interval(0.999),
        },
    }
}

/// One phase of all steps: with the figures of the highest rate that was kept up with, or of the first.
fn ramp(phases: Vec<PhaseReport>) -> Option<PhaseReport> {
    let steps: Vec<_> = phases.iter().filter_map(step).collect();
    let tail = steps.iter().all(|step| step.latency_us.p99.is_some());
    let shown: Vec<_> = steps
        .iter()
        .map(|step| Step {
            rate: step.asked_rate,
            kept_up: !step.saturated,
            latency: if tail { step.latency_us.p99 } else { step.latency_us.p50 },
        })
        .collect();
    let Knee { last_kept_up, first_lost, bend } = knee(&shown);
    let rate = |at: Option<usize>| at.map(|at| shown[at].rate);
    let found = KneeReport { rate: rate(last_kept_up), lost_at: rate(first_lost), bends_at: rate(bend) };
    let mut phase = phases.into_iter().nth(last_kept_up.unwrap_or(0))?;
    let load = phase.load.take()?;
    Some(PhaseReport { load: Some(LoadReport { steps, knee: Some(found), ..load }), ..phase })
}

fn step(phase: &PhaseReport) -> Option<StepReport> {
    let load = phase.load.as_ref()?;
    Some(StepReport {
        asked_rate: load.asked_rate?,
        achieved_rate: load.achieved_rate,
        throughput: load.throughput,
        saturated: load.saturated?,
        unsent: load.unsent,
        failed: phase.failures.values().sum(),
        latency_us: phase.latency_us.clone(),
        service_us: load.service_us.clone(),
    })
}

/// A doubt about a load.
enum Doubt<'a> {
    Closed,
    Behind(&'a LoadReport, Behind),
    Late(f64),
}

impl fmt::Display for Doubt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Closed => f.write_str(
                "this is service time in a closed loop: a stall of the target also holds back the requests that would \
                 have shown it; -q RATE sends on a schedule and measures latency",
            ),
            Self::Behind(load, behind) => {
                let asked = load.asked_rate.unwrap_or_default();
                write!(f, "saturated: {:.1} of {asked} requests a second were sent", load.achieved_rate)?;
                match behind {
                    Behind::Target => write!(
                        f,
                        ", as all {} connections waited for answers; ask for less with -q, or, if the target can do \
                         more at a time, for more connections with -c",
                        load.connections
                    ),
                    Behind::Client => f.write_str(
                        ", as this client had no time left; ask for less with -q, or from a machine with more cores",
                    ),
                }
            }
            Self::Late(p99) => write!(
                f,
                "1 % of the requests were sent more than {:.1} ms late by this client itself, and their latency counts \
                 that; measure from a machine that does nothing else",
                p99 / 1000.0
            ),
        }
    }
}

fn doubts(load: &LoadReport) -> Vec<Doubt<'_>> {
    let mut doubts = Vec::new();
    if load.kind == Loop::Closed {
        doubts.push(Doubt::Closed);
    }
    doubts.extend(load.behind.map(|behind| Doubt::Behind(load, behind)));
    let late = load.client_late_us.as_ref().and_then(|late| late.p99);
    doubts.extend(late.filter(|p99| *p99 > LATE_US).map(Doubt::Late));
    doubts
}

/// The tables of all loads in a report.
pub(super) fn tables(report: &Report) -> Vec<Table> {
    let phases = report.targets.iter().flat_map(|target| &target.phases);
    let loads = phases.filter_map(|phase| Some((phase, phase.load.as_ref()?)));
    loads.flat_map(|(phase, load)| [Some(figures(phase, load)), steps(load)]).flatten().collect()
}

fn figures(phase: &PhaseReport, load: &LoadReport) -> Table {
    let unit = unit([&phase.latency_us, &load.service_us].into_iter());
    let header = ["", "ok", "p50", "95% CI of p50", "p90", "p99", "p99.9", "mean", "max"];
    let ok = match phase.counted == phase.samples {
        true => phase.counted.to_string(),
        false => format!("{}/{}", phase.counted, phase.samples),
    };
    let mut rows = vec![row(
        "service time",
        &ok,
        if load.kind == Loop::Closed { &phase.latency_us } else { &load.service_us },
        unit,
    )];
    if load.kind == Loop::Open {
        rows.insert(0, row("latency", &ok, &phase.latency_us, unit));
    }
    Table {
        title: title(load, unit),
        header: header.map(str::to_owned).to_vec(),
        rows,
        details: details(phase, load),
    }
}

fn title(load: &LoadReport, unit: Unit) -> String {
    let how = match (load.asked_rate, &load.knee) {
        (Some(rate), Some(KneeReport { rate: None, .. })) => {
            format!("lowest rate of the ramp, {}/s", short(rate))
        }
        (Some(rate), Some(_)) => format!("knee of the ramp, {}/s", short(rate)),
        (Some(rate), None) => format!("open loop at {}/s", short(rate)),
        (None, _) => "closed loop".into(),
    };
    let s = if load.connections == 1 { "" } else { "s" };
    format!("Load: {how}, {} connection{s} (times in {})", load.connections, unit.name())
}

/// One unit for a whole table, but nothing finer than microseconds: a load is not as quiet.
fn unit<'a>(times: impl Iterator<Item = &'a Distribution>) -> Unit {
    Unit::for_all(times.filter_map(|times| times.min).map(|us| us.max(FINEST_US)))
}

fn row(name: &str, ok: &str, times: &Distribution, unit: Unit) -> Vec<String> {
    let interval = times.ci95.p50.map_or(WITHHELD.into(), |[low, high]| {
        format!("{}–{}", time(Some(low), unit), time(Some(high), unit))
    });
    let percentiles = [times.p90, times.p99, times.p999, times.mean, times.max];
    let mut row = vec![name.to_owned(), ok.to_owned(), time(times.p50, unit), interval];
    row.extend(percentiles.map(|value| time(value, unit)));
    row
}

fn time(us: Option<f64>, unit: Unit) -> String {
    match us {
        None => WITHHELD.into(),
        Some(us) if us.is_infinite() => "∞".into(),
        Some(us) => unit.format(us),
    }
}

/// A rate without digits that say nothing.
fn short(rate: f64) -> String {
    if rate < 100.0 { format!("{}", (rate * 10.0).round() / 10.0) } else { format!("{rate:.0}") }
}

fn details(phase: &PhaseReport, load: &LoadReport) -> Vec<String> {
    let mut details = vec![match load.kind {
        Loop::Open => {
            "latency: from when a request was due, sent or not, to the end of its answer; service time: from \
                       when it was sent"
                .into()
        }
        Loop::Closed => {
            "service time: from when a request was sent to the end of its answer; each connection's next \
                         request waits for that"
                .into()
        }
    }];
    let asked = load.asked_rate.map_or(String::new(), |rate| format!(" of {} asked", short(rate)));
    details.push(format!(
        "{}{asked} requests/s sent, {} ok/s, for {:.1} s",
        short(load.achieved_rate),
        short(load.throughput),
        load.duration.as_secs_f64()
    ));
    if load.unsent > 0 {
        details.push(format!(
            "{} were due and not sent in time; what that hides in latency is larger (∞)",
            load.unsent
        ));
    }
    if load.unfinished > 0 {
        details.push(format!("{} were under way when it was interrupted", load.unfinished));
    }
    details.extend(phase.failures.iter().map(|(kind, n)| format!("{n} failed: {kind}")));
    details.extend(load.client_late_us.as_ref().and_then(late));
    let evidence = &phase.evidence;
    if evidence.fresh + evidence.reused > 0 {
        let EvidenceReport { fresh, reused, unknown, instances } = evidence;
        details.push(format!("{fresh} fresh, {reused} reused, {unknown} unproven; instances: {instances}"));
    }
    details
}

fn late(late: &Distribution) -> Option<String> {
    let p99 = late.p99.map_or(String::new(), |p99| format!(", 99 % of them at most {p99:.0} µs"));
    Some(format!("requests with a free connection were sent {:.0} µs late{p99}: the client's own", late.p50?))
}

fn steps(load: &LoadReport) -> Option<Table> {
    let knee = load.knee.as_ref()?;
    let unit = unit(load.steps.iter().map(|step| &step.latency_us));
    let header = ["requests/s", "sent/s", "ok/s", "failed", "unsent", "p50", "p99", "max", "kept up"];
    let row = |step: &StepReport| {
        let times = &step.latency_us;
        let mut row = vec![
            short(step.asked_rate),
            short(step.achieved_rate),
            short(step.throughput),
            step.failed.to_string(),
            step.unsent.to_string(),
        ];
        row.extend([times.p50, times.p99, times.max].map(|value| time(value, unit)));
        row.push(if step.saturated { "no" } else { "yes" }.into());
        row
    };
    Some(Table {
        title: format!("Ramp: latency at each rate (times in {})", unit.name()),
        header: header.map(str::to_owned).to_vec(),
        rows: load.steps.iter().map(row).collect(),
        details: sentences(knee),
    })
}

fn sentences(knee: &KneeReport) -> Vec<String> {
    let told = match (knee.rate, knee.lost_at) {
        (Some(rate), Some(lost)) => {
            format!("the knee is at {}/s: {}/s is not kept up with", short(rate), short(lost))
        }
        (Some(rate), None) => format!("no knee up to {}/s: every rate is kept up with", short(rate)),
        (None, _) => "the knee is below the lowest rate, which is not kept up with".into(),
    };
    let bend = |rate| format!("latency bends at {}/s: from there on at least twice the lowest", short(rate));
    [told].into_iter().chain(knee.bends_at.map(bend)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn waits(of: impl Fn(u64) -> u64) -> Vec<Option<u64>> {
        (1..=20).map(|slice| Some(of(slice))).collect()
    }

    #[test]
    fn a_schedule_that_is_kept_is_not_behind() {
        let none = waits(|_| 0);
        assert!(!is_behind(100.0, 1000, 10 * SECOND, &none));
        assert!(!is_behind(100.0, 991, 10 * SECOND, &none), "0.9 % are missing");
        assert!(!is_behind(100.0, 96, SECOND, &none), "it ends 40 ms late");
        assert!(!is_behind(100.0, 0, Duration::ZERO, &[]));
    }

    #[test]
    fn one_in_a_hundred_that_is_not_sent_is_behind() {
        assert!(is_behind(100.0, 980, 10 * SECOND, &waits(|_| 0)));
        assert!(is_behind(100.0, 90, SECOND, &waits(|_| 0)));
    }

    #[test]
    fn a_queue_that_grows_is_behind_before_it_is_long() {
        assert!(is_growing(&waits(|slice| slice * 1_000_000)));
        assert!(!is_growing(&waits(|slice| slice * 1000)), "it is no queue");
        assert!(!is_growing(&waits(|_| 9_000_000)), "it is there, and as long as it was");
        assert!(!is_growing(&waits(|slice| if slice == 20 { 90_000_000 } else { 0 })), "it may be a stall");
    }

    #[test]
    fn only_a_client_that_has_no_time_left_is_to_blame() {
        assert_eq!([None, Some(0.5), Some(0.95)].map(who), [Behind::Target, Behind::Target, Behind::Client]);
    }

    #[test]
    fn rates_have_the_digits_that_tell() {
        assert_eq!([0.5, 33.33, 99.96, 1234.5].map(short), ["0.5", "33.3", "100", "1234"]);
    }
}
