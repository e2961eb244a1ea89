//! The table of comparisons.

use super::Table;
use crate::report::ratio::digits;
use crate::report::{Comparison, Verdict};
use crate::stats::SIGNIFICANT;

/// One row a comparison; `None` of none.
pub(in crate::report) fn comparisons(comparisons: &[Comparison]) -> Option<Table> {
    let header = ["", "ratio", "95% CI", "p", "verdict"];
    (!comparisons.is_empty()).then(|| Table {
        title: "Compared round by round: how many times as long the first takes as the second".into(),
        header: header.map(str::to_owned).to_vec(),
        rows: comparisons.iter().map(comparison).collect(),
        details: [RULE.into()].into_iter().chain(why_none(comparisons)).collect(),
    })
}

const RULE: &str = "Ratios are of medians; below 1, the first is faster. What falls on a whole round is taken out first, so that a \
                    ratio need not be that of the medians above. A verdict needs p ≤ 0.05 and an interval without 1.";

/// Why no difference is shown where p and interval do not agree, with the comparisons of which that is so.
pub(in crate::report) fn why_none(comparisons: &[Comparison]) -> Vec<String> {
    let of = |is_small, holds_one, why: &str| {
        let is_so = |c: &&Comparison| {
            c.verdict == Verdict::NoDifferenceShown
                && (c.p_value <= SIGNIFICANT) == is_small
                && (c.ci95[0] <= 1.0 && 1.0 <= c.ci95[1]) == holds_one
        };
        let names: Vec<_> = comparisons.iter().filter(is_so).map(name).collect();
        (!names.is_empty()).then(|| format!("No difference is shown {why}: {}.", names.join("; ")))
    };
    let by_interval = of(true, true, "although p ≤ 0.05, since the interval holds 1");
    let by_chance = of(false, false, "although the interval is without 1, since p > 0.05");
    by_interval.into_iter().chain(by_chance).collect()
}

fn name(Comparison { phase, proven, baseline, candidate, .. }: &Comparison) -> String {
    let doubt = if *proven { "" } else { " (unproven)" };
    format!("{}{doubt}: {candidate} / {baseline}", phase.in_words())
}

fn comparison(comparison: &Comparison) -> Vec<String> {
    let Comparison { ratio_p50, ci95: [low, high], p_value, verdict, .. } = comparison;
    let digits = digits(*ratio_p50, [*low, *high]);
    vec![
        name(comparison),
        digits.ratio,
        format!("{}–{}", digits.low, digits.high),
        if *p_value < 0.001 { "< 0.001".into() } else { format!("{p_value:.3}") },
        match verdict {
            Verdict::Faster => "faster".into(),
            Verdict::Slower => "slower".into(),
            Verdict::NoDifferenceShown => "no difference shown".into(),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{report, twice_as_slow};

    #[test]
    fn where_p_and_interval_do_not_agree_it_is_said_which_decides() {
        let of = |ci95, p_value, verdict| {
            let compared = report(&twice_as_slow()).comparisons.remove(0);
            why_none(&[Comparison { ci95, p_value, verdict, ..compared }])
        };
        assert_eq!(
            of([0.98, 1.4], 0.018, Verdict::NoDifferenceShown),
            ["No difference is shown although p ≤ 0.05, since the interval holds 1: cold: b / a."]
        );
        assert_eq!(
            of([0.83, 0.99], 0.193, Verdict::NoDifferenceShown),
            ["No difference is shown although the interval is without 1, since p > 0.05: cold: b / a."]
        );
        assert!(of([0.9, 1.1], 0.5, Verdict::NoDifferenceShown).is_empty());
        assert!(of([1.2, 1.4], 0.018, Verdict::Slower).is_empty());
    }
}
