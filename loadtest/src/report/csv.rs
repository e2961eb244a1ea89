//! Every sample as a row, for spreadsheets and data frames; of a load, which keeps none, every part of it.

mod load;

use serde::Serialize;

pub use self::load::parts;

use super::{PhaseReport, Report, TargetReport};
use crate::sample::{Outcome, Sample};

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 4] = ['=', '+', '-', '@'];

/// A sample, flat. Times are microseconds; what does not apply is empty.
#[derive(Serialize)]
struct Row {
    target: String,
    phase: &'static str,
    round: u32,
    intended_us: f64,
    sent_us: f64,
    service_us: f64,
    dns_us: Option<f64>,
    connect_us: Option<f64>,
    tls_us: Option<f64>,
    first_byte_us: Option<f64>,
    body_us: Option<f64>,
    handler_us: Option<f64>,
    new_connection: bool,
    outcome: String,
    detail: String,
    freshness: &'static str,
    instance: String,
    served: Option<u64>,
}

#[derive(Serialize)]
struct Figures {
    target: String,
    url: String,
    phase: &'static str,
    samples: usize,
    counted: usize,
    failed: usize,
    fresh: usize,
    reused: usize,
    unknown: usize,
    min_us: Option<f64>,
    mean_us: Option<f64>,
    p50_us: Option<f64>,
    p50_low_us: Option<f64>,
    p50_high_us: Option<f64>,
    p90_us: Option<f64>,
    p95_us: Option<f64>,
    p99_us: Option<f64>,
    p999_us: Option<f64>,
    max_us: Option<f64>,
}

pub fn samples(samples: &[Sample]) -> Vec<u8> {
    rows(samples.iter().map(Row::of))
}

/// A row for each target and phase of a report, with a header. `inf` is a time-out.
pub fn figures(report: &Report) -> Vec<u8> {
    let phases =
        report.targets.iter().flat_map(|target| target.phases.iter().map(move |phase| (target, phase)));
    rows(phases.map(|(target, phase)| Figures::of(target, phase)))
}

fn rows(rows: impl Iterator<Item = impl Serialize>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).expect("a row is written to memory");
    }
    writer.into_inner().expect("memory takes every row")
}

impl Figures {
    fn of(target: &TargetReport, phase: &PhaseReport) -> Self {
        let latency = &phase.latency_us;
        Self {
            target: text(&target.name),
            url: text(&target.url),
            phase: phase.phase.name(),
            samples: phase.samples,
            counted: phase.counted,
            failed: phase.failures.values().sum(),
            fresh: phase.evidence.fresh,
            reused: phase.evidence.reused,
            unknown: phase.evidence.unknown,
            min_us: latency.min,
            mean_us: latency.mean,
            p50_us: latency.p50,
            p50_low_us: latency.ci95.p50.map(|[low, _]| low),
            p50_high_us: latency.ci95.p50.map(|[_, high]| high),
            p90_us: latency.p90,
            p95_us: latency.p95,
            p99_us: latency.p99,
            p999_us: latency.p999,
            max_us: latency.max,
        }
    }
}

impl Row {
    fn of(sample: &Sample) -> Self {
        let micros = |nanos: u64| nanos as f64 / 1e3;
        let segment = |nanos: Option<u64>| nanos.map(micros);
        Self {
            target: text(&sample.target),
            phase: sample.phase.name(),
            round: sample.round,
            intended_us: micros(sample.intended_ns),
            sent_us: micros(sample.sent_ns),
            service_us: micros(sample.service_ns()),
            dns_us: segment(sample.segments.dns_ns),
            connect_us: segment(sample.segments.connect_ns),
            tls_us: segment(sample.segments.tls_ns),
            first_byte_us: segment(sample.segments.first_byte_ns),
            body_us: segment(sample.segments.body_ns),
            handler_us: sample.testimony.handler_us,
            new_connection: sample.new_connection,
            outcome: sample.outcome.kind().into_owned(),
            detail: text(detail(&sample.outcome)),
            freshness: sample.freshness.name(),
            instance: text(sample.testimony.instance.as_deref().unwrap_or_default()),
            served: sample.testimony.served,
        }
    }
}

fn detail(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::WrongAnswer(detail) | Outcome::Cached(detail) | Outcome::Transport(detail) => detail,
        Outcome::Ok | Outcome::Status(_) | Outcome::Timeout | Outcome::ClientStopped => "",
    }
}

/// A target could have a spreadsheet compute what it likes: what would be a formula there gets an apostrophe before it.
fn text(text: &str) -> String {
    let begins = text.trim_start_matches(['\t', '\r', '\n', ' ']).starts_with(FORMULA);
    if begins { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{sample, twice_as_slow};
    use crate::sample::Phase;

    fn rows(samples: &[Sample]) -> Vec<csv::StringRecord> {
        csv::Reader::from_reader(super::samples(samples).as_slice()).records().map(Result::unwrap).collect()
    }

    #[test]
    fn every_sample_is_a_row_with_its_time() {
        let samples = twice_as_slow();
        let rows = rows(&samples);
        assert_eq!(rows.len(), samples.len());
        assert_eq!((&rows[1][0], &rows[1][1], &rows[1][5], &rows[1][13]), ("b", "cold", "1000.0", "ok"));
    }

    #[test]
    fn what_a_target_says_stays_one_cell_and_computes_nothing() {
        let said = "=cmd|' /C calc'!A0, \"quoted\"\nand more";
        let hostile = Sample { outcome: Outcome::Transport(said.into()), ..sample("a", Phase::Cold, 5) };
        assert_eq!(&rows(&[hostile])[0][14], format!("'{said}"));
    }
}
