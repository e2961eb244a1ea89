//! Why a figure is not in a table, beside the table.

use std::collections::BTreeMap;

use super::answer::Sentence;
use super::outline::{Figure, WITHHELD};
use super::{Distribution, PhaseReport};
use crate::sample::Outcome;
use crate::stats::{SAMPLES_ABOVE, least};

/// The percentiles of the tables.
const PERCENTILES: [(&str, f64, Figure); 3] =
    [("p50", 0.5, |times| times.p50), ("p90", 0.9, |times| times.p90), ("p99", 0.99, |times| times.p99)];

/// A target in a table.
type Row<'a> = (&'a str, &'a PhaseReport);

/// Of the targets in a table, what is withheld and what it takes; nothing if nothing is.
pub fn why(rows: &[Row]) -> Vec<String> {
    let intervals = |times: &Distribution| times.p50.is_some() && times.ci95.p50.is_none();
    let means = |times: &Distribution| times.mean.is_none();
    let others = [
        (
            "no interval of",
            "its rounds are too few, or differ too much",
            intervals as fn(&Distribution) -> bool,
        ),
        ("no mean of", "of some of its times it is only known that they are longer than the time-out", means),
    ];
    let of = |(what, why, holds): (&str, &str, fn(&Distribution) -> bool)| {
        let found = rows.iter().filter(|(_, phase)| phase.counted > 0 && holds(&phase.latency_us));
        let names: Vec<&str> = found.map(|(name, _)| *name).collect();
        (!names.is_empty()).then(|| format!("{WITHHELD}: {what} {}: {why}", names.join(", ")))
    };
    percentiles(rows).into_iter().chain(others.into_iter().filter_map(of)).collect()
}

/// The same of a load, whose tables are of one target: of the columns in which something is withheld.
pub fn in_columns(header: &[String], rows: &[Vec<String>]) -> Vec<String> {
    let lacks = |(column, _): &(usize, &String)| rows.iter().any(|row| row[*column] == WITHHELD);
    let names =
        header.iter().enumerate().filter(lacks).map(|(_, name)| name.split(',').next().unwrap_or(name));
    let names: Vec<&str> = names.collect();
    let percentile = |name: &&str| {
        let share = name.strip_prefix('p')?.parse::<f64>().ok()?;
        // As it would be written: 99.9 / 100 is a little more than 0.999.
        Some(format!("{} for {name}", least((share * 10.0).round() / 1000.0)))
    };
    let needed: Vec<String> = names.iter().filter_map(percentile).collect();
    let percentiles = (!needed.is_empty()).then(|| {
        format!(
            "{WITHHELD}: withheld: a percentile takes {SAMPLES_ABOVE} requests above it, which is {}",
            needed.join(", ")
        )
    });
    let others = [
        ("95% CI of p50", "no interval: the parts of the load are too few, or differ too much"),
        ("mean", "no mean: of some times it is only known that they are longer than was waited"),
    ];
    let of = |(name, why): (&str, &str)| names.contains(&name).then(|| format!("{WITHHELD}: {why}"));
    percentiles.into_iter().chain(others.into_iter().filter_map(of)).collect()
}

fn percentiles(rows: &[Row]) -> Option<String> {
    let lacks = |figure: Figure| move |(_, phase): &&Row| figure(&phase.latency_us).is_none();
    let withheld = PERCENTILES.iter().filter(|(.., figure)| rows.iter().any(|row| lacks(*figure)(&row)));
    let needed: Vec<String> = withheld.map(|(name, q, _)| format!("{} for {name}", least(*q))).collect();
    // Whoever lacks any of them lacks the highest.
    let short = rows.iter().filter(lacks(|times| times.p99));
    let mut counts: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    short.for_each(|(name, phase)| counts.entry(considered(phase)).or_default().push(name));
    let have: Vec<String> =
        counts.iter().map(|(count, names)| format!("{} {count}", having(names))).collect();
    (!needed.is_empty()).then(|| {
        format!(
            "{WITHHELD}: withheld: a percentile takes {SAMPLES_ABOVE} samples above it, which is {}; here {}",
            needed.join(", "),
            have.join("; ")
        )
    })
}

/// `a and b have`.
fn having(names: &[&str]) -> String {
    let verb = if names.len() == 1 { "has" } else { "have" };
    format!("{} {verb}", Sentence::default().names(names))
}

/// Those that a percentile is of: what timed out is above it.
fn considered(phase: &PhaseReport) -> usize {
    phase.counted + phase.failures.get(Outcome::Timeout.kind().as_ref()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use crate::report::fixtures::{in_round, report, sample, twice_as_slow};
    use crate::report::outline::Outline;
    use crate::sample::{Outcome, Phase, Sample};

    fn details(samples: &[Sample]) -> String {
        Outline::of(&report(samples)).tables[0].details.join("\n")
    }

    #[test]
    fn what_is_withheld_says_beside_it_what_it_takes_and_what_there_is() {
        let almost: Vec<_> =
            (0..1000).flat_map(|n| [in_round(n, "a", 500), in_round(n, "b", 900)]).skip(14).collect();
        let details = details(&almost);
        assert!(details.contains("1000 for p99; here a and b have 993"), "{details}");
        assert!(!details.contains("for p90"), "{details}");
        assert!(self::details(&twice_as_slow()).contains("100 for p90, 1000 for p99; here a and b have 40"));
    }

    #[test]
    fn a_table_in_which_nothing_is_withheld_does_not_speak_of_it() {
        let enough: Vec<_> = (0..1000).map(|n| in_round(n, "a", 500)).collect();
        assert!(!details(&enough).contains("withheld"));
    }

    #[test]
    fn of_a_load_it_is_said_below_its_tables_and_not_among_doubts() {
        let outline = Outline::of(&crate::report::load::fixtures::ramp());
        let told = |table: usize| outline.tables[table].details.join("\n");
        assert!(told(0).contains("takes 10 requests above it, which is 10000 for p99.9"), "{}", told(0));
        assert!(
            told(1).contains("above it, which is 1000 for p99") && !told(1).contains("p99.9"),
            "{}",
            told(1)
        );
        assert!(!outline.notes.join("\n").contains("withheld"));
    }

    #[test]
    fn a_mean_of_time_outs_is_explained() {
        let late = Sample { outcome: Outcome::Timeout, ..sample("a", Phase::Cold, 9_000_000) };
        let samples = [vec![sample("a", Phase::Cold, 1000); 40], vec![late; 2]].concat();
        assert!(details(&samples).contains("no mean of a: of some"), "{}", details(&samples));
    }
}
