//! A load for people.

use super::{Kept, KneeReport, LoadReport, Loop, StepReport, Undecided};
use crate::report::outline::{Column, Figure, Table, Unit, WITHHELD, median};
use crate::report::picture::time_of;
use crate::report::{Distribution, EvidenceReport, PhaseReport, Report};
use crate::report::{failed, withheld};

/// What is known to be longer than was waited.
const ENDLESS: &str = "∞";

/// From here on three digits need no tenths of a microsecond.
const FINEST_US: f64 = 100.0;

pub fn tables(report: &Report) -> Vec<Table> {
    let phases = report.targets.iter().flat_map(|target| &target.phases);
    let loads = phases.filter_map(|phase| Some((phase, phase.load.as_ref()?)));
    loads.flat_map(|(phase, load)| [Some(figures(phase, load)), steps(load)]).flatten().collect()
}

fn figures(phase: &PhaseReport, load: &LoadReport) -> Table {
    let both = [&phase.latency_us, &load.service_us];
    let unit = unit(both.into_iter());
    let columns = TIMES.map(|(name, of)| column(name, unit, both.into_iter().map(of)));
    let mut header: Vec<_> = columns.iter().map(Column::header).collect();
    header.insert(1, columns[0].named("95% CI of p50"));
    let ok = match phase.failures_beside_times().values().sum::<usize>() {
        0 => phase.counted.to_string(),
        failed => format!("{}/{}", phase.counted, phase.counted + failed),
    };
    let mut rows = vec![row(
        "service time",
        &ok,
        if load.kind == Loop::Closed { &phase.latency_us } else { &load.service_us },
        &columns,
    )];
    if load.kind == Loop::Open {
        rows.insert(0, row("latency", &ok, &phase.latency_us, &columns));
    }
    Table {
        title: title(load, unit),
        header: [vec![String::new(), "ok".into()], header].concat(),
        rows,
        details: details(phase, load),
    }
    .explained()
}

impl Table {
    fn explained(mut self) -> Self {
        self.details.extend(withheld::why("requests", &self.header, &self.rows));
        let endless = |text: &String| text.contains(ENDLESS);
        if self.rows.iter().flatten().any(endless) && !self.details.iter().any(endless) {
            self.details.push(format!(
                "{ENDLESS}: of requests that timed out or could not be sent in time: longer than was waited, nobody knows how \
                 much"
            ));
        }
        self
    }
}

fn title(load: &LoadReport, unit: Unit) -> String {
    let how = match (load.asked_rate, &load.knee) {
        (Some(rate), Some(KneeReport { rate: None, .. })) => {
            format!("lowest rate of the ramp, {}/s", short(rate))
        }
        (Some(rate), Some(_)) => format!("highest sustained rate of the ramp, {}/s", short(rate)),
        (Some(rate), None) => format!("open loop at {}/s", short(rate)),
        (None, _) => "closed loop".into(),
    };
    let s = if load.connections == 1 { "" } else { "s" };
    format!("Load: {how}, {} connection{s}{}", load.connections, unit.told())
}

/// One unit for a whole table, but nothing finer than microseconds: a load is not as quiet.
fn unit<'a>(times: impl Iterator<Item = &'a Distribution>) -> Unit {
    Unit::for_all(times.filter_map(Distribution::typical).map(|us| us.max(FINEST_US)))
}

/// The columns of times, the median first, without the interval that stands after it.
const TIMES: [(&str, Figure); 6] = [
    ("p50", |times| times.p50),
    ("p90", |times| times.p90),
    ("p99", |times| times.p99),
    ("p99.9", |times| times.p999),
    ("mean", |times| times.mean),
    ("max", |times| times.max),
];

fn column(name: &'static str, table: Unit, times_us: impl Iterator<Item = Option<f64>>) -> Column {
    Column::new(name, table, times_us.flatten().filter(|us| us.is_finite()))
}

fn row(name: &str, ok: &str, times: &Distribution, columns: &[Column]) -> Vec<String> {
    let unit = columns[0].unit;
    let others = columns.iter().zip(TIMES).skip(1);
    let others = others.map(|(column, (_, of))| time(of(times), column.unit)).collect();
    let median = median(times, |us| time(Some(us), unit)).to_vec();
    [vec![name.to_owned(), ok.to_owned()], median, others].concat()
}

fn time(us: Option<f64>, unit: Unit) -> String {
    match us {
        None => WITHHELD.into(),
        Some(us) if us.is_infinite() => ENDLESS.into(),
        Some(us) => unit.format(us),
    }
}

const IN_TIME: &str =
    "ok/s: answers that came before the time of a rate was over, which those sent last may not have";

/// A rate without digits that say nothing.
pub fn short(rate: f64) -> String {
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
        "{}{asked} requests/s tried, {} ok/s, for {:.1} s",
        short(load.achieved_rate),
        short(load.throughput),
        load.duration.as_secs_f64()
    ));
    if load.unsent > 0 {
        details.push(format!(
            "{} were due and not sent in time; what that hides in latency is larger ({ENDLESS})",
            load.unsent
        ));
    }
    if load.unfinished > 0 {
        details.push(format!("{} were under way when it was interrupted", load.unfinished));
    }
    let of_all = if load.knee.is_some() { "of all rates, " } else { "" };
    details.extend(failed::by_kind(phase).map(|told| format!("{of_all}{told}")));
    details.extend(load.client_late_us.as_ref().and_then(late));
    let evidence = &phase.evidence;
    if evidence.fresh + evidence.reused > 0 {
        let EvidenceReport { fresh, reused, unknown, instances } = evidence;
        details.push(format!("{fresh} fresh, {reused} reused, {unknown} unproven; instances: {instances}"));
    }
    details
}

fn late(late: &Distribution) -> Option<String> {
    let p99 = late.p99.map_or(String::new(), |p99| format!(", p99 {}", time_of(p99)));
    Some(format!("client scheduling delay: p50 {}{p99}, max {}", time_of(late.p50?), time_of(late.max?)))
}

fn steps(load: &LoadReport) -> Option<Table> {
    let knee = load.knee.as_ref()?;
    let typical = load.steps.iter().filter_map(|step| step.latency_us.typical());
    let unit = Unit::for_wide(typical.map(|us| [us.max(FINEST_US); 2]));
    let shown = [TIMES[0], TIMES[2], TIMES[5]];
    let times = |of| load.steps.iter().map(|step| &step.latency_us).map(of);
    let columns = shown.map(|(name, of)| column(name, unit, times(of)));
    let counts = ["asked", "tried/s", "ok/s", "failed", "unsent"].map(str::to_owned);
    let header = [&counts[..], &columns.each_ref().map(Column::header), &["sustained".into()]].concat();
    let row = |step: &StepReport| {
        let times = &step.latency_us;
        let mut row = vec![
            format!("{}/s", short(step.asked_rate)),
            short(step.achieved_rate),
            short(step.throughput),
            step.failed.to_string(),
            step.unsent.to_string(),
        ];
        row.extend(columns.iter().zip(shown).map(|(column, (_, of))| time(of(times), column.unit)));
        row.push(verdict(step));
        row
    };
    Some(
        Table {
            title: format!("Ramp: latency at each rate{}", unit.told()),
            header,
            rows: load.steps.iter().map(row).collect(),
            details: sentences(knee, &load.steps).into_iter().chain([IN_TIME.to_owned()]).collect(),
        }
        .explained(),
    )
}

pub fn kept_up(kept: Kept) -> &'static str {
    match kept {
        Kept::Up => "yes",
        Kept::Behind => "no",
        Kept::Undecided => "undecided",
    }
}

pub fn verdict(step: &StepReport) -> String {
    let sent = step.achieved_rate * step.duration_us.unwrap_or_default() / 1e6;
    match step.failing {
        true => format!("no: {} failed", share(step.failed, (sent.round() as usize).max(step.failed))),
        false => kept_up(step.kept()).into(),
    }
}

/// `63 % of the requests failed`, of those that the other figures are of; `None` where hardly any did.
pub fn failed_of(phase: &PhaseReport, load: &LoadReport) -> Option<String> {
    let failed = phase.failures_beside_times().values().sum();
    load.failing.then(|| format!("{} of the requests failed", share(failed, failed + phase.counted)))
}

/// What is almost all is not said to be all.
fn share(failed: usize, all: usize) -> String {
    let percent = 100.0 * failed as f64 / all.max(1) as f64;
    match failed == all {
        true => "all".into(),
        false if percent > 99.0 => "more than 99 %".into(),
        false => format!("{percent:.0} %"),
    }
}

fn sentences(knee: &KneeReport, steps: &[StepReport]) -> Vec<String> {
    let long = long(steps);
    let told = match (knee.rate, knee.lost_at) {
        (Some(rate), Some(lost)) => {
            format!("{}/s is sustained{long}; {}/s is not", short(rate), short(lost))
        }
        (Some(rate), None) => {
            format!("{}/s is sustained{long}; no higher rate is shown not to be", short(rate))
        }
        (None, Some(lost)) => format!("{}/s is not sustained{long}; no rate is shown to be", short(lost)),
        (None, None) => format!("inconclusive at every rate{long}"),
    };
    [told].into_iter().chain(undecided(steps)).collect()
}

/// For how long each rate was asked for, which tells what keeping up is worth.
fn long(steps: &[StepReport]) -> String {
    let seconds = || steps.iter().filter_map(|step| step.duration_us).map(|us| us / 1e6);
    let [least, most] = seconds().fold([f64::INFINITY, 0.0], |[l, m], s| [s.min(l), s.max(m)]);
    let [least, most] = [least, most].map(|s| if s < 1.0 { format!("{s:.2}") } else { format!("{s:.1}") });
    match seconds().next() {
        None => String::new(),
        Some(_) if least == most => format!(" for {least} s"),
        Some(_) => format!(" for {least} to {most} s"),
    }
}

fn undecided(steps: &[StepReport]) -> impl Iterator<Item = String> {
    [Undecided::TooShort, Undecided::Client]
        .into_iter()
        .filter(|why| steps.iter().any(|step| step.undecided == Some(*why)))
        .map(|why| format!("undecided: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_shares_have_the_digits_that_tell() {
        assert_eq!([0.5, 33.33, 99.96, 1234.5].map(short), ["0.5", "33.3", "100", "1234"]);
        assert_eq!(
            [(5, 5), (9999, 10_000), (63, 100)].map(|(n, all)| share(n, all)),
            ["all", "more than 99 %", "63 %"]
        );
    }
}
