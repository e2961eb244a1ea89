//! How far the rounds went, and what to do where they are too few to compare packagings.

use crate::matrix::bench::Contender;
use crate::matrix::measured::Measured;
use crate::matrix::plan::COMPARED;
use crate::stats;

/// The rounds of a run.
#[derive(Clone, Copy, Debug)]
pub struct Rounds {
    /// As many as -n asked for.
    pub asked: u32,
    /// In which something was measured; not known of older files.
    pub taken: Option<u32>,
    /// Whether the user ended them.
    pub interrupted: bool,
}

impl Rounds {
    /// In how many something was measured.
    pub(super) fn taken(contenders: &[Contender], floor: &Measured) -> u32 {
        let measured = contenders.iter().map(|contender| &contender.measured).chain([floor]);
        let observed = measured.flat_map(|measured| measured.series.values().flatten());
        observed.map(|observation| observation.round + 1).max().unwrap_or(0)
    }

    /// Why packagings are not compared, and what would mend that.
    pub fn too_few(&self) -> String {
        self.too_few_for("to compare", COMPARED)
    }

    /// Why there is no median, and what would mend that.
    pub fn no_median(&self) -> String {
        self.too_few_for("for a median", stats::MEDIAN as u32)
    }

    fn too_few_for(&self, what: &str, least: u32) -> String {
        match (self.ended(), self.asked >= least) {
            (Some(ended), true) => format!("{ended}, too few {what}: let it run to its end"),
            (Some(ended), false) => format!("{ended}, too few {what}: -n {least}"),
            (None, false) => format!("the rounds are too few {what}: -n {least}"),
            (None, true) => format!("fewer than {least} rounds went well, too few {what}"),
        }
    }

    /// How many there were, where there are fewer than were asked for.
    pub fn ended(&self) -> Option<String> {
        if !self.interrupted || self.taken == Some(self.asked) {
            return None;
        }
        Some(match self.taken {
            Some(taken) => format!("it was ended after {taken} of {} rounds", self.asked),
            None => format!("it was ended before its {} rounds were over", self.asked),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_few(asked: u32, taken: u32, interrupted: bool) -> String {
        Rounds { asked, taken: Some(taken), interrupted }.too_few()
    }

    #[test]
    fn nobody_is_told_to_ask_for_the_rounds_that_were_asked_for() {
        let told = too_few(20, 8, true);
        assert!(told.contains("after 8 of 20 rounds") && told.contains("let it run to its end"), "{told}");
        assert!(!told.contains("-n 20"), "{told}");
        assert!(!too_few(20, 20, false).contains("-n 20"));
    }

    #[test]
    fn who_asked_for_too_few_is_told_how_many_do() {
        for (taken, interrupted) in [(3, false), (3, true), (2, true)] {
            let told = too_few(3, taken, interrupted);
            assert!(told.ends_with(": -n 20"), "{told}");
        }
        assert!(too_few(3, 2, true).contains("after 2 of 3 rounds"));
    }
}
