//! Every comparison as a ratio with its interval: what does not cross the middle is a difference.

use super::axis::Log;
use super::drawing::{Drawing, Mark, Pen, Px};
use super::panel::Panel;
use super::{Figure, labels, words};
use crate::report::labels::Labels;
use crate::report::markup::fitted;
use crate::report::outline::{comparisons, why_none};
use crate::report::ratio::digits;
use crate::report::{Comparison, Report, Verdict};
use crate::sample::Phase;

const ROW: f64 = 38.0;
/// So much of it is for the names of the two.
const NAME: f64 = 18.0;
const TICKS: usize = 6;
/// Half the height of an interval's ends.
const END: f64 = 7.0;
/// More pairs than can be looked at are only in the table, but for those with the first target.
const MOST: usize = 18;

/// One for each phase, all along the same axis; nothing where nothing is compared.
pub fn figures(report: &Report) -> Vec<Figure> {
    let many = report.comparisons.len() > MOST;
    let first = report.targets.first().map(|target| target.name.as_str());
    let is_shown = |comparison: &&Comparison| !many || first == Some(comparison.baseline.as_str());
    let shown: Vec<&Comparison> = report.comparisons.iter().filter(is_shown).collect();
    let panel = Panel::wide(4.0, 0.0);
    let values =
        shown.iter().flat_map(|comparison| [comparison.ci95[0], comparison.ci95[1], comparison.ratio_p50]);
    let Some(x) = Log::of_ratios(values.chain([0.9, 1.0 / 0.9]), panel.x) else { return Vec::new() };
    let caption = caption(many.then_some(report.comparisons.len()));
    let figure = |phase: Phase| {
        let of_it = shown.iter().filter(|comparison| comparison.phase == phase);
        figure(report, phase, &of_it.copied().collect::<Vec<_>>(), &x, caption.clone())
    };
    [Phase::Startup, Phase::Cold, Phase::Warm, Phase::Load].into_iter().filter_map(figure).collect()
}

fn figure(
    report: &Report,
    phase: Phase,
    shown: &[&Comparison],
    x: &Log,
    caption: Vec<String>,
) -> Option<Figure> {
    let drawn: Vec<Comparison> = shown.iter().map(|comparison| (*comparison).clone()).collect();
    let table = comparisons(&drawn)?;
    let panel = Panel::wide(4.0, shown.len() as f64 * ROW);
    let mut marks = panel.level(
        x.ticks(TICKS).into_iter().map(|ratio| (x.at(ratio), words::trimmed(ratio))),
        "← first is faster · times as long, log scale · first is slower →",
    );
    let labels = labels(report);
    let top = |place: usize| panel.y[0] + place as f64 * ROW;
    // Beside the names, not through them.
    let one = (0..shown.len())
        .map(top)
        .fold(Pen::default(), |pen, top| pen.to((x.at(1.0), top + NAME)).along(top + ROW));
    marks.push(Mark::path("one", one));
    let rows = shown.iter().enumerate();
    marks.extend(rows.flat_map(|(place, comparison)| row(report, &labels, comparison, x, top(place))));
    Some(Figure {
        drawing: Drawing {
            id: format!("ratios-{}", phase.name()),
            title: format!("Ratios of medians, {}", phase.in_words()),
            description: format!(
                "{} with intervals; the table below it has them",
                words::count(shown.len(), "ratio")
            ),
            height: Px(panel.bottom()),
            marks,
        },
        caption: [caption, why_none(&drawn)].concat(),
        table,
    })
}

/// How they are read; of so many, if not all are drawn.
fn caption(all: Option<usize>) -> Vec<String> {
    let how = "Each line is the 95 % interval of a ratio of medians. A full point is a difference that is shown: the interval \
               does not hold 1, and the p-value, corrected for how many are compared, is at most 0.05. Of a hollow one, these \
               samples show none.";
    let which = all.map(|all| {
        format!("Of {all} comparisons, those with the first target are drawn; all are among the figures.")
    });
    [how.to_owned()].into_iter().chain(which).collect()
}

fn row(report: &Report, labels: &Labels, comparison: &Comparison, x: &Log, top: f64) -> [Mark; 3] {
    let Comparison { baseline, candidate, phase, ratio_p50, ci95: [low, high], verdict, .. } = comparison;
    let number = report.targets.iter().position(|target| target.name == *candidate).unwrap_or(0);
    let (y, class) = (top + 27.0, if *verdict == Verdict::NoDifferenceShown { "unshown" } else { "shown" });
    let [first, second] = [candidate, baseline].map(|name| labels.label(name));
    let label = format!("{} / {}", fitted(&first, 190.0), fitted(&second, 190.0));
    // With ends that are higher than the point, which covers a narrow one.
    let ends = [*low, *high].map(|ratio| x.at(ratio));
    let interval = Pen::default().to((ends[0], y)).across(ends[1]);
    let interval = ends.into_iter().fold(interval, |pen, end| pen.to((end, y - END)).along(y + END));
    let digits = digits(*ratio_p50, [*low, *high]);
    let told = format!(
        "{}: {first} / {second}: {} ({} to {})",
        phase.in_words(),
        digits.ratio,
        digits.low,
        digits.high
    );
    [
        Mark::text("name", (x.at(0.0), top + 13.0), label),
        Mark::path(format!("ratio {class}"), interval),
        Mark::path(
            format!("point {class}"),
            Pen::default().symbol((x.at(*ratio_p50), y), "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"),
        )
        .of(number, "ratio", *ratio_p50)
        .saying(told),
    ]
}
