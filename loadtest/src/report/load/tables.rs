//! A load for people.

use std::collections::BTreeMap;

use super::{KneeReport, LoadReport, Loop, StepReport, failing, ramp};
use crate::load::knee::{self, Kept};
use crate::report::outline::{Column, Figure, Table, Unit, WITHHELD, median};
use crate::report::picture::time_of;
use crate::report::{Distribution, EvidenceReport, PhaseReport, Report};
use crate::report::{failed, withheld};

/// What is known to be longer than was waited.
const ENDLESS: &str = "∞";

/// From here on three digits need no tenths of a microsecond.
const FINEST_US: f64 = 100.0;

/// The tables of all loads in a report.
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
    /// With why something is not in it.
    fn explained(mut self) -> Self {
        self.details.extend(withheld::in_columns(&self.header, &self.rows));
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
        (Some(rate), Some(KneeReport { lost_at: None, .. })) => {
            let is_last = load.steps.last().is_none_or(|step| step.asked_rate <= rate);
            let which = if is_last {
                "highest rate of the ramp"
            } else {
                "highest rate of the ramp that is kept up with"
            };
            format!("{which}, {}/s", short(rate))
        }
        (Some(rate), Some(_)) => format!("knee of the ramp, {}/s", short(rate)),
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
    let p99 = late.p99.map_or(String::new(), |p99| format!(", 99 % of them at most {}", time_of(p99)));
    Some(format!(
        "half of the requests with a free connection were sent up to {} late{p99}, the latest {}: by this client itself",
        time_of(late.p50?),
        time_of(late.max?)
    ))
}

fn steps(load: &LoadReport) -> Option<Table> {
    let knee = load.knee.as_ref()?;
    let typical = load.steps.iter().filter_map(|step| step.latency_us.typical());
    let unit = Unit::for_wide(typical.map(|us| [us.max(FINEST_US); 2]));
    let shown = [TIMES[0], TIMES[2], TIMES[5]];
    let times = |of| load.steps.iter().map(|step| &step.latency_us).map(of);
    let columns = shown.map(|(name, of)| column(name, unit, times(of)));
    let counts = ["asked", "tried/s", "ok/s", "failed", "unsent"].map(str::to_owned);
    let header = [&counts[..], &columns.each_ref().map(Column::header), &["kept up".into()]].concat();
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

/// In the table.
pub fn kept_up(kept: Kept) -> &'static str {
    match kept {
        Kept::Up => "yes",
        Kept::Behind => "no",
        Kept::Undecided => "undecided",
    }
}

/// In the table, with what failed.
pub fn verdict(step: &StepReport) -> String {
    match step.failing {
        true => format!("no: {} failed", step.share_failed()),
        false => kept_up(step.kept()).into(),
    }
}

fn sentences(knee: &KneeReport, steps: &[StepReport]) -> Vec<String> {
    let long = long(steps);
    let is_decided = steps.iter().all(|step| step.undecided.is_none());
    let told = match (knee.rate, knee.lost_at) {
        (Some(rate), Some(lost)) if steps.iter().any(|step| step.asked_rate == lost && step.failing) => {
            format!(
                "{}/s is kept up with{long}; at {}/s requests failed, which need not be for the rate",
                short(rate),
                short(lost)
            )
        }
        (Some(rate), Some(lost)) => {
            format!("the knee is at {}/s, which is kept up with{long}: {}/s is not", short(rate), short(lost))
        }
        (Some(rate), None) if is_decided && knee::disturbed(&ramp::shown(steps)).is_empty() => {
            format!("no knee up to {}/s: every rate is kept up with{long}", short(rate))
        }
        (Some(rate), None) => {
            format!("{}/s is kept up with{long}, and no higher rate is shown not to be", short(rate))
        }
        (None, Some(lost)) if steps.first().is_some_and(|step| step.asked_rate < lost) => {
            format!("{}/s is not kept up with{long}, and no lower rate is shown to be", short(lost))
        }
        (None, Some(_)) => format!("the knee is below the lowest rate, which is not kept up with{long}"),
        (None, None) => format!("no rate is shown to be kept up with{long}, nor not to be"),
    };
    let bend = |rate| format!("latency bends at {}/s: from there on at least twice the lowest", short(rate));
    let failed = failing::of_ramp(steps);
    [told]
        .into_iter()
        .chain(failed)
        .chain(knee.bends_at.map(bend))
        .chain(rose(steps))
        .chain(disturbed(steps))
        .chain(undecided(steps))
        .collect()
}

/// Where latency rose, and fell again.
fn rose(steps: &[StepReport]) -> Option<String> {
    let rates: Vec<_> = knee::rises(&ramp::shown(steps)).into_iter().map(|at| steps[at].asked_rate).collect();
    let told: Vec<_> = rates.iter().map(|rate| format!("{}/s", short(*rate))).collect();
    (!told.is_empty()).then(|| {
        format!("latency rose at {} to at least twice the lowest before, and fell again", told.join(", "))
    })
}

/// Which were not kept up with, and could have been.
fn disturbed(steps: &[StepReport]) -> Option<String> {
    let rates = knee::disturbed(&ramp::shown(steps));
    let told: Vec<_> = rates.into_iter().map(|at| format!("{}/s", short(steps[at].asked_rate))).collect();
    (!told.is_empty()).then(|| {
        format!(
            "{} was not kept up with, and a higher rate was: something passing disturbed it, such as a stall; ramp again to \
             tell",
            told.join(", ")
        )
    })
}

/// For how long each rate was asked for, which tells what keeping up is worth.
pub fn long(steps: &[StepReport]) -> String {
    let seconds = || steps.iter().filter_map(|step| step.duration_us).map(|us| us / 1e6);
    let [least, most] = seconds().fold([f64::INFINITY, 0.0], |[l, m], s| [s.min(l), s.max(m)]);
    let [least, most] = [least, most].map(|s| if s < 1.0 { format!("{s:.2}") } else { format!("{s:.1}") });
    match seconds().next() {
        None => String::new(),
        Some(_) if least == most => format!(" for {least} s"),
        Some(_) => format!(" for {least} to {most} s"),
    }
}

/// Which rates are undecided, by why.
fn undecided(steps: &[StepReport]) -> impl Iterator<Item = String> {
    let mut rates: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for step in steps {
        if let Some(why) = step.undecided {
            rates.entry(why).or_default().push(format!("{}/s", short(step.asked_rate)));
        }
    }
    rates.into_iter().map(|(why, rates)| format!("undecided at {}: {why}", rates.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::load::Undecided;

    fn step(rate: f64, kept: Kept) -> StepReport {
        StepReport {
            asked_rate: rate,
            achieved_rate: rate,
            throughput: rate,
            saturated: kept == Kept::Behind,
            failing: false,
            undecided: (kept == Kept::Undecided).then_some(Undecided::TooShort),
            duration_us: Some(500_000.0),
            unsent: 0,
            failed: 0,
            failures: None,
            latency_us: Distribution::default(),
            service_us: Distribution::default(),
        }
    }

    fn told(kept: &[Kept], rate: Option<f64>, lost_at: Option<f64>) -> String {
        let steps: Vec<_> = kept.iter().zip(1..).map(|(kept, n)| step(f64::from(n) * 40.0, *kept)).collect();
        sentences(&KneeReport { rate, lost_at, bends_at: None }, &steps).join("; ")
    }

    #[test]
    fn a_rate_is_said_to_be_kept_up_with_only_if_it_is_and_for_how_long() {
        use Kept::{Behind, Undecided, Up};
        assert_eq!(
            told(&[Up, Up], Some(80.0), None),
            "no knee up to 80/s: every rate is kept up with for 0.50 s"
        );
        assert_eq!(
            told(&[Up, Behind], Some(40.0), Some(80.0)),
            "the knee is at 40/s, which is kept up with for 0.50 s: 80/s is not"
        );
        let open = told(&[Up, Undecided], Some(40.0), None);
        assert!(
            open.starts_with("40/s is kept up with for 0.50 s, and no higher rate is shown not to be"),
            "{open}"
        );
        assert!(open.contains("; undecided at 80/s: many answers came only after its end"), "{open}");
        let lost = told(&[Undecided, Behind], None, Some(80.0));
        assert!(
            lost.starts_with("80/s is not kept up with for 0.50 s, and no lower rate is shown to be"),
            "{lost}"
        );
        let disturbed = told(&[Up, Behind, Up], Some(120.0), None);
        assert!(
            disturbed.contains("; 80/s was not kept up with, and a higher rate was: something passing"),
            "{disturbed}"
        );
        assert!(!disturbed.contains("every rate"), "{disturbed}");
        assert!(told(&[Behind], None, Some(40.0)).starts_with("the knee is below the lowest rate"));
        assert!(told(&[Undecided], None, None).starts_with("no rate is shown to be kept up with"));
    }

    #[test]
    fn a_rate_at_which_requests_failed_is_not_said_to_be_too_high() {
        let steps = [step(40.0, Kept::Up), StepReport { failing: true, failed: 80, ..step(80.0, Kept::Up) }];
        let knee = KneeReport { rate: Some(40.0), lost_at: Some(80.0), bends_at: None };
        let told = sentences(&knee, &steps).join("; ");
        assert!(
            told.starts_with(
                "40/s is kept up with for 0.50 s; at 80/s requests failed, which need not be for the rate"
            ),
            "{told}"
        );
    }

    #[test]
    fn a_rise_that_fell_again_is_told_beside_the_bend() {
        let steps: Vec<_> = [1.0, 4.0, 1.2, 3.0, 5.0]
            .into_iter()
            .zip(1..)
            .map(|(p50, n)| StepReport {
                latency_us: Distribution { p50: Some(p50), ..Distribution::default() },
                ..step(f64::from(n) * 40.0, Kept::Up)
            })
            .collect();
        let knee = KneeReport { rate: Some(200.0), lost_at: None, bends_at: Some(160.0) };
        let told = sentences(&knee, &steps);
        assert_eq!(
            told[1..],
            [
                "latency bends at 160/s: from there on at least twice the lowest",
                "latency rose at 80/s to at least twice the lowest before, and fell again"
            ]
        );
        assert_eq!(sentences(&knee, &steps[2..]).len(), 2, "of what did not rise, nothing is said");
    }

    #[test]
    fn rates_have_the_digits_that_tell() {
        assert_eq!([0.5, 33.33, 99.96, 1234.5].map(short), ["0.5", "33.3", "100", "1234"]);
    }
}
