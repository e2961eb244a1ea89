//! The table of comparisons.

use super::Table;
use crate::margin::Margin;
use crate::report::Comparison;
use crate::report::ratio::digits;

/// One row a comparison; `None` of none.
pub(in crate::report) fn comparisons(comparisons: &[Comparison], margin: Margin) -> Option<Table> {
    let header = ["", "ratio", "95% CI", "p", "verdict"];
    (!comparisons.is_empty()).then(|| Table {
        title: "Ratios of medians; below 1, the first is faster".into(),
        header: header.map(str::to_owned).to_vec(),
        rows: comparisons.iter().map(row).collect(),
        details: details(comparisons, margin),
    })
}

/// What the verdicts mean.
fn details(comparisons: &[Comparison], margin: Margin) -> Vec<String> {
    let mut details = vec![
        "A ratio need not be that of the medians above: what slows a whole round down is taken out first."
            .into(),
        format!(
            "faster, slower: p ≤ 0.05, corrected for the number of comparisons, and the interval excludes 1. same: the whole \
             interval is within ±{margin}."
        ),
    ];
    let found =
        comparisons.iter().filter_map(|pair| Some(format!("{} {}", name(pair), percent(pair.detectable?))));
    let found: Vec<_> = found.collect();
    details.extend((!found.is_empty()).then(|| {
        format!(
            "no difference shown: one of this size would show in 4 of 5 such measurements, and a smaller one with more samples \
             (-n): {}.",
            found.join("; ")
        )
    }));
    details
}

fn name(Comparison { phase, proven, baseline, candidate, .. }: &Comparison) -> String {
    let doubt = if *proven { "" } else { " (unproven)" };
    format!("{}{doubt}: {candidate} / {baseline}", phase.in_words())
}

fn row(comparison: &Comparison) -> Vec<String> {
    let Comparison { ratio_p50, ci95, p_value, verdict, .. } = comparison;
    let digits = digits(*ratio_p50, *ci95);
    let bound = comparison.bound.map_or("", |bound| bound.sign());
    vec![
        name(comparison),
        format!("{bound}{}", digits.ratio),
        format!("{}–{}", digits.low, digits.high),
        if *p_value < 0.001 { "< 0.001".into() } else { format!("{p_value:.3}") },
        verdict.name().into(),
    ]
}

/// `4.1 %`, of a share.
pub(in crate::report) fn percent(share: f64) -> String {
    match 100.0 * share {
        percent if percent < 9.95 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{report, twice_as_slow};
    use crate::report::{Bound, Verdict};

    #[test]
    fn a_row_has_the_bound_and_below_the_table_stands_what_would_have_been_found() {
        let compared = report(&twice_as_slow()).comparisons.remove(0);
        let undecided = Comparison {
            ratio_p50: 1.01,
            ci95: [0.97, 1.05],
            p_value: 0.4,
            verdict: Verdict::NoDifferenceShown,
            detectable: Some(0.0583),
            ..compared.clone()
        };
        let blunted = Comparison { ci95: [1.9, 2.0], bound: Some(Bound::AtLeast), ..compared.clone() };
        let table = comparisons(&[undecided, blunted], Margin::default()).unwrap();
        assert_eq!(table.rows[0][1..], ["1.01", "0.97–1.05", "0.400", "no difference shown"]);
        assert_eq!(table.rows[1][1..], ["≥ 1.96", "1.90–2.00", "< 0.001", "slower"]);
        assert!(table.details[2].ends_with("(-n): cold: b / a 5.8 %."), "{:?}", table.details);
        assert_eq!(comparisons(&[compared], Margin::default()).unwrap().details.len(), 2);
    }
}
