//! The columns that there is a figure for.

use super::unit::{Unit, bytes};
use super::{Cell, Column};
use crate::report::outline::{NO_INTERVAL, WITHHELD};
use crate::report::ratio::short;
use crate::report::{Comparison, PhaseReport, Report, TargetReport, Verdict};
use crate::sample::Phase;

/// The names first.
pub fn of(report: &Report) -> Vec<Column> {
    let plain = |name: &str, of: &dyn Fn(&TargetReport) -> Option<String>| {
        let cell = |target| Cell { figure: of(target).unwrap_or(WITHHELD.into()), beside: String::new() };
        let is_known = report.targets.iter().any(|target| of(target).is_some());
        is_known.then(|| Column { name: name.into(), cells: report.targets.iter().map(cell).collect() })
    };
    let names = plain("", &|target| Some(target.name.clone()));
    let size = plain("size", &|target| shipped(target).map(|size| bytes(size as f64)));
    let memory = plain("memory", &|target| target.memory_bytes.map(bytes));
    let throughput =
        plain("throughput", &|target| target.throughput_per_s.map(|rate| format!("{rate:.0}/s")));
    let any_failed = report.targets.iter().any(|target| failed(target).0 > 0);
    let failed = plain("failed", &|target| {
        let (failed, all) = failed(target);
        any_failed.then(|| if failed > 0 { format!("{failed} of {all}") } else { "0".into() })
    });
    let phases = Phase::ONE_BY_ONE.into_iter().filter_map(|phase| of_phase(report, phase));
    names.into_iter().chain(size).chain(phases).chain(memory).chain(throughput).chain(failed).collect()
}

/// The size of what is shipped: of a container, its image as it is sent.
pub fn shipped(target: &TargetReport) -> Option<u64> {
    let image = target.packaging.as_ref().and_then(|packaging| packaging.image);
    image.map(|image| image.compressed_bytes).or(target.size_bytes)
}

/// How many requests failed, of how many, those of warm-up included.
fn failed(target: &TargetReport) -> (usize, usize) {
    let of_phase = |phase: &PhaseReport| {
        let warm_up = phase.warm_up.as_ref().map_or((0, 0), |warm_up| (warm_up.failed, warm_up.samples));
        (phase.failed() + warm_up.0, phase.samples + warm_up.1)
    };
    target.phases.iter().map(of_phase).fold((0, 0), |sum, found| (sum.0 + found.0, sum.1 + found.1))
}

/// `None` where nothing was asked in it.
fn of_phase(report: &Report, phase: Phase) -> Option<Column> {
    let found: Vec<Option<&PhaseReport>> = report.targets.iter().map(|target| target.phase(phase)).collect();
    let times = found.iter().flatten().filter_map(|found| found.latency_us.typical());
    let unit = Unit::of_all(times);
    let cell = |(target, found): (&TargetReport, &Option<&PhaseReport>)| match found {
        None => Cell { figure: WITHHELD.into(), beside: String::new() },
        Some(found) => Cell {
            figure: median(found, unit),
            beside: match compared(report, &target.name, phase) {
                Some(comparison) => ratio(comparison),
                None => range(found, unit, report.comparisons.is_empty()),
            },
        },
    };
    found.iter().any(Option::is_some).then(|| Column {
        name: phase.in_words().into(),
        cells: report.targets.iter().zip(&found).map(cell).collect(),
    })
}

fn median(found: &PhaseReport, unit: Unit) -> String {
    let times = &found.latency_us;
    match times.p50 {
        _ if found.counted == 0 => WITHHELD.into(),
        None => format!("{WITHHELD}{NO_INTERVAL}"),
        Some(p50) if times.lacks_interval() => format!("{}{NO_INTERVAL}", unit.suiting(p50).told(p50)),
        Some(p50) => unit.suiting(p50).told(p50),
    }
}

/// What stands in the place of the interval where there is none; the interval, if it is `wanted`.
fn range(found: &PhaseReport, unit: Unit, wanted: bool) -> String {
    let times = &found.latency_us;
    let unit = times.typical().map_or(unit, |us| unit.suiting(us));
    match (times.ci95.p50, times.min.zip(times.max)) {
        (Some([low, high]), _) if wanted => format!("({}–{})", unit.bare(low), unit.bare(high)),
        (None, Some((least, most))) if found.counted > 0 => {
            // Without a median, nothing else names the unit.
            let most = if times.p50.is_some() { unit.bare(most) } else { unit.told(most) };
            format!("({}–{most})", unit.bare(least))
        }
        _ => String::new(),
    }
}

/// The comparison that stands beside a median of a target: with the first of those that it is compared with.
pub fn compared<'a>(report: &'a Report, target: &str, phase: Phase) -> Option<&'a Comparison> {
    let reference = reference(report, target)?;
    report
        .comparisons
        .iter()
        .find(|pair| pair.phase == phase && pair.candidate == target && pair.baseline == reference)
}

/// What a target is compared with in the table.
pub fn reference<'a>(report: &'a Report, target: &str) -> Option<&'a str> {
    let is_baseline = |name: &&str| {
        report.comparisons.iter().any(|pair| pair.candidate == target && pair.baseline == *name)
    };
    report.names().find(is_baseline)
}

/// `0.87×▼`. The mark has a place of its own, so that the digits of a column stand below one another.
fn ratio(comparison: &Comparison) -> String {
    let bound = comparison.bound.map_or("", |bound| bound.sign());
    format!("{bound}{}×{}", short(comparison.ratio_p50, comparison.ci95), mark(comparison.verdict))
}

/// What says which verdict it is.
pub fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Faster => "▼",
        Verdict::Slower => "▲",
        Verdict::Same => "=",
        Verdict::NoDifferenceShown => " ",
    }
}
