//! How the times of a report are spread, drawn.

use super::load::{Loop, short};
use super::plot::{self, Row};
use super::{PhaseReport, Report, rates, text};
use crate::sample::Phase;

/// Pictures under their titles: one of each phase, and one of a ramp, in lines of at most `width` columns. A report that was
/// read from JSON has no times, and so none of how they are spread.
pub fn pictures(report: &Report, width: usize) -> Vec<(String, Vec<String>)> {
    let phases = [Phase::Startup, Phase::Cold, Phase::Warm, Phase::Load];
    let spread = phases.into_iter().filter_map(|phase| picture(report, phase, width));
    rates::picture(report, width).into_iter().chain(spread).collect()
}

fn picture(report: &Report, phase: Phase, width: usize) -> Option<(String, Vec<String>)> {
    let of = |name: &str, found: &PhaseReport| {
        let name = found.load.as_ref().map_or(name.to_owned(), |load| match (load.kind, load.asked_rate) {
            (Loop::Open, Some(rate)) if load.knee.is_some() => format!("latency at {}/s", short(rate)),
            (Loop::Open, _) => "latency".into(),
            (Loop::Closed, _) => "service time".into(),
        });
        let (times, longer) = found.times().into_iter().partition::<Vec<_>, _>(|(us, _)| us.is_finite());
        (Row { name, times }, longer.iter().map(|(_, n)| n).sum::<u64>())
    };
    let labels = text::labels(report.names());
    let found = report.targets.iter().flat_map(|target| {
        target
            .phases
            .iter()
            .filter(|found| found.phase == phase)
            .map(|found| of(&labels.label(&target.name), found))
    });
    let (rows, longer): (Vec<Row>, Vec<u64>) = found.unzip();
    let mut lines = plot::draw(&rows, width);
    if lines.is_empty() {
        return None;
    }
    let beyond = rows.iter().zip(longer).filter(|(_, n)| *n > 0);
    lines.extend(beyond.map(|(row, n)| format!("  {}: {n} more took longer than can be told", row.name)));
    Some((title(phase, rows.len()), lines))
}

fn title(phase: Phase, rows: usize) -> String {
    let phase = match phase {
        Phase::Startup => "Start-up",
        Phase::Cold => "Cold",
        Phase::Warm => "Warm",
        Phase::WarmUp => "Warm-up",
        Phase::Load => "Load",
    };
    let peaks = if rows > 1 { "; each as high as its own peak" } else { "" };
    format!("{phase}: how the times are spread (logarithmic{peaks})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{in_round, report, twice_as_slow};
    use crate::sample::Outcome;

    #[test]
    fn each_target_is_a_row_below_the_title_of_its_phase() {
        let pictures = pictures(&report(&twice_as_slow()), 80);
        let [(title, lines)] = pictures.as_slice() else { panic!("{pictures:?}") };
        assert_eq!(title, "Cold: how the times are spread (logarithmic; each as high as its own peak)");
        let named = |name: &str| lines.iter().filter(|line| line.starts_with(name)).count();
        assert_eq!((named(" a │"), named(" b │")), (1, 1), "{lines:#?}");
        assert!(lines.last().unwrap().ends_with(" 1 ms"), "{lines:#?}");
    }

    #[test]
    fn what_timed_out_is_told_and_not_drawn() {
        let mut samples = twice_as_slow();
        let timeout =
            |round| crate::sample::Sample { outcome: Outcome::Timeout, ..in_round(round, "b", 30_000_000) };
        samples.extend((40..43).map(timeout));
        let pictures = pictures(&report(&samples), 80);
        let lines = &pictures[0].1;
        assert_eq!(lines.last().unwrap(), "  b: 3 more took longer than can be told", "{lines:#?}");
        assert!(!lines.iter().any(|line| line.contains(" s")), "{lines:#?}");
    }
}
