//! How the table is to be read: only what is in it is explained.

use std::collections::BTreeSet;

use super::columns::{compared, mark, reference};
use super::{Cell, Column};
use crate::report::outline::{NO_INTERVAL, percent};
use crate::report::{Comparison, Report, Verdict};
use crate::sample::Phase;
use crate::target::Code;

/// A sentence each.
pub fn of(report: &Report, columns: &[Column]) -> Vec<String> {
    let shown: Vec<&Comparison> = report
        .names()
        .flat_map(|name| Phase::ONE_BY_ONE.map(|phase| compared(report, name, phase)))
        .flatten()
        .collect();
    let ratios = (!shown.is_empty()).then(|| ratios(report, &shown));
    let medians = medians(report, columns).into_iter().chain(ratios).chain(instances(report));
    medians.chain(packaged(report)).collect()
}

/// Of what the figures are, and what stands in brackets.
fn medians(report: &Report, columns: &[Column]) -> Option<String> {
    let any_time = report.targets.iter().flat_map(|target| &target.phases).any(|phase| phase.counted > 0);
    let cells = || columns.iter().skip(1).flat_map(|column| &column.cells);
    let is_marked = |cell: &&Cell| cell.figure.ends_with(NO_INTERVAL);
    let any_interval = cells().any(|cell| cell.beside.starts_with('(') && !is_marked(&cell));
    any_time.then(|| match (cells().any(|cell| is_marked(&cell)), any_interval) {
        (false, false) => "Medians.".into(),
        (false, true) => "Medians, with 95 % intervals in brackets.".into(),
        (true, false) => {
            format!("Medians. {NO_INTERVAL}: too few samples for a 95 % interval; in brackets is their range.")
        }
        (true, true) => format!(
            "Medians, with 95 % intervals in brackets. {NO_INTERVAL}: too few samples for one; in brackets is their range."
        ),
    })
}

/// What is shipped and what is run of a packaging.
fn packaged(report: &Report) -> Vec<String> {
    let packagings = || report.targets.iter().filter_map(|target| target.packaging.as_ref());
    let any_image = packagings().any(|packaging| packaging.image.is_some());
    let any_wasm = packagings().any(|packaging| packaging.code == Code::Wasm);
    let size = match (any_image, any_wasm) {
        (false, false) => None,
        (true, false) => Some("Size of a container: its image as it is sent.".into()),
        (false, true) => Some("Sizes of Wasm are without its runtime.".into()),
        (true, true) => {
            Some("Size of a container: its image as it is sent; of Wasm, without its runtime.".into())
        }
    };
    let load = report.plan.burst.map(|burst| {
        format!("Throughput: over {} connections, with the client on the same cores.", burst.connections)
    });
    size.into_iter().chain(load).filter(|_| packagings().next().is_some()).collect()
}

/// What the marks mean that are there.
fn ratios(report: &Report, shown: &[&Comparison]) -> String {
    let there = |verdict| shown.iter().any(|pair| pair.verdict == verdict);
    let mut told = Vec::new();
    let differences = [(Verdict::Faster, "faster"), (Verdict::Slower, "slower")];
    let differences: Vec<_> = differences.into_iter().filter(|(verdict, _)| there(*verdict)).collect();
    if !differences.is_empty() {
        let marks: Vec<_> =
            differences.iter().map(|(verdict, word)| format!("{} {word}", mark(*verdict))).collect();
        told.push(format!("{} (95 % interval excludes 1, corrected p ≤ 0.05)", marks.join(", ")));
    }
    if there(Verdict::Same) {
        told.push(format!("{} same (within ±{})", mark(Verdict::Same), report.plan.margin));
    }
    let mut text = format!("× is the ratio to {}", to_what(report));
    if !told.is_empty() {
        text += &format!(": {}", told.join(", "));
    }
    if there(Verdict::NoDifferenceShown) {
        let found = shown.iter().filter_map(|pair| pair.detectable).reduce(f64::max);
        let found = found
            .map_or(String::new(), |found| format!(" (one of {} would show in 4 of 5 runs)", percent(found)));
        text += &format!("; without a mark, no difference shown{found}");
    }
    text + "."
}

/// `the first row`, or by name what the rows are compared with.
fn to_what(report: &Report) -> String {
    let pairs: Vec<_> = report.names().filter_map(|name| Some((name, reference(report, name)?))).collect();
    let references: BTreeSet<_> = pairs.iter().map(|(_, reference)| *reference).collect();
    match (references.first(), references.len()) {
        (Some(first), 1) if report.names().next() == Some(*first) => "the first row".into(),
        (Some(only), 1) => (*only).to_owned(),
        _ => {
            let told: Vec<_> =
                pairs.iter().map(|(name, reference)| format!("{name} to {reference}")).collect();
            format!("its counterpart ({})", told.join(", "))
        }
    }
}

/// How many cold requests were cold by the server's own word, where it gives one.
fn instances(report: &Report) -> Option<String> {
    let cold = || report.targets.iter().filter_map(|target| target.phase(Phase::Cold));
    let is_told = cold().any(|_| true) && cold().all(|found| found.is_proven() || found.counted == 0);
    let (fresh, all) =
        cold().fold((0, 0), |(fresh, all), found| (fresh + found.evidence.fresh, all + found.samples));
    (is_told && fresh > 0).then(|| match fresh == all {
        true => format!("All {all} cold requests met a fresh instance."),
        false => format!("{fresh} of {all} cold requests met a fresh instance; only those count."),
    })
}
