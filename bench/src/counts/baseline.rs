//! Counts as they are, against counts that were accepted: pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What was counted, by name.
pub type Counts = BTreeMap<String, u64>;

/// The counts that were accepted, as they are kept in the repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// By what share a count may grow, or shrink, without anybody asking why.
    pub tolerance: f64,
    /// By name.
    pub counts: Counts,
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

impl Baseline {
    /// How `count` stands to the accepted one of that name; shares of the accepted one.
    pub fn change(&self, name: &str, count: u64) -> Change {
        let Some(accepted) = self.counts.get(name) else { return Change::New };
        let share = count as f64 / *accepted as f64 - 1.0;
        match share {
            _ if share > self.tolerance => Change::Worse(share),
            _ if share < -self.tolerance => Change::Better(share),
            _ => Change::AsAccepted,
        }
    }

    /// With these counts for those that have been; what could not be counted here stays as it was.
    pub fn accept(mut self, counts: &Counts) -> Self {
        self.counts.extend(counts.iter().map(|(name, count)| (name.clone(), *count)));
        self
    }

    /// What is wrong, in a line; `None` where nothing is.
    pub fn complaint(&self, counts: &Counts) -> Option<String> {
        let wrong: Vec<_> = counts.iter().filter_map(|(name, count)| self.wrong(name, *count)).collect();
        let accept = "mend it, or accept it: cargo run --release -p bench -- counts --accept";
        (!wrong.is_empty()).then(|| format!("{}; {accept}", wrong.join("; ")))
    }

    fn wrong(&self, name: &str, count: u64) -> Option<String> {
        let accepted = || grouped(self.counts[name]);
        match self.change(name, count) {
            Change::Worse(share) => Some(format!(
                "{name}: {} instead of {} ({:+.1} %, and {:.0} % are allowed)",
                grouped(count),
                accepted(),
                100.0 * share,
                100.0 * self.tolerance
            )),
            Change::New => Some(format!("{name}: {}, of which no count was accepted", grouped(count))),
            Change::Better(_) | Change::AsAccepted => None,
        }
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

    fn baseline() -> Baseline {
        Baseline { tolerance: 0.02, counts: counts(&[("fuel", 10_000), ("bytes", 500)]) }
    }

    fn counts(counts: &[(&str, u64)]) -> Counts {
        counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn what_grows_beyond_the_tolerance_is_complained_of_with_both_counts() {
        let complaint = baseline().complaint(&counts(&[("fuel", 12_345), ("bytes", 500)])).unwrap();
        assert!(
            complaint.starts_with("fuel: 12,345 instead of 10,000 (+23.5 %, and 2 % are allowed)"),
            "{complaint}"
        );
        assert!(complaint.contains("--accept") && !complaint.contains("bytes") && !complaint.contains('\n'));
    }

    #[test]
    fn what_stays_within_the_tolerance_or_shrinks_is_fine() {
        assert_eq!(baseline().complaint(&counts(&[("fuel", 10_200), ("bytes", 100)])), None);
        assert_eq!(baseline().change("fuel", 10_200), Change::AsAccepted);
        assert_eq!(baseline().change("bytes", 250), Change::Better(-0.5));
    }

    #[test]
    fn what_was_never_accepted_is_no_pass() {
        assert!(baseline().complaint(&counts(&[("heat", 1)])).unwrap().contains("heat: 1,"));
    }

    #[test]
    fn what_cannot_be_counted_here_is_neither_complained_of_nor_forgotten() {
        assert_eq!(baseline().complaint(&counts(&[("bytes", 500)])), None);
        let accepted = baseline().accept(&counts(&[("bytes", 600)]));
        assert_eq!(accepted.counts, counts(&[("fuel", 10_000), ("bytes", 600)]));
    }

    #[test]
    fn thousands_are_told_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
