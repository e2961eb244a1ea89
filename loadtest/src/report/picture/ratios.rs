//! The ratios of the table that answers, each with its interval: what does not cross the middle is a difference.

use super::axis::Log;
use super::drawing::{Drawing, Mark, Pen, Px};
use super::panel::Panel;
use super::{Figure, labels, words};
use crate::margin::Margin;
use crate::report::labels::Labels;
use crate::report::markup::fitted;
use crate::report::outline::comparisons;
use crate::report::overview::compared;
use crate::report::ratio::digits;
use crate::report::{Comparison, Report, Verdict};
use crate::sample::Phase;

const HEADING: f64 = 22.0;
const ROW: f64 = 34.0;
/// So much of it is for the names of the two.
const NAME: f64 = 16.0;
const TICKS: usize = 6;
const END: f64 = 7.0;
const POINT: &str = "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z";
const SQUARE: &str = "m-3.5-3.5h7v7h-7z";

/// All phases along the same axis; `None` where nothing is compared.
pub fn figure(report: &Report) -> Option<Figure> {
    let phases = Phase::ONE_BY_ONE;
    let of = |phase| report.names().filter_map(move |name| compared(report, name, phase)).collect();
    let phases: Vec<(Phase, Vec<&Comparison>)> = phases.map(|phase| (phase, of(phase))).into();
    let phases: Vec<_> = phases.into_iter().filter(|(_, shown)| !shown.is_empty()).collect();
    let shown: Vec<Comparison> =
        phases.iter().flat_map(|(_, shown)| shown.iter().copied().cloned()).collect();
    let table = comparisons(&shown, report.plan.margin)?;
    let height = phases.len() as f64 * HEADING + shown.len() as f64 * ROW;
    let panel = Panel::wide(4.0, height);
    let values = shown.iter().flat_map(|pair| [pair.ci95[0], pair.ci95[1], pair.ratio_p50]);
    let x = Log::of_ratios(values.chain([0.9, 1.0 / 0.9]), panel.x)?;
    let mut marks = vec![band(report.plan.margin, &x, &panel)];
    marks.extend(panel.level(
        x.ticks(TICKS).into_iter().map(|ratio| (x.at(ratio), words::trimmed(ratio))),
        "← first is faster · times as long, log scale · first is slower →",
    ));
    marks.push(Mark::line("one", (x.at(1.0), panel.y[0]), (x.at(1.0), panel.y[1])));
    let labels = labels(report);
    let mut top = panel.y[0];
    for (phase, shown) in phases {
        marks.push(Mark::text("name title", (panel.x[0], top + 15.0), phase.in_words()));
        top += HEADING;
        for comparison in shown {
            marks.extend(row(report, &labels, comparison, &x, top));
            top += ROW;
        }
    }
    Some(Figure {
        drawing: Drawing {
            id: "ratios-of-medians".into(),
            title: "Ratios of medians".into(),
            description: format!(
                "{} with intervals; the table below it has them",
                words::count(shown.len(), "ratio")
            ),
            height: Px(panel.bottom()),
            marks,
        },
        caption: vec![caption(report.plan.margin)],
        table,
    })
}

fn band(margin: Margin, x: &Log, panel: &Panel) -> Mark {
    let [from, to] = margin.range().map(|ratio| x.at(ratio));
    Mark::rect("band", [from, panel.y[0], to - from, panel.y[1] - panel.y[0]])
}

fn caption(margin: Margin) -> String {
    format!(
        "Each line is the 95 % interval of a ratio of medians. A full point is faster or slower: the interval excludes 1, and the \
         corrected p-value is at most 0.05. A square is the same: the whole interval lies in the band, within ±{margin}. A \
         hollow point is no difference shown."
    )
}

fn row(report: &Report, labels: &Labels, comparison: &Comparison, x: &Log, top: f64) -> [Mark; 3] {
    let Comparison { baseline, candidate, phase, ratio_p50, ci95: [low, high], verdict, .. } = comparison;
    let number = report.targets.iter().position(|target| target.name == *candidate).unwrap_or(0);
    let y = top + NAME + 8.0;
    let (class, symbol) = match verdict {
        Verdict::NoDifferenceShown => ("unshown", POINT),
        Verdict::Same => ("same", SQUARE),
        Verdict::Faster | Verdict::Slower => ("shown", POINT),
    };
    let [first, second] = [candidate, baseline].map(|name| labels.label(name));
    let label = format!("{} / {}", fitted(&first, 190.0), fitted(&second, 190.0));
    // With ends that are higher than the point, which covers a narrow one.
    let ends = [*low, *high].map(|ratio| x.at(ratio));
    let interval = Pen::default().to((ends[0], y)).across(ends[1]);
    let interval = ends.into_iter().fold(interval, |pen, end| pen.to((end, y - END)).along(y + END));
    let digits = digits(*ratio_p50, [*low, *high]);
    let bound = comparison.bound.map_or("", |bound| bound.sign());
    let told = format!(
        "{}: {first} / {second}: {bound}{} ({} to {}), {}",
        phase.in_words(),
        digits.ratio,
        digits.low,
        digits.high,
        verdict.name()
    );
    [
        Mark::text("name", (x.at(0.0), top + NAME - 4.0), label),
        Mark::path(format!("ratio {class}"), interval),
        Mark::path(format!("point {class}"), Pen::default().symbol((x.at(*ratio_p50), y), symbol))
            .of(number, "ratio", *ratio_p50)
            .saying(told),
    ]
}
