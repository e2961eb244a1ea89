//! Requests one after the other.

use super::words::{interval, withheld};
use crate::matrix::plan::MatrixPlan;
use crate::matrix::report::row::Row;
use crate::report::failed;
use crate::report::outline::{self, Column, Table, Unit, WITHHELD};
use crate::report::{Contradicting, Distribution, PhaseReport};
use crate::sample::Phase;
use crate::stats::least;

/// A row for each that was asked in that phase.
pub fn table(title: &str, rows: &[&Row], phase: Phase, plan: &MatrixPlan) -> Table {
    let known: Vec<(&Row, &PhaseReport)> =
        rows.iter().filter_map(|row| Some((*row, row.phase(phase)?))).collect();
    let times = || known.iter().map(|(_, report)| latency(report));
    let unit = Unit::for_wide(times().filter_map(|times| Some([times.typical()?; 2])));
    let median = Column::new("p50", unit, times().filter_map(|times| times.p50));
    let mean = Column::new("mean", unit, times().filter_map(|times| times.mean));
    let tail = Column::new("p99", unit, times().filter_map(|times| times.p99));
    let header = [
        String::new(),
        "ok".into(),
        median.header(),
        median.named("95% CI of p50"),
        mean.header(),
        tail.header(),
        tail.named("95% CI of p99"),
    ];
    let row = |(row, report): &(&Row, &PhaseReport)| {
        let latency = latency(report);
        let [p50, median_interval] = outline::median(latency, |us| median.cell(Some(us)));
        let mut cells = vec![
            p50,
            median_interval,
            mean.cell(latency.mean),
            tail.cell(latency.p99),
            interval(latency.ci95.p99, |us| tail.cell(Some(us))),
        ];
        if stays(report).is_some() {
            cells.iter_mut().filter(|cell| *cell != WITHHELD).for_each(|cell| *cell = format!("({cell})"));
        }
        [row.name.clone(), ok(report)].into_iter().chain(cells).collect()
    };
    let reports = known.iter().map(|(_, report)| *report);
    Table {
        title: format!("{title}{}", unit.told()),
        header: header.into(),
        rows: known.iter().map(row).collect(),
        details: (known.iter().filter_map(|(row, report)| doubt(&row.name, report)))
            .chain(without_tail(&known))
            .chain(warm_up(reports.clone()))
            .chain(more_than_asked(reports, plan).filter(|_| phase == Phase::Warm))
            .chain(withheld(rows, |row| row.no_requests.as_deref()))
            .collect(),
    }
}

/// How many count, of all that were taken if those are more.
fn ok(report: &PhaseReport) -> String {
    match report.counted == report.samples {
        true => report.counted.to_string(),
        false => format!("{}/{}", report.counted, report.samples),
    }
}

/// What failed, and what is not what it was to be.
fn doubt(name: &str, report: &PhaseReport) -> Option<String> {
    let apart = report.contradicting.as_ref().map(|apart| match stays(report) {
        Some(_) if report.evidence.instances == 1 => format!(
            "none of {} is cold, since one instance stays and answers all: only the connection is new. Times in \
             brackets are of these",
            apart.samples
        ),
        Some(_) => format!(
            "none of {} is cold, since each met an instance that had answered before: only the connection is new. \
             Times in brackets are of these",
            apart.samples
        ),
        None => told_apart(report, apart.samples),
    });
    let told: Vec<String> = failed::by_kind(report).chain(apart).collect();
    (!told.is_empty()).then(|| format!("{name}: {}", told.join("; ")))
}

/// Some, and why they are in no figure, as far as the evidence tells.
fn told_apart(report: &PhaseReport, some: usize) -> String {
    let evidence = &report.evidence;
    let why = match report.phase {
        Phase::Warm if evidence.fresh == some && evidence.reused > 0 => {
            "answered by fresh instances, among reused ones"
        }
        Phase::Cold if evidence.reused == some && evidence.fresh > 0 => {
            "answered by reused instances, among fresh ones"
        }
        _ => "answered by an instance or on a connection of another kind than the others",
    };
    format!("{some} of {} were {why}: told apart, and in no figure", report.samples)
}

/// Why there is no 99th percentile in a row, where there is one in others.
fn without_tail(known: &[(&Row, &PhaseReport)]) -> Vec<String> {
    let any = known.iter().any(|(_, report)| latency(report).p99.is_some());
    let needed = least(0.99);
    let lacks = |(row, report): &(&Row, &PhaseReport)| {
        let lacks = any && report.counted > 0 && report.counted < needed && latency(report).p99.is_none();
        lacks.then(|| {
            format!(
                "{WITHHELD} {}: too few requests (p99 needs {needed}): {} count",
                row.name, report.counted
            )
        })
    };
    known.iter().filter_map(lacks).collect()
}

/// How many rounds were slower than the later ones. They are the same of all packagings.
fn warm_up<'a>(reports: impl Iterator<Item = &'a PhaseReport>) -> Option<String> {
    let rounds = reports.filter_map(|report| report.warm_up.as_ref()).map(|warm_up| warm_up.rounds).max()?;
    let of = match rounds {
        0 => return None,
        1 => "the first round, which was".to_owned(),
        n => format!("the first {n} rounds, which were"),
    };
    Some(format!("Warm-up: the requests of {of} slower than the later ones, are in no figure."))
}

/// Why there are more warm requests than were asked for, where there are.
fn more_than_asked<'a>(
    mut reports: impl Iterator<Item = &'a PhaseReport>,
    plan: &MatrixPlan,
) -> Option<String> {
    let asked = plan.requests.warm_samples;
    reports.any(|report| report.samples > asked).then(|| {
        format!(
            "More than {asked} requests, which is {} for each of -n {} rounds: the first ones seemed to be still \
             warming up, so others were asked in their place. In the end some of the first were no slower, and count too.",
            asked / plan.rounds.max(1) as usize,
            plan.rounds
        )
    })
}

/// Of a process that stays, every request meets an instance in use: a new connection is all that is cold.
fn stays(report: &PhaseReport) -> Option<&Contradicting> {
    report.contradicting.as_ref().filter(|_| report.counted == 0)
}

fn latency(report: &PhaseReport) -> &Distribution {
    stays(report).map_or(&report.latency_us, |stays| &stays.latency_us)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Freshness;
    use crate::matrix::report::fixtures::{lab, row};
    use crate::report::fixtures;
    use crate::sample::Sample;

    fn of(phase: Phase, samples: &[Sample]) -> Table {
        let mut row = row("native", 1);
        row.requests = fixtures::report(samples).targets.swap_remove(0).phases;
        table("x", &[&row], phase, &lab().plan)
    }

    fn cold(freshness: Freshness) -> Sample {
        Sample { freshness, new_connection: true, ..fixtures::sample("a", Phase::Cold, 1000) }
    }

    #[test]
    fn what_is_not_cold_is_not_counted_as_ok_and_its_times_stand_in_brackets() {
        let told = of(Phase::Cold, &vec![cold(Freshness::Reused); 30]);
        assert_eq!(told.rows[0][..3], ["native", "0/30", "(1000*)"]);
        assert!(told.details[0].starts_with("native: none of 30 is cold"), "{:?}", told.details);
        assert!(told.details[0].contains("in brackets"), "{:?}", told.details);
        let fresh = of(Phase::Cold, &vec![cold(Freshness::Fresh); 30]);
        assert_eq!(fresh.rows[0][..3], ["native", "30", "1000*"]);
    }

    #[test]
    fn few_that_are_not_warm_are_told_apart_and_so_is_why_that_row_has_no_tail() {
        let warm = |freshness| Sample { freshness, ..fixtures::sample("a", Phase::Warm, 100) };
        let phases = |fresh: usize| {
            let samples =
                [vec![warm(Freshness::Fresh); fresh], vec![warm(Freshness::Reused); 370 - fresh]].concat();
            fixtures::report(&samples).targets.swap_remove(0).phases
        };
        let mut rows = [row("preview 3", 1), row("native", 1)];
        (rows[0].requests, rows[1].requests) = (phases(7), phases(0));
        let told = table("x", &rows.iter().collect::<Vec<_>>(), Phase::Warm, &lab().plan);
        let apart = "preview 3: 7 of 370 were answered by fresh instances, among reused ones: told apart, and in no figure";
        let tail = "– preview 3: too few requests (p99 needs 368): 363 count";
        assert_eq!(told.details[..2], [apart, tail]);
        assert_eq!((told.rows[0][5].as_str(), told.rows[1][5].as_str()), (WITHHELD, "100"));
    }

    #[test]
    fn slow_first_rounds_are_said_to_be_in_no_figure() {
        let samples = |phase, rounds: std::ops::Range<u32>, micros| {
            rounds.map(move |round| Sample { round, ..fixtures::sample("a", phase, micros) })
        };
        let slow = samples(Phase::WarmUp, 0..10, 900);
        let told = of(Phase::Warm, &slow.chain(samples(Phase::Warm, 10..50, 100)).collect::<Vec<_>>());
        assert_eq!(told.rows[0][1..4], ["40", "100", "100–100"]);
        let warm_up = "Warm-up: the requests of the first 10 rounds, which were slower than the later ones, are in no figure.";
        assert!(told.details.iter().any(|detail| detail == warm_up), "{:?}", told.details);
    }

    #[test]
    fn more_warm_requests_than_were_asked_for_are_explained() {
        let told = |count| {
            let warm = vec![fixtures::sample("a", Phase::Warm, 100); count];
            of(Phase::Warm, &warm).details.concat()
        };
        let asked = lab().plan.requests.warm_samples;
        assert!(told(asked + 7).contains(&format!("More than {asked} requests")), "{}", told(asked + 7));
        assert_eq!(told(asked), "");
    }
}
