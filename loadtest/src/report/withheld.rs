//! Why a figure is not in a table, beside the table.

use std::collections::BTreeMap;

use super::PhaseReport;
use super::answer;
use super::outline::{Figure, NO_INTERVAL, WITHHELD};
use crate::stats::{MEDIAN, least};

const PERCENTILES: [(&str, f64, Figure); 3] =
    [("p50", 0.5, |times| times.p50), ("p90", 0.9, |times| times.p90), ("p99", 0.99, |times| times.p99)];

type Row<'a> = (&'a str, &'a PhaseReport);

/// Of the targets in a table, what is withheld and what it takes; nothing if nothing is.
pub fn why(rows: &[Row]) -> Vec<String> {
    let no_mean = named(rows, |phase| phase.latency_us.mean.is_none()).map(|names| {
        format!(
            "{WITHHELD}: no mean of {names}: of some of its times it is only known that they are longer than the time-out"
        )
    });
    percentiles(rows).into_iter().chain(intervals(rows)).chain(no_mean).collect()
}

/// Those of which it holds, of all that have times.
fn named(rows: &[Row], holds: impl Fn(&PhaseReport) -> bool) -> Option<String> {
    let found = rows.iter().filter(|(_, phase)| phase.counted > 0 && holds(phase));
    let names: Vec<&str> = found.map(|(name, _)| *name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn intervals(rows: &[Row]) -> impl Iterator<Item = String> {
    let needed = least(0.5);
    let of =
        |few: bool| named(rows, |phase| phase.latency_us.lacks_interval() && (phase.timed() < needed) == few);
    let few =
        of(true).map(|names| no_interval(&format!(" of {names}"), &format!("it needs {needed} samples")));
    let alike = of(false)
        .map(|names| no_interval(&format!(" of {names}"), "its rounds are too few, or differ too much"));
    few.into_iter().chain(alike)
}

fn no_interval(of: &str, why: &str) -> String {
    format!("{NO_INTERVAL} no 95 % interval{of}: {why}; the range stands in its place")
}

/// The same of a load, whose tables are of one target: of the columns in which something is withheld.
pub fn in_columns(header: &[String], rows: &[Vec<String>]) -> Vec<String> {
    let any = |column: usize, is_meant: fn(&str) -> bool| rows.iter().any(|row| is_meant(&row[column]));
    let columns = || header.iter().map(|name| name.split(',').next().unwrap_or(name)).enumerate();
    let withheld = |column: usize| any(column, |cell| cell == WITHHELD);
    let names: Vec<&str> = columns().filter(|(column, _)| withheld(*column)).map(|(_, name)| name).collect();
    let percentiles: Vec<_> = names.iter().copied().filter_map(percentile).collect();
    let too_few = (!percentiles.is_empty()).then(|| too_few("requests", &percentiles));
    let no_mean = names.contains(&"mean").then(|| {
        format!("{WITHHELD}: no mean: of some times it is only known that they are longer than was waited")
    });
    let is_marked = columns().any(|(column, _)| any(column, |cell| cell.ends_with(NO_INTERVAL)));
    let marked = is_marked.then(|| no_interval("", "the parts of the load are too few, or differ too much"));
    too_few.into_iter().chain(marked).chain(no_mean).collect()
}

fn needed(q: f64) -> usize {
    if q == 0.5 { MEDIAN } else { least(q) }
}

fn percentile(name: &str) -> Option<(&str, f64)> {
    let share = name.strip_prefix('p')?.parse::<f64>().ok()?;
    // As it would be written: 99.9 / 100 is a little more than 0.999.
    Some((name, (share * 10.0).round() / 1000.0))
}

/// `– too few samples (p90 needs 36, p99 needs 368)`.
fn too_few(of: &str, percentiles: &[(&str, f64)]) -> String {
    let needed: Vec<String> =
        percentiles.iter().map(|(name, q)| format!("{name} needs {}", needed(*q))).collect();
    format!("{WITHHELD} too few {of} ({})", needed.join(", "))
}

fn percentiles(rows: &[Row]) -> Option<String> {
    let lacks = |figure: Figure| move |(_, phase): &&Row| figure(&phase.latency_us).is_none();
    let withheld = PERCENTILES.iter().filter(|(.., figure)| rows.iter().any(|row| lacks(*figure)(&row)));
    let withheld: Vec<_> = withheld.map(|(name, q, _)| (*name, *q)).collect();
    // Whoever lacks any of them lacks the highest.
    let short = rows.iter().filter(lacks(|times| times.p99));
    let mut counts: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    short.for_each(|(name, phase)| counts.entry(phase.timed()).or_default().push(name));
    let have: Vec<String> =
        counts.iter().map(|(count, names)| format!("{} {count}", having(names))).collect();
    (!withheld.is_empty()).then(|| format!("{}: {}", too_few("samples", &withheld), have.join("; ")))
}

/// `a and b have`.
fn having(names: &[&str]) -> String {
    let verb = if names.len() == 1 { "has" } else { "have" };
    format!("{} {verb}", answer::names(names))
}

#[cfg(test)]
mod tests {
    use crate::report::fixtures::{in_round, report, sample, twice_as_slow};
    use crate::report::outline::Outline;
    use crate::sample::{Outcome, Phase, Sample};

    #[test]
    fn what_is_withheld_says_beside_the_table_what_it_takes() {
        let of = |n: u32| (0..n).map(|n| in_round(n, "a", 500 + n % 7)).collect::<Vec<_>>();
        let late = Sample { outcome: Outcome::Timeout, ..sample("a", Phase::Cold, 9_000_000) };
        let told = [
            ("five", of(5)),
            ("forty of two", twice_as_slow()),
            ("enough", of(368)),
            ("eight in one round", vec![sample("a", Phase::Cold, 500); 8]),
            ("two of 42 timed out", [of(40), vec![late; 2]].concat()),
        ];
        let told = told.map(|(name, samples)| {
            let table = Outline::of(&report(&samples)).tables.remove(0);
            format!("{name}: {:?}\n  {}", table.rows[0], table.details.join("\n  "))
        });
        insta::assert_snapshot!(told.join("\n"));
    }
}
