//! What the lab asks, answered from its table: as far as the figures go, and no further.

use super::figures::Cell;
use super::lab::{Improvement, Lab, LabRow, Metric};
use super::row::Row;
use super::tables::{bytes, factor, percent, time};
use crate::matrix::packaging::Code;

/// A sentence or two for each question.
pub fn of(lab: &Lab, rows: &[Row]) -> Vec<String> {
    let mut answers = Vec::new();
    if !lab.containers {
        answers.push(
            "These are no containers: without a container runtime for both, the nearest packagings are compared, and \
             what a container adds is not in these figures."
                .into(),
        );
    }
    let metric = |metric| lab.rows.iter().find(|row| row.metric == metric);
    let size = metric(Metric::ImageSize).filter(|row| row.improvement.value().is_some());
    answers.extend(size.or_else(|| metric(Metric::ArtefactSize)).map(|row| answer("Which is smaller?", row)));
    let all = |metric, question: &str| -> Vec<String> {
        lab.rows.iter().filter(|row| row.metric == metric).map(|row| answer(question, row)).collect()
    };
    answers.extend(all(Metric::Once, "Which starts faster (MODE=once)?"));
    answers.extend(all(Metric::Start, "Which answers first, once it is started?"));
    answers.extend(metric(Metric::MemoryIdle).map(|row| answer("What does it cost in memory, idle?", row)));
    answers.push(serves(rows, lab.containers));
    // What is not told of two rows, for the same reason, is not told once.
    answers.dedup();
    answers
}

fn answer(question: &str, row: &LabRow) -> String {
    let (LabRow { traditional: Some(a), wasm: Some(b), .. }, Cell::Value(x), Cell::Value(y)) =
        (row, &row.traditional_value, &row.wasm_value)
    else {
        return format!(
            "{question} Not told here: {}.",
            row.improvement.withheld().unwrap_or("there is no figure")
        );
    };
    let unit = |value: f64| if row.metric.is_factor() { time(value) } else { bytes(value) };
    let figures = format!("{a} {}, {b} {}", unit(*x), unit(*y));
    let verdict = match &row.improvement {
        Cell::Withheld(why) => format!("Not told ({why})"),
        Cell::Value(improvement) => verdict(row.metric, improvement, a, b),
    };
    let client = match row.same_client {
        Some(false) => "; they are started by different commands, whose own time is in the difference",
        Some(true) => "; both are started by the same command",
        None => "",
    };
    format!("{question} {verdict}: {figures}{client}.")
}

fn verdict(metric: Metric, improvement: &Improvement, traditional: &str, wasm: &str) -> String {
    let Improvement { value, ci95, includes_none } = improvement;
    let told = |told: fn(f64) -> String| {
        ci95.map_or(String::new(), |[low, high]| format!(" (95 % CI {} to {})", told(low), told(high)))
    };
    match metric.is_factor() {
        _ if *includes_none && ci95.is_none() => "Neither".into(),
        true if *includes_none => {
            format!("No difference shown, a factor of {}{}", factor(*value), told(factor))
        }
        false if *includes_none => {
            format!(
                "No difference shown, by the lab's formula a reduction of {}{}",
                percent(*value),
                told(percent)
            )
        }
        true if *value > 1.0 => format!("{wasm}, {} times as fast{}", factor(*value), told(factor)),
        true => format!("{traditional}; {wasm} is {} times as fast{}", factor(*value), told(factor)),
        false if *value > 0.0 => format!("{wasm} takes {} less{}", percent(*value), told(percent)),
        // Of so much more than all of it, a percentage tells nobody how much.
        false if *value < -100.0 => {
            let times = |percent: f64| format!("{:.1}", 1.0 - percent / 100.0);
            let interval = ci95
                .map_or(String::new(), |[low, high]| format!(" (95 % CI {} to {})", times(high), times(low)));
            format!("{wasm} takes {} times as much{interval}", times(*value))
        }
        // What the formula calls a reduction below nought, from its other end.
        false => {
            let more = ci95.map_or(String::new(), |[low, high]| {
                format!(" (95 % CI {} to {})", percent(-high), percent(-low))
            });
            format!("{wasm} takes {} more{more}", percent(-value))
        }
    }
}

/// Whether anything of Wasm serves HTTP, containers first.
fn serves(rows: &[Row], containers: bool) -> String {
    let question = if containers { "Can the Wasm container serve HTTP?" } else { "Can Wasm serve HTTP?" };
    let wasm = || rows.iter().filter(|row| row.kind.code == Code::Wasm && row.kind.container == containers);
    let names = |serve: bool| -> Vec<&str> {
        wasm().filter(|row| row.server.value() == Some(&serve)).map(|row| row.name.as_str()).collect()
    };
    let (yes, no) = (names(true), names(false));
    match (yes.is_empty(), no.is_empty()) {
        (false, true) => format!("{question} Yes: {} answered here.", yes.join(", ")),
        (false, false) => format!("{question} Yes: {} answered here; not {}.", yes.join(", "), no.join(", ")),
        (true, false) => {
            format!("{question} Not here: {} does not, and nothing else was measured.", no.join(", "))
        }
        (true, true) => format!("{question} Not told here: none was measured."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::report::fixtures;

    #[test]
    fn what_is_not_told_of_two_clients_for_one_reason_is_not_told_twice() {
        let mut rows = fixtures::lab().rows;
        rows.iter_mut().for_each(|row| row.once_us = Cell::Value(fixtures::spread(4_000.0, 3)));
        let told = fixtures::report(rows).answers;
        let of_once: Vec<_> = told.iter().filter(|told| told.contains("(MODE=once)? Not told")).collect();
        assert_eq!(of_once.len(), 1, "{told:#?}");
    }

    #[test]
    fn a_reduction_below_nought_is_told_as_more_with_the_ends_of_its_interval_in_order() {
        let more = Improvement { value: -87.4, ci95: Some([-87.9, -86.6]), includes_none: false };
        let told = verdict(Metric::MemoryIdle, &more, "docker", "ctr wasm http");
        assert_eq!(told, "ctr wasm http takes 87.4 % more (95 % CI 86.6 % to 87.9 %)");
        let much = Improvement { value: -1735.6, ci95: Some([-1905.9, -1707.2]), includes_none: false };
        let told = verdict(Metric::MemoryIdle, &much, "native", "WAGI in host");
        assert_eq!(told, "WAGI in host takes 18.4 times as much (95 % CI 18.1 to 20.1)");
        let less = Improvement { value: 96.1, ci95: None, includes_none: false };
        assert_eq!(verdict(Metric::ImageSize, &less, "docker", "ctr wasm"), "ctr wasm takes 96.1 % less");
    }
}
