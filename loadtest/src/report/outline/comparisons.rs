//! The table of comparisons.

use super::Table;
use crate::report::ratio::digits;
use crate::report::{Comparison, Verdict};

/// One row a comparison; `None` of none.
pub(in crate::report) fn comparisons(comparisons: &[Comparison]) -> Option<Table> {
    let header = ["", "ratio", "95% CI", "p", "verdict"];
    (!comparisons.is_empty()).then(|| Table {
        title: "Compared round by round: how many times as long the first takes as the second".into(),
        header: header.map(str::to_owned).to_vec(),
        rows: comparisons.iter().map(comparison).collect(),
        details: vec![
            "Ratios are of medians; below 1, the first is faster. What falls on a whole round is taken out first, so that a \
             ratio need not be that of the medians above. A verdict needs p ≤ 0.05 and an interval without 1."
                .into(),
        ],
    })
}

fn comparison(comparison: &Comparison) -> Vec<String> {
    let Comparison { baseline, candidate, phase, proven, ratio_p50, ci95: [low, high], p_value, verdict } =
        comparison;
    let doubt = if *proven { "" } else { " (unproven)" };
    let digits = digits(*ratio_p50, [*low, *high]);
    vec![
        format!("{}{doubt}: {candidate} / {baseline}", phase.in_words()),
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
