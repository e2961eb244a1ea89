//! Rows of Markdown: pure.

use crate::goals::{Goal, Wants};
use crate::rounds::Taken;
use crate::turn::Turn;
use crate::verdict::{self, Estimate, Range, Verdict};

/// The goals, and what came of them.
pub fn goals(goals: &[Goal], taken: &Taken, seed: u64) -> String {
    let mut lines = vec![
        "| what | against | goal | measured | 95 % interval | |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(goals.iter().map(|goal| row(goal, taken, seed)));
    lines.join("\n") + "\n"
}

fn row(goal: &Goal, taken: &Taken, seed: u64) -> String {
    let (measured, range, said) = told(goal, taken, seed);
    let wants = match goal.wants {
        Wants::AtLeast(bound) => format!("≥ {}", number(bound)),
        Wants::AtMost(bound) => format!("≤ {}", number(bound)),
    };
    format!("| {} | {} | {wants} | {measured} | {range} | {said} |", goal.what, goal.against)
}

fn told(goal: &Goal, taken: &Taken, seed: u64) -> (String, String, String) {
    let sources = goal.how.sources();
    let why = |reasons: &std::collections::BTreeMap<Turn, String>| {
        sources.iter().find_map(|(turn, _)| reasons.get(turn).cloned())
    };
    let nothing = |said: String| ("–".to_owned(), "–".to_owned(), said.replace(['\n', '|'], " "));
    if let Some(why) = why(&taken.missing) {
        return nothing(format!("skipped: {why}"));
    }
    if let Some(why) = why(&taken.failed) {
        return nothing(format!("failed: {why}"));
    }
    let Some(estimate) = verdict::estimate(&goal.how, &taken.observed, seed) else {
        return nothing("undecided: too little was measured".into());
    };
    let sized = sources.iter().all(|(turn, _)| matches!(turn, Turn::Size(_)));
    let estimate = if sized { estimate.exact() } else { estimate };
    let said = match goal.wants.verdict(&estimate) {
        Verdict::Reached => "reached",
        Verdict::NotReached => "**not reached**",
        Verdict::Undecided => "undecided",
    };
    (number(estimate.value), range(&estimate), said.into())
}

fn range(estimate: &Estimate) -> String {
    match estimate.range {
        Some(Range::Interval([low, high])) => format!("{} to {}", number(low), number(high)),
        Some(Range::Of(n, [low, high])) => format!("{n} values, {} to {}", number(low), number(high)),
        Some(Range::Exact) => "exact".into(),
        None => "too few rounds".into(),
    }
}

/// With as many digits as say something.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goals::{self, How};
    use crate::turn::{Artefact, Figure};
    use loadtest::stats::Observation;

    fn size_goal() -> Goal {
        let size = How::Value((Turn::Size(Artefact::Module), Figure::Size));
        Goal { what: "size".into(), against: "–", how: size, wants: Wants::AtMost(70.0) }
    }

    #[test]
    fn a_row_tells_what_was_wanted_what_was_measured_and_what_that_means() {
        let mut taken = Taken::default();
        let source = (Turn::Size(Artefact::Module), Figure::Size);
        taken.observed.insert(source, vec![Observation { value: 71.5, round: 0 }]);
        let table = super::goals(&[size_goal()], &taken, 1);
        assert!(table.ends_with("| size | – | ≤ 70.0 | 71.5 | exact | **not reached** |\n"), "{table}");
    }

    #[test]
    fn what_is_not_here_says_why_and_is_no_pass() {
        let mut taken = Taken::default();
        taken.missing.insert(Turn::Size(Artefact::Module), "there is no | here".into());
        let table = super::goals(&[size_goal()], &taken, 1);
        assert!(table.contains("| – | – | skipped: there is no   here |"), "{table}");
    }

    #[test]
    fn every_goal_has_a_row_even_if_nothing_was_measured() {
        let goals = goals::all();
        let table = super::goals(&goals, &Taken::default(), 1);
        assert_eq!(table.lines().count(), goals.len() + 2);
        assert_eq!(table.matches("undecided").count(), goals.len());
        assert!(table.lines().all(|line| line.matches('|').count() == 7), "{table}");
    }

    #[test]
    fn numbers_have_the_digits_that_say_something() {
        assert_eq!([0.346, 12.34, 1234.5, -3.0].map(number), ["0.35", "12.3", "1234", "-3.00"]);
    }
}
