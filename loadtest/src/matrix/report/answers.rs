//! What the lab asks, answered from its table: as far as the figures go, and no further.

use super::figures::Cell;
use super::lab::{Improvement, Lab, LabRow, Metric};
use super::row::Row;
use super::tables::{bytes, percent, time};
use crate::matrix::hosted::EMBEDDED;
use crate::matrix::packaging::Code;
use crate::report::ratio::Digits;

/// Of medians that are not compared.
const TOO_FEW: &str = " (the rounds are too few for an interval)";

/// What is told, or the question that is not answered, and why.
type Answer = Result<String, (String, String)>;

/// What was found, a sentence or two for each question; then, in one, what was not.
pub fn of(lab: &Lab, rows: &[Row]) -> Vec<String> {
    let metric = |metric| lab.rows.iter().find(|row| row.metric == metric);
    let size = metric(Metric::ImageSize).filter(|row| row.improvement.value().is_some());
    let size = size.or_else(|| metric(Metric::ArtefactSize));
    let mut answers: Vec<Answer> =
        size.map(|row| answer("Which is smaller?", row, &without_runtime(row, rows))).into_iter().collect();
    for (metric, question) in [
        (Metric::Once, "Which starts faster (MODE=once)?"),
        (Metric::Start, "Which answers first, once it is started?"),
        (Metric::MemoryIdle, "What does it cost in memory, idle?"),
    ] {
        let those = lab.rows.iter().filter(|row| row.metric == metric);
        answers.extend(those.map(|row| answer(question, row, &shared_pages(row, rows))));
    }
    answers.push(serves(rows, lab.containers));
    let (told, untold): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    let mut told: Vec<String> = told.into_iter().flatten().collect();
    told.extend((!lab.containers && lab.compares()).then(|| {
        "No containers of both kinds were measured, so the nearest packagings are compared: what a container adds is \
         not in these figures."
            .into()
    }));
    told.extend(not_told(untold.into_iter().filter_map(Result::err)));
    told
}

/// All that is not told, once for each reason.
fn not_told(untold: impl Iterator<Item = (String, String)>) -> Option<String> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for (question, why) in untold {
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, questions)) if questions.contains(&question) => {}
            Some((_, questions)) => questions.push(question),
            None => reasons.push((why, vec![question])),
        }
    }
    let told: Vec<_> =
        reasons.iter().map(|(why, questions)| format!("{} ({why})", questions.join(" "))).collect();
    (!told.is_empty()).then(|| format!("Not told here: {}.", told.join("; ")))
}

fn answer(question: &str, row: &LabRow, without: &str) -> Answer {
    let (LabRow { traditional: Some(a), wasm: Some(b), .. }, Cell::Value(x), Cell::Value(y)) =
        (row, &row.traditional_value, &row.wasm_value)
    else {
        let why = row.improvement.withheld().unwrap_or("there is no figure");
        return Err((question.into(), why.into()));
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
    Ok(format!("{question} {verdict}: {figures}{without}{client}."))
}

/// What the size of Wasm does not count.
fn without_runtime(row: &LabRow, rows: &[Row]) -> String {
    runtime_beside(row, rows).map_or_else(String::new, |runtime| format!("; {runtime}"))
}

/// That a size is without the runtime, how large that is, as far as it is known, and where it is more than a runtime.
pub(super) fn runtime_beside(row: &LabRow, rows: &[Row]) -> Option<String> {
    let is_size = matches!(row.metric, Metric::ArtefactSize | Metric::ImageSize | Metric::ImageUnpacked);
    let wasm = rows.iter().find(|found| is_size && Some(&found.name) == row.wasm.as_ref())?;
    let of = match wasm.runtime_bytes {
        Cell::Value(0) => return None,
        Cell::Value(size) => format!(" of {} beside it, not counted here", bytes(size as f64)),
        Cell::Withheld(_) => " beside it, not counted here and of a size that is not known".into(),
    };
    let is_this = wasm.client.as_deref() == Some(EMBEDDED);
    let this = if is_this { ": loadtest itself, with all that measures" } else { "" };
    Some(format!("{} needs a runtime{of}{this}", wasm.name))
}

/// How much of the memory of Wasm a second process would not take again, where that is most of it.
fn shared_pages(row: &LabRow, rows: &[Row]) -> String {
    let is_memory = row.metric == Metric::MemoryIdle;
    let wasm = rows.iter().find(|found| is_memory && Some(&found.name) == row.wasm.as_ref());
    let seen = wasm.and_then(|row| row.memory_idle.value()).map(|memory| memory.consists_of);
    match seen.filter(|seen| 2 * seen.executable_pss > seen.pss) {
        None => String::new(),
        Some(seen) => format!(
            "; {} of that are pages of executables, which a second process of the same runtime would share",
            bytes(seen.executable_pss as f64)
        ),
    }
}

fn verdict(metric: Metric, improvement: &Improvement, traditional: &str, wasm: &str) -> String {
    match metric.is_factor() {
        _ if improvement.includes_none && metric.is_exact() => "Neither".into(),
        true => faster(improvement, traditional, wasm),
        false => less(improvement, wasm),
    }
}

/// What is told of times.
fn faster(improvement: &Improvement, traditional: &str, wasm: &str) -> String {
    let Digits { ratio, low, high } = improvement.digits();
    let ends = interval(improvement.ci95.map(|_| [low, high]));
    match improvement.includes_none {
        true if improvement.ci95.is_none() => format!("No difference shown, a factor of {ratio}{TOO_FEW}"),
        true => format!("No difference shown, a factor of {ratio}{ends}"),
        false if improvement.value > 1.0 => format!("{wasm}, {ratio} times as fast{ends}"),
        false => format!("{traditional}; {wasm} is {ratio} times as fast{ends}"),
    }
}

/// What is told of sizes and memory, by the lab's formula a reduction in per cent.
fn less(improvement: &Improvement, wasm: &str) -> String {
    let Improvement { value, ci95, includes_none, .. } = *improvement;
    let ends = |[low, high]: [f64; 2]| interval(Some([percent(low), percent(high)]));
    let reduction = ci95.map_or(String::new(), ends);
    match value {
        _ if includes_none => {
            let how_sure = if ci95.is_none() { TOO_FEW } else { &reduction };
            format!("No difference shown, by the lab's formula a reduction of {}{how_sure}", percent(value))
        }
        0.0.. => format!("{wasm} takes {} less{reduction}", percent(value)),
        // Of so much more than all of it, a percentage tells nobody how much.
        ..-100.0 => {
            let times = |percent: f64| format!("{:.1}", 1.0 - percent / 100.0);
            let ends = interval(ci95.map(|[low, high]| [times(high), times(low)]));
            format!("{wasm} takes {} times as much{ends}", times(value))
        }
        // What the formula calls a reduction below nought, from its other end.
        _ => {
            let more = ci95.map(|[low, high]| [-high, -low]).map_or(String::new(), ends);
            format!("{wasm} takes {} more{more}", percent(-value))
        }
    }
}

/// ` (95 % CI … to …)`, where there is one.
fn interval(ends: Option<[String; 2]>) -> String {
    ends.map_or(String::new(), |[low, high]| format!(" (95 % CI {low} to {high})"))
}

/// Whether anything of Wasm serves HTTP, containers first.
fn serves(rows: &[Row], containers: bool) -> Answer {
    let question = if containers { "Can the Wasm container serve HTTP?" } else { "Can Wasm serve HTTP?" };
    let wasm = || rows.iter().filter(|row| row.kind.code == Code::Wasm && row.kind.container == containers);
    let names = |serve: bool| -> Vec<&str> {
        wasm().filter(|row| row.server.value() == Some(&serve)).map(|row| row.name.as_str()).collect()
    };
    let (yes, no) = (names(true), names(false));
    match (yes.is_empty(), no.is_empty()) {
        (false, true) => Ok(format!("{question} Yes: {} answered here.", yes.join(", "))),
        (false, false) => {
            Ok(format!("{question} Yes: {} answered here; not {}.", yes.join(", "), no.join(", ")))
        }
        (true, false) => {
            Ok(format!("{question} Not here: {} does not, and nothing else was measured.", no.join(", ")))
        }
        (true, true) => Err((question.into(), "none was measured".into())),
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
        assert_eq!(told.join("\n").matches("(MODE=once)?").count(), 1, "{told:#?}");
    }

    #[test]
    fn what_was_found_comes_first_and_what_is_not_told_last_and_in_one() {
        let mut rows = vec![fixtures::row("native", 1), fixtures::row("WAGI in host", 2)];
        rows[1].kind.code = Code::Wasm;
        rows[1].once_us = Cell::Withheld("it is no command here".into());
        rows[1].start_us = Cell::Value(fixtures::spread(4_000.0, 3));
        rows[1].memory_idle = Cell::Withheld("it is no command here".into());
        let told = fixtures::report(rows).answers;
        assert!(told[0].starts_with("Which is smaller? "), "{told:#?}");
        let last = told.last().unwrap();
        assert!(
            last.starts_with("Not told here: Which starts faster (MODE=once)? What does it"),
            "{told:#?}"
        );
        assert!(last.contains("(it is no command here); Which answers first"), "{told:#?}");
        assert_eq!(told.iter().filter(|told| told.contains("Not told here")).count(), 1, "{told:#?}");
        assert!(told[told.len() - 2].starts_with("No containers of both kinds were measured"), "{told:#?}");
    }

    #[test]
    fn where_nothing_is_compared_nothing_is_said_of_the_nearest() {
        let told = fixtures::report(vec![fixtures::row("native", 1)]).answers.join("\n");
        assert!(!told.contains("nearest"), "{told}");
        assert!(told.contains("(no Wasm packaging outside a container was measured)"), "{told}");
    }

    #[test]
    fn the_size_of_wasm_is_told_without_its_runtime() {
        let smaller = |runtime| {
            let mut rows = vec![fixtures::row("native", 9), fixtures::row("WAGI in host", 1)];
            rows[1].kind.code = Code::Wasm;
            rows[1].runtime_bytes = runtime;
            fixtures::report(rows).answers.swap_remove(0)
        };
        let told = smaller(Cell::Value(46_000_000));
        assert!(
            told.ends_with("; WAGI in host needs a runtime of 46.0 MB beside it, not counted here."),
            "{told}"
        );
        let told = smaller(Cell::Withheld("x".into()));
        assert!(told.ends_with(" beside it, not counted here and of a size that is not known."), "{told}");
        assert!(smaller(Cell::Value(0)).ends_with("WAGI in host 60.0 kB."));
    }

    #[test]
    fn of_the_embedded_host_it_is_said_that_it_is_this_program_with_all_that_measures() {
        let mut rows = vec![fixtures::row("native", 9), fixtures::row("WAGI in host", 1)];
        rows[1].kind.code = Code::Wasm;
        rows[1].runtime_bytes = Cell::Value(46_000_000);
        rows[1].client = Some(EMBEDDED.into());
        let told = fixtures::report(rows).answers.swap_remove(0);
        assert!(told.ends_with(" not counted here: loadtest itself, with all that measures."), "{told}");
    }

    #[test]
    fn memory_that_is_mostly_executables_is_said_to_be_shared_by_a_second_process() {
        let told = |executable: u64| {
            let mut rows = vec![fixtures::row("native", 1), fixtures::row("WAGI in host", 9)];
            rows[1].kind.code = Code::Wasm;
            let Cell::Value(memory) = &mut rows[1].memory_idle else { panic!("it has a value") };
            (memory.consists_of.pss, memory.consists_of.executable_pss) = (16_000_000, executable);
            fixtures::report(rows).answers.into_iter().find(|told| told.contains("memory, idle")).unwrap()
        };
        assert!(
            told(14_100_000).contains("; 14.1 MB of that are pages of executables"),
            "{}",
            told(14_100_000)
        );
        assert!(!told(1_000_000).contains("executables"));
    }

    #[test]
    fn a_reduction_below_nought_is_told_as_more_with_the_ends_of_its_interval_in_order() {
        let more = Improvement {
            value: -87.4,
            ci95: Some([-87.9, -86.6]),
            p_value: Some(0.001),
            includes_none: false,
        };
        let told = verdict(Metric::MemoryIdle, &more, "docker", "ctr wasm http");
        assert_eq!(told, "ctr wasm http takes 87.4 % more (95 % CI 86.6 % to 87.9 %)");
        let much = Improvement {
            value: -1735.6,
            ci95: Some([-1905.9, -1707.2]),
            p_value: Some(0.001),
            includes_none: false,
        };
        let told = verdict(Metric::MemoryIdle, &much, "native", "WAGI in host");
        assert_eq!(told, "WAGI in host takes 18.4 times as much (95 % CI 18.1 to 20.1)");
        let less = Improvement { value: 96.1, ci95: None, p_value: None, includes_none: false };
        assert_eq!(verdict(Metric::ImageSize, &less, "docker", "ctr wasm"), "ctr wasm takes 96.1 % less");
    }

    #[test]
    fn what_is_not_compared_for_too_few_rounds_says_so() {
        let few = |value| Improvement { value, ci95: None, p_value: None, includes_none: true };
        let told = |metric, value| verdict(metric, &few(value), "docker", "ctr wasm");
        assert_eq!(
            told(Metric::Once, 1.33),
            "No difference shown, a factor of 1.33 (the rounds are too few for an interval)"
        );
        assert_eq!(
            told(Metric::MemoryIdle, 75.0),
            "No difference shown, by the lab's formula a reduction of 75.0 % (the rounds are too few for an interval)"
        );
        assert_eq!(told(Metric::ImageSize, 0.0), "Neither");
    }
}
