//! Counts as they are, against counts that were accepted: pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// By what share counts may differ where another compiler made what is counted.
const OTHER_COMPILER: f64 = 0.1;

/// What was counted, by kind and name.
pub type Counts = BTreeMap<String, BTreeMap<String, u64>>;

/// The counts that were accepted, as they are kept in the repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// What compiled what was counted.
    pub compiler: String,
    /// By kind.
    pub kinds: BTreeMap<String, Kind>,
}

/// The counts of a kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// By what share a count may grow, or shrink, without anybody asking why.
    pub tolerance: f64,
    /// Why it is that much, and no less.
    pub because: String,
    /// By name.
    pub counts: BTreeMap<String, u64>,
}

/// How a count stands to the accepted one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// Within the tolerance.
    AsAccepted,
    /// Smaller than that: to be accepted, or it may grow again unnoticed.
    Better(f64),
    /// Larger than that.
    Worse(f64),
    /// None was accepted.
    New,
}

/// A count, and how it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    /// Of what.
    pub kind: &'a str,
    /// Which.
    pub name: &'a str,
    /// What was counted.
    pub count: u64,
    /// How it stands.
    pub change: Change,
}

impl Baseline {
    /// Every count, and how it stands to the accepted one; `compiler` is what compiled what was counted.
    pub fn rows<'a>(&self, counts: &'a Counts, compiler: &str) -> Vec<Row<'a>> {
        let of = |(kind, counts): (&'a String, &'a BTreeMap<String, u64>)| {
            let tolerance = self.tolerance(kind, compiler);
            let row = move |(name, count): (&'a String, &u64)| {
                let accepted = self.kinds.get(kind).and_then(|kind| kind.counts.get(name));
                let change = accepted.map_or(Change::New, |accepted| change(*accepted, *count, tolerance));
                Row { kind, name, count: *count, change }
            };
            counts.iter().map(row).collect::<Vec<_>>()
        };
        counts.iter().flat_map(of).collect()
    }

    /// With these counts for those that have been; what could not be counted here stays as it was.
    pub fn accept(mut self, counts: &Counts, compiler: &str) -> Self {
        for (kind, counts) in counts {
            let unknown = || Kind { tolerance: 0.0, because: String::new(), counts: BTreeMap::new() };
            let kind = self.kinds.entry(kind.clone()).or_insert_with(unknown);
            kind.counts.extend(counts.iter().map(|(name, count)| (name.clone(), *count)));
        }
        Self { compiler: compiler.into(), ..self }
    }

    /// What is wrong, in a line; `None` where nothing is.
    pub fn complaint(&self, rows: &[Row], compiler: &str) -> Option<String> {
        let wrong: Vec<_> = rows.iter().filter_map(|row| self.wrong(row, compiler)).collect();
        let compiled = if compiler == self.compiler {
            String::new()
        } else {
            format!("; accepted of {}, and this is {compiler}", self.compiler)
        };
        let remedy = "mend it, or accept it: cargo run --release -p bench -- counts --accept";
        (!wrong.is_empty()).then(|| format!("worse: {}{compiled}; {remedy}", wrong.join("; ")))
    }

    /// What has become better, in a line; `None` where nothing has.
    pub fn praise(&self, rows: &[Row]) -> Option<String> {
        let better = |row: &Row| match row.change {
            Change::Better(share) => Some(format!("{}, {} ({:+.1} %)", row.kind, row.name, 100.0 * share)),
            _ => None,
        };
        let better: Vec<_> = rows.iter().filter_map(better).collect();
        let keep = "that it may not grow again unnoticed: cargo run --release -p bench -- counts --accept";
        (!better.is_empty()).then(|| format!("better: {}; {keep}", better.join("; ")))
    }

    fn wrong(&self, Row { kind, name, count, change }: &Row, compiler: &str) -> Option<String> {
        let told = format!("{kind}, {name}: {}", grouped(*count));
        match change {
            Change::Worse(share) => Some(format!(
                "{told} instead of {} ({:+.1} %, and {} % are allowed)",
                grouped(self.kinds[*kind].counts[*name]),
                100.0 * share,
                100.0 * self.tolerance(kind, compiler)
            )),
            Change::New => Some(format!("{told}, of which no count was accepted")),
            Change::Better(_) | Change::AsAccepted => None,
        }
    }

    fn tolerance(&self, kind: &str, compiler: &str) -> f64 {
        let own = self.kinds.get(kind).map_or(0.0, |kind| kind.tolerance);
        if compiler == self.compiler { own } else { own.max(OTHER_COMPILER) }
    }
}

fn change(accepted: u64, count: u64, tolerance: f64) -> Change {
    let (count, accepted) = (count as f64, accepted as f64);
    let share = count / accepted - 1.0;
    match () {
        () if count > accepted * (1.0 + tolerance) => Change::Worse(share),
        () if count < accepted * (1.0 - tolerance) => Change::Better(share),
        () => Change::AsAccepted,
    }
}

/// With commas between thousands.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUSTC: &str = "rustc 1";

    fn baseline() -> Baseline {
        let kind = |tolerance, name: &str, count| {
            let counts = BTreeMap::from([(name.to_owned(), count)]);
            Kind { tolerance, because: "it is steady".into(), counts }
        };
        let kinds = [
            ("fuel".to_owned(), kind(0.02, "a request", 10_000)),
            ("bytes".to_owned(), kind(0.0, "module", 500)),
        ];
        Baseline { compiler: RUSTC.into(), kinds: kinds.into() }
    }

    fn counts(fuel: u64, bytes: u64) -> Counts {
        let of = |name: &str, count| BTreeMap::from([(name.to_owned(), count)]);
        [("fuel".to_owned(), of("a request", fuel)), ("bytes".to_owned(), of("module", bytes))].into()
    }

    fn complaint(counts: &Counts, compiler: &str) -> Option<String> {
        baseline().complaint(&baseline().rows(counts, compiler), compiler)
    }

    #[test]
    fn what_grows_beyond_the_tolerance_of_its_kind_is_complained_of_with_both_counts() {
        let told = complaint(&counts(12_400, 500), RUSTC).unwrap();
        assert!(
            told.starts_with(
                "worse: fuel, a request: 12,400 instead of 10,000 (+24.0 %, and 2 % are allowed)"
            ),
            "{told}"
        );
        assert!(told.contains("--accept") && !told.contains("bytes") && !told.contains('\n'), "{told}");
        let told = complaint(&counts(10_000, 501), RUSTC).unwrap();
        assert!(told.starts_with("worse: bytes, module: 501 instead of 500 (+0.2 %, and 0 %"), "{told}");
    }

    #[test]
    fn what_stays_within_the_tolerance_or_shrinks_is_fine_and_what_shrinks_is_to_be_kept() {
        let counts = counts(10_200, 250);
        assert_eq!(complaint(&counts, RUSTC), None);
        let praise = baseline().praise(&baseline().rows(&counts, RUSTC)).unwrap();
        assert!(
            praise.starts_with("better: bytes, module (-50.0 %)") && praise.contains("--accept"),
            "{praise}"
        );
    }

    #[test]
    fn another_compiler_may_differ_by_more_and_is_named_where_it_differs_too_much() {
        assert_eq!(complaint(&counts(10_900, 540), "rustc 2"), None);
        let told = complaint(&counts(11_100, 500), "rustc 2").unwrap();
        assert!(
            told.contains("10 % are allowed") && told.contains("of rustc 1, and this is rustc 2"),
            "{told}"
        );
    }

    #[test]
    fn what_was_never_accepted_is_no_pass() {
        let heat = Counts::from([("heat".into(), BTreeMap::from([("all".into(), 1)]))]);
        assert!(complaint(&heat, RUSTC).unwrap().contains("heat, all: 1, of which no count"));
    }

    #[test]
    fn what_cannot_be_counted_here_is_neither_complained_of_nor_forgotten() {
        let mut fewer = counts(10_000, 600);
        fewer.remove("fuel");
        let accepted = baseline().accept(&fewer, "rustc 2");
        assert_eq!(accepted.rows(&counts(10_000, 600), "rustc 2").len(), 2);
        assert_eq!(accepted.complaint(&accepted.rows(&counts(10_000, 600), "rustc 2"), "rustc 2"), None);
        assert_eq!((accepted.compiler.as_str(), accepted.kinds["fuel"].tolerance), ("rustc 2", 0.02));
    }

    #[test]
    fn thousands_are_told_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
