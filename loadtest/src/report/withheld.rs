//! Why a figure is not in a table, beside the table.

use super::outline::{NO_INTERVAL, WITHHELD};
use crate::stats::{MEDIAN, least};

/// Of each column in which something is withheld, what that takes; `of` are the requests or samples that the rows count.
pub fn why(of: &str, header: &[String], rows: &[Vec<String>]) -> Vec<String> {
    let columns = || header.iter().map(|name| name.split(',').next().unwrap_or(name)).enumerate();
    let any = |column: usize, is_meant: fn(&str) -> bool| rows.iter().any(|row| is_meant(&row[column]));
    let withheld = columns().filter(|(column, _)| any(*column, |cell| cell == WITHHELD));
    let needed: Vec<_> = withheld.filter_map(|(_, name)| needed(name)).collect();
    let too_few = (!needed.is_empty()).then(|| format!("{WITHHELD} too few {of} ({})", needed.join(", ")));
    let is_marked = columns().any(|(column, _)| any(column, |cell| cell.ends_with(NO_INTERVAL)));
    let marked = is_marked.then(|| {
        format!("{NO_INTERVAL} no 95 % interval: too few {of}, or they differ too much; the range stands in its place")
    });
    let place = |wanted| columns().find(|(_, name)| *name == wanted).map(|(column, _)| column);
    let no_mean = place("mean").zip(place("max")).is_some_and(|(mean, max)| {
        // Who gave no answer has no time at all.
        rows.iter().any(|row| row[mean] == WITHHELD && row[max] != WITHHELD)
    });
    let no_mean = no_mean.then(|| {
        format!("{WITHHELD}: no mean: of some times it is only known that they are longer than was waited")
    });
    too_few.into_iter().chain(marked).chain(no_mean).collect()
}

/// `p99 needs 368`, of a column of percentiles.
fn needed(name: &str) -> Option<String> {
    let share = name.strip_prefix('p')?.parse::<f64>().ok()?;
    // As it would be written: 99.9 / 100 is a little more than 0.999.
    let n = if share == 50.0 { MEDIAN } else { least((share * 10.0).round() / 1000.0) };
    Some(format!("{name} needs {n}"))
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
