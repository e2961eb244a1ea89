//! The table of a phase: a row a target.

use super::{Column, Figure, Table, Unit, WITHHELD, median};
use crate::report::failed::Failed;
use crate::report::{
    Distribution, PhaseReport, Report, TargetReport, Tightness, WarmUpReport, failed, withheld,
};
use crate::sample::Phase;

/// `None` where nothing was asked in it.
pub fn table(report: &Report, phase: Phase) -> Option<Table> {
    let of = |target: &'_ TargetReport| target.phases.iter().position(|p| p.phase == phase);
    let rows: Vec<(&str, &PhaseReport)> =
        report.targets.iter().filter_map(|t| of(t).map(|i| (t.name.as_str(), &t.phases[i]))).collect();
    if rows.is_empty() {
        return None;
    }
    let unit = unit(&rows);
    let times: Vec<_> = rows.iter().map(|(_, phase)| &phase.latency_us).collect();
    let columns = TIMES.map(|(name, of)| Column::new(name, unit, times.iter().filter_map(|times| of(times))));
    let mut header: Vec<_> = columns.iter().map(Column::header).collect();
    header.insert(1, columns[0].named("95% CI of p50"));
    let header = [vec![String::new(), "ok".into()], header, vec!["instances".into()]].concat();
    let told = rows.iter().filter_map(|(name, phase)| detail(name, phase, unit));
    let rows: Vec<_> = rows.iter().map(|(name, phase)| row(name, phase, &columns)).collect();
    let details = told.chain(withheld::why("samples", &header, &rows)).collect();
    Some(Table { title: title(report, phase, unit), header, rows, details })
}

/// Of what is in the columns; only where nothing is, of what was told apart.
fn unit(rows: &[(&str, &PhaseReport)]) -> Unit {
    let typical: Vec<_> = rows.iter().filter_map(|(_, phase)| phase.latency_us.typical()).collect();
    if typical.is_empty() {
        return Unit::for_all(rows.iter().filter_map(|(_, phase)| contradicting(phase)?.typical()));
    }
    Unit::for_all(typical.into_iter())
}

fn contradicting(phase: &PhaseReport) -> Option<&Distribution> {
    phase.contradicting.as_ref().map(|contradicting| &contradicting.latency_us)
}

fn title(report: &Report, phase: Phase, unit: Unit) -> String {
    let idle = report.plan.idle.as_secs_f64();
    let what = match phase {
        Phase::Once => "Run once (MODE=once): process start to its end".into(),
        Phase::Startup => "Start-up: process start to first correct response".into(),
        Phase::Cold => format!("Cold: a new connection, after {idle} s of idling"),
        Phase::WarmUp => "Warm-up".into(),
        Phase::Load => "Load".into(),
        Phase::Warm => "Warm: one request after the other on one connection".into(),
    };
    format!("{what}{}", unit.told())
}

fn row(name: &str, phase: &PhaseReport, columns: &[Column]) -> Vec<String> {
    let latency = &phase.latency_us;
    let others = columns.iter().zip(TIMES).skip(1);
    let others = others.map(|(column, (_, of))| column.cell(of(latency))).collect();
    let median = median(latency, |us| columns[0].cell(Some(us))).to_vec();
    [vec![name.to_owned(), count(phase)], median, others, vec![instances(phase)]].concat()
}

/// The columns of times, the median first, without the interval that stands after it.
const TIMES: [(&str, Figure); 5] = [
    ("p50", |times| times.p50),
    ("p90", |times| times.p90),
    ("p99", |times| times.p99),
    ("mean", |times| times.mean),
    ("max", |times| times.max),
];

fn count(phase: &PhaseReport) -> String {
    if phase.counted == phase.samples {
        phase.counted.to_string()
    } else {
        format!("{}/{}", phase.counted, phase.samples)
    }
}

fn instances(phase: &PhaseReport) -> String {
    let evidence = &phase.evidence;
    let kinds = [(evidence.fresh, "fresh"), (evidence.reused, "reused"), (evidence.unknown, "unproven")];
    let told = kinds.iter().filter(|(n, _)| *n > 0).map(|(n, kind)| format!("{n} {kind}"));
    told.collect::<Vec<_>>().join(", ")
}

/// The parts that a request consists of, by their means, which add up; and what was told apart.
fn detail(name: &str, phase: &PhaseReport, unit: Unit) -> Option<String> {
    let parts = [
        ("DNS", &phase.dns_us),
        ("connect", &phase.connect_us),
        ("TLS", &phase.tls_us),
        ("first byte", &phase.first_byte_us),
        ("body", &phase.body_us),
    ];
    let told: Vec<_> = parts
        .iter()
        .filter_map(|(part, distribution)| {
            Some(format!("{part} {}", unit.format(distribution.as_ref()?.mean?)))
        })
        .collect();
    let mut sentences = Vec::new();
    if phase.phase == Phase::Cold && told.len() > 1 {
        sentences.push(format!("{} on average", told.join(" + ")));
    }
    if let Some(Tightness { asked, percent: Some(percent), reached: true, .. }) = phase.until {
        sentences.push(format!("{asked} reached: ±{percent:.1}%"));
    }
    sentences.extend(failed::by_kind(phase));
    sentences.extend(phase.warm_up.as_ref().map(|warm_up| warmed_up(warm_up, unit)));
    if let Some(apart) = &phase.contradicting {
        let mean = apart.latency_us.mean.map_or(WITHHELD.into(), |us| unit.format(us));
        let why = if phase.phase == Phase::Warm { "not warm" } else { "not cold" };
        sentences.push(format!("{} excluded: {why}, mean {mean}", apart.samples));
    }
    (!sentences.is_empty()).then(|| format!("{name}: {}", sentences.join("; ")))
}

/// `warm-up: 83 requests discarded (p50 203, 3 failed: status-503, the first 2 rounds among them)`.
fn warmed_up(warm_up: &WarmUpReport, unit: Unit) -> String {
    let median = warm_up.latency_us.p50.map(|p50| format!("p50 {}", unit.format(p50)));
    let failed = Failed::in_warm_up(warm_up).by_kind();
    let rounds = match warm_up.rounds {
        0 => None,
        1 => Some("the first round among them, since it was slower".to_owned()),
        n => Some(format!("the first {n} rounds among them, until times settled")),
    };
    let told: Vec<_> = median.into_iter().chain(failed).chain(rounds).collect();
    let told = if told.is_empty() { String::new() } else { format!(" ({})", told.join("; ")) };
    format!("warm-up: {} requests discarded{told}", warm_up.samples)
}
