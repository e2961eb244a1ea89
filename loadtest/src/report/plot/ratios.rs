//! Every comparison as a ratio with its interval: what does not cross the middle is a difference.

use super::axis::Log;
use super::drawing::{Drawing, Mark, Pen, Px};
use super::panel::Panel;
use super::{Figure, words};
use crate::report::markup::shortened;
use crate::report::outline::comparisons;
use crate::report::{Comparison, Report, Verdict};

const ROW: f64 = 36.0;
/// More pairs than can be looked at are only in the table.
const MOST: usize = 45;

/// All phases together; nothing where nothing is compared.
pub fn figures(report: &Report) -> Vec<Figure> {
    figure(report).into_iter().collect()
}

fn figure(report: &Report) -> Option<Figure> {
    let shown = &report.comparisons[..report.comparisons.len().min(MOST)];
    let table = comparisons(&report.comparisons)?;
    let panel = Panel::wide(4.0, shown.len() as f64 * ROW);
    let values = shown.iter().flat_map(|comparison| [comparison.ci95[0], comparison.ci95[1], comparison.ratio_p50]);
    let x = Log::over(values.chain([0.9, 1.0 / 0.9]), panel.x)?;
    let mut marks = panel.level(
        x.ticks().into_iter().map(|ratio| (x.at(ratio), words::trimmed(ratio))),
        "← first is faster      ratio of medians, log scale      first is slower →",
    );
    marks.push(Mark::line("one", (x.at(1.0), panel.y[0]), (x.at(1.0), panel.y[1])));
    for (place, comparison) in shown.iter().enumerate() {
        marks.extend(row(report, comparison, &x, panel.y[0] + place as f64 * ROW));
    }
    let mut caption =
        vec!["Each line is a 95 % interval. One that crosses the upright line at 1 shows no difference.".to_owned()];
    if shown.len() < report.comparisons.len() {
        caption.push(format!("The first {MOST} of {}; the table has all.", report.comparisons.len()));
    }
    Some(Figure {
        drawing: Drawing {
            id: "ratios".into(),
            title: "Ratios of medians".into(),
            description: format!("{} with intervals; the table below it has them", words::count(shown.len(), "ratio")),
            height: Px(panel.bottom()),
            marks,
        },
        caption,
        table,
    })
}

fn row(report: &Report, comparison: &Comparison, x: &Log, top: f64) -> [Mark; 3] {
    let Comparison { baseline, candidate, phase, ratio_p50, ci95: [low, high], verdict, .. } = comparison;
    let number = report.targets.iter().position(|target| target.name == *candidate).unwrap_or(0);
    let (y, class) = (top + 24.0, if *verdict == Verdict::NoDifferenceShown { "unshown" } else { "shown" });
    let label = format!("{}: {} / {}", phase.name(), shortened(candidate, 24), shortened(baseline, 24));
    let told = format!("{label}: {ratio_p50:.2} ({low:.2} to {high:.2})");
    [
        Mark::text("name", (x.at(0.0), top + 13.0), label),
        Mark::line(format!("ratio {class}"), (x.at(*low), y), (x.at(*high), y)),
        Mark::path(
            format!("point {class}"),
            Pen::default().symbol((x.at(*ratio_p50), y), "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"),
        )
        .of(number, "ratio", *ratio_p50)
        .saying(told),
    ]
}
