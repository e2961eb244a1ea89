//! Latency at each rate of a ramp, drawn in characters.

use textwrap::core::display_width;

use super::load::{StepReport, short};
use super::outline::Figure;
use super::plot::Axis;
use super::{Distribution, Report};
use crate::load::knee::Kept;

/// Figures with what stands for them. Where two meet, the first is drawn.
const MARKS: [(char, &str, Figure); 3] =
    [('o', "p50", |times| times.p50), ('x', "p99", |times| times.p99), ('+', "max", |times| times.max)];

/// What goes on beyond the axis.
const BEYOND: char = '→';

/// The picture of a ramp under its title, in lines of at most `width` columns; `None` where there is no ramp.
pub fn picture(report: &Report, width: usize) -> Option<(String, Vec<String>)> {
    let phases = report.targets.iter().flat_map(|target| &target.phases);
    let load = phases.filter_map(|phase| phase.load.as_ref()).find(|load| load.knee.is_some())?;
    let times = || load.steps.iter().flat_map(|step| figures(&step.latency_us)).map(|(_, us)| us);
    let finite = || times().filter(|us| us.is_finite());
    let (least, greatest) = (finite().fold(f64::INFINITY, f64::min), finite().fold(0.0, f64::max));
    if least > greatest {
        return None;
    }
    let names = names(&load.steps, width / 2);
    let label = names.iter().map(|name| display_width(name)).max().unwrap_or(0);
    // Beside the name: a space, its border, and what is beyond the axis.
    let axis = Axis::new(least, greatest, width.saturating_sub(label + 4).max(2));
    let row = |(name, step): (&String, &StepReport)| {
        let gap = " ".repeat(label - display_width(name));
        format!(" {name}{gap} │{}", line(&step.latency_us, &axis)).trim_end().to_owned()
    };
    let mut lines: Vec<String> = names.iter().zip(&load.steps).map(row).collect();
    let (marks, values) = axis.marks();
    let gap = " ".repeat(label + 1);
    lines.push(format!("{gap} └{marks}"));
    lines.push(format!("{gap}  {values}").trim_end().to_owned());
    if times().any(f64::is_infinite) {
        let told = format!("{BEYOND} some took longer than can be told");
        lines.extend(textwrap::wrap(&told, width.saturating_sub(2)).iter().map(|line| format!("  {line}")));
    }
    Some((title(&load.steps), lines))
}

/// With which mark is which, of those that there are.
fn title(steps: &[StepReport]) -> String {
    let is_drawn = |of: &Figure| steps.iter().any(|step| of(&step.latency_us).is_some_and(f64::is_finite));
    let marks = MARKS.iter().filter(|(.., of)| is_drawn(of));
    let marks: Vec<_> = marks.map(|(mark, name, _)| format!("{mark} {name}")).collect();
    format!("Ramp: latency at each rate (logarithmic): {}", marks.join(", "))
}

/// The rates, with what is to be known of them if that has room.
fn names(steps: &[StepReport], room: usize) -> Vec<String> {
    let state = |step: &StepReport| match step.kept() {
        Kept::Up => "",
        Kept::Undecided => " undecided",
        Kept::Behind => " not kept up with",
    };
    let rates: Vec<_> = steps.iter().map(|step| format!("{}/s", short(step.asked_rate))).collect();
    let widest = rates.iter().map(String::len).max().unwrap_or(0);
    let told = |(rate, step): (&String, &StepReport)| format!("{rate:>widest$}{}", state(step));
    let told: Vec<_> = rates.iter().zip(steps).map(told).collect();
    if told.iter().all(|name| name.len() <= room) { told } else { rates }
}

fn figures(times: &Distribution) -> impl Iterator<Item = (char, f64)> {
    MARKS.into_iter().filter_map(|(mark, _, of)| Some((mark, of(times)?)))
}

/// The marks of a rate where they are on the axis, joined.
fn line(times: &Distribution, axis: &Axis) -> String {
    let mut line = vec![' '; axis.columns + 1];
    let places: Vec<(char, usize)> = figures(times)
        .map(|(mark, us)| if us.is_finite() { (mark, axis.column(us)) } else { (BEYOND, axis.columns) })
        .collect();
    let (least, most) = (places.iter().map(|p| p.1).min(), places.iter().map(|p| p.1).max());
    if let (Some(least), Some(most)) = (least, most) {
        line[least..most].fill('─');
    }
    places.into_iter().rev().for_each(|(mark, column)| line[column] = mark);
    line.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{report, twice_as_slow};
    use crate::report::load::fixtures::ramp;

    /// At which microseconds a column of a line of so many begins.
    fn micros(column: usize, lines: &[String]) -> f64 {
        let [axis, values] = &lines[lines.len() - 2..] else { panic!("{lines:#?}") };
        let ticks = axis.chars().enumerate().filter(|(_, c)| *c == '┬').map(|(at, _)| at);
        let told = values.split("  ").map(str::trim).filter(|text| !text.is_empty()).map(|text| {
            let (value, unit) = text.split_once(' ').unwrap();
            let scale =
                [("µs", 1.0), ("ms", 1e3), ("s", 1e6)].into_iter().find(|(name, _)| *name == unit).unwrap().1;
            value.parse::<f64>().unwrap() * scale
        });
        let ticks: Vec<(usize, f64)> = ticks.zip(told).collect();
        let [(from, low), .., (to, high)] = ticks[..] else { panic!("{lines:#?}") };
        low * f64::powf(high / low, (column as f64 - from as f64) / (to - from) as f64)
    }

    #[test]
    fn each_rate_has_its_figures_where_they_are_by_the_axis() {
        let report = ramp();
        let (title, lines) = picture(&report, 80).unwrap();
        assert_eq!(title, "Ramp: latency at each rate (logarithmic): o p50, x p99, + max");
        let steps = &report.targets[0].phases[0].load.as_ref().unwrap().steps;
        assert_eq!(lines.len(), steps.len() + 2);
        for (line, step) in lines.iter().zip(steps) {
            let drawn = || line.chars().enumerate().skip_while(|(_, c)| *c != '│');
            let at = |mark: char| drawn().find(|(_, c)| *c == mark).map(|(at, _)| at);
            let [p50, max] = ['o', '+'].map(|mark| at(mark).map(|column| micros(column, &lines)));
            // A column is a seventh, and ticks are off by as much.
            let near = |drawn: f64, us: f64| (drawn / us).ln().abs() < 0.3;
            assert!(near(p50.unwrap(), step.latency_us.p50.unwrap()), "{p50:?} {line}");
            assert!(max.is_none_or(|drawn| near(drawn, step.latency_us.max.unwrap())), "{max:?} {line}");
        }
        assert!(lines[0].starts_with("  100/s  ") && lines[3].contains(" 400/s undecided "), "{lines:#?}");
        assert!(lines[6].contains(" 700/s not kept up with │"), "{lines:#?}");
    }

    #[test]
    fn what_has_no_end_goes_on_beyond_the_axis() {
        let mut report = ramp();
        let load = report.targets[0].phases[0].load.as_mut().unwrap();
        load.steps[9].latency_us.max = Some(f64::INFINITY);
        let (_, lines) = picture(&report, 80).unwrap();
        assert!(lines[9].ends_with('→') && !lines[8].contains('→'), "{lines:#?}");
        assert_eq!(lines.last().unwrap(), "  → some took longer than can be told");
    }

    #[test]
    fn no_line_is_wider_than_it_may_be() {
        let mut report = ramp();
        report.targets[0].phases[0].load.as_mut().unwrap().steps[9].latency_us.max = Some(f64::INFINITY);
        for width in [20, 40, 80, 200] {
            let (_, lines) = picture(&report, width).unwrap();
            assert!(lines.iter().all(|line| display_width(line) <= width), "{width}: {lines:#?}");
        }
    }

    #[test]
    fn what_is_no_ramp_or_has_no_times_has_no_picture() {
        assert!(picture(&report(&twice_as_slow()), 80).is_none());
        let mut endless = ramp();
        let load = endless.targets[0].phases[0].load.as_mut().unwrap();
        load.steps.iter_mut().for_each(|step| step.latency_us = Distribution::default());
        assert!(picture(&endless, 80).is_none());
    }
}
