//! A load as rows: the whole, the rates of a ramp, and the parts that it is divided into.

use serde::Serialize;

use super::{rows, text};
use crate::report::load::{LoadReport, SliceReport, StepReport};
use crate::report::{Distribution, PhaseReport, Report};

/// A part of a load, flat. Times are microseconds; what does not apply, and a percentile that is withheld, is empty; `inf` is
/// of requests that timed out or were not sent in time.
#[derive(Default, Serialize)]
struct Part {
    target: String,
    /// `load`, `rate` or `slice`.
    part: &'static str,
    asked_rate: Option<f64>,
    from_us: Option<f64>,
    to_us: Option<f64>,
    throughput: Option<f64>,
    ok: Option<u64>,
    failed: u64,
    unsent: Option<u64>,
    min_us: Option<f64>,
    mean_us: Option<f64>,
    p50_us: Option<f64>,
    p50_low_us: Option<f64>,
    p50_high_us: Option<f64>,
    p90_us: Option<f64>,
    p99_us: Option<f64>,
    p999_us: Option<f64>,
    max_us: Option<f64>,
}

/// All of them, with a header. Of a ramp, the whole and its slices are those of the rate that they name.
pub fn parts(report: &Report) -> Vec<u8> {
    let loads = report.targets.iter().flat_map(|target| {
        target
            .phases
            .iter()
            .filter_map(move |phase| Some((target.name.as_str(), phase, phase.load.as_ref()?)))
    });
    rows(loads.flat_map(|(name, phase, load)| {
        let all = std::iter::once(whole(phase, load))
            .chain(load.steps.iter().map(rate))
            .chain(load.slices.iter().map(|slice| of_slice(slice, load)));
        all.map(move |part| Part { target: text(name), ..part })
    }))
}

fn whole(phase: &PhaseReport, load: &LoadReport) -> Part {
    // What failed at all rates of a ramp is not of the one that is shown.
    let failed = load.shown().map_or_else(|| phase.failures.values().sum(), |step| step.failed);
    Part {
        part: "load",
        asked_rate: load.asked_rate,
        from_us: Some(0.0),
        to_us: Some(load.duration.as_secs_f64() * 1e6),
        throughput: Some(load.throughput),
        ok: Some(phase.counted as u64),
        failed: failed as u64,
        unsent: Some(load.unsent),
        ..times(&phase.latency_us)
    }
}

fn rate(step: &StepReport) -> Part {
    Part {
        part: "rate",
        asked_rate: Some(step.asked_rate),
        from_us: step.duration_us.and(Some(0.0)),
        to_us: step.duration_us,
        throughput: Some(step.throughput),
        failed: step.failed as u64,
        unsent: Some(step.unsent),
        ..times(&step.latency_us)
    }
}

fn of_slice(slice: &SliceReport, load: &LoadReport) -> Part {
    let [from_us, to_us] = slice.between_us.map_or([None; 2], |ends| ends.map(Some));
    Part {
        part: "slice",
        asked_rate: load.asked_rate,
        from_us,
        to_us,
        ok: Some(slice.ok),
        failed: slice.failed,
        ..times(&slice.latency_us)
    }
}

fn times(of: &Distribution) -> Part {
    let [low, high] = of.ci95.p50.map_or([None; 2], |ends| ends.map(Some));
    Part {
        min_us: of.min,
        mean_us: of.mean,
        p50_us: of.p50,
        p50_low_us: low,
        p50_high_us: high,
        p90_us: of.p90,
        p99_us: of.p99,
        p999_us: of.p999,
        max_us: of.max,
        ..Part::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::load::fixtures::{dies, ramp};

    fn read(report: &Report) -> Vec<csv::StringRecord> {
        let bytes = parts(report);
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let header = reader.headers().unwrap().clone();
        let columns = ["part", "asked_rate", "throughput", "ok", "failed", "p50_us", "p99_us"];
        let places = columns.map(|name| header.iter().position(|column| column == name).unwrap());
        let chosen = |row: csv::StringRecord| places.iter().map(|place| row[*place].to_owned()).collect();
        reader.records().map(|row| chosen(row.unwrap())).collect()
    }

    #[test]
    fn a_ramp_has_a_row_for_what_is_shown_one_for_each_rate_and_one_for_each_slice() {
        let report = ramp();
        let phase = &report.targets[0].phases[0];
        let load = phase.load.as_ref().unwrap();
        let rows = read(&report);
        let of = |part: &str| rows.iter().filter(|row| &row[0] == part).collect::<Vec<_>>();
        assert_eq!(of("load").len(), 1);
        assert_eq!(&of("load")[0][5], &phase.latency_us.p50.unwrap().to_string());
        for (row, step) in of("rate").into_iter().zip(&load.steps) {
            assert_eq!(row[1].parse::<f64>(), Ok(step.asked_rate));
            assert_eq!(row[2].parse::<f64>(), Ok(step.throughput));
            assert_eq!(
                (&row[3], row[6].parse().ok()),
                ("", step.latency_us.p99),
                "what is ok of a rate is not kept"
            );
        }
        assert_eq!((of("rate").len(), of("slice").len()), (load.steps.len(), load.slices.len()));
    }

    #[test]
    fn the_slices_of_a_load_add_up_to_it_also_where_its_target_dies() {
        let report = dies(Some(1000.0), 4000, 1500);
        let rows = read(&report);
        let sum = |part: &str, column: usize| -> u64 {
            rows.iter().filter(|row| &row[0] == part).map(|row| row[column].parse::<u64>().unwrap()).sum()
        };
        assert_eq!([sum("slice", 3), sum("slice", 4)], [sum("load", 3), sum("load", 4)]);
        assert!(sum("load", 4) > 0);
    }
}
