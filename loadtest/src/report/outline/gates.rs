//! The table of gates.

use super::{Table, Unit, WITHHELD};
use crate::report::{GateReport, Judgement};
use crate::sample::Phase;

/// One row a gate and target; `None` of none.
pub fn gates(gates: &[GateReport]) -> Option<Table> {
    let header = ["", "", "measured", "95% CI", "outcome"];
    let told = gates.iter().flat_map(|gate| {
        let of = format!("{}, {} {}", gate.gate, gate.target, gate.phase.in_words());
        [&gate.why, &gate.note].into_iter().flatten().map(move |told| format!("{of}: {told}"))
    });
    (!gates.is_empty()).then(|| Table {
        title: "Gates (--fail-if)".into(),
        header: header.map(str::to_owned).to_vec(),
        rows: gates.iter().map(gate).collect(),
        details: told.collect(),
    })
}

fn gate(gate: &GateReport) -> Vec<String> {
    let unit = Unit::for_all(gate.measured.into_iter().chain(gate.ci95.into_iter().flatten()));
    let figure = |value: f64| match gate.is_ratio {
        _ if gate.is_share => format!("{:.2} %", 100.0 * value),
        true => format!("{value:.2}"),
        // As the table of a load has it: what was not sent did not time out.
        false if value.is_infinite() && gate.phase == Phase::Load => "∞".into(),
        false if value.is_infinite() => unit.format(value),
        false => format!("{} {}", unit.format(value), unit.name()),
    };
    vec![
        gate.gate.clone(),
        format!("{} {}", gate.target, gate.phase.in_words()),
        gate.measured.map_or(WITHHELD.into(), figure),
        gate.ci95.map_or(WITHHELD.into(), |[low, high]| format!("{}–{}", figure(low), figure(high))),
        match gate.outcome {
            Judgement::Passed => "passed".into(),
            Judgement::Failed => "failed".into(),
            Judgement::Undecided => "undecided".into(),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_of_a_load_has_the_same_word_for_what_was_not_sent_as_its_table() {
        let cells = |phase| {
            gate(&GateReport {
                gate: "p50>1ms".into(),
                target: "a".into(),
                phase,
                measured: Some(f64::INFINITY),
                ci95: Some([2_000.0, f64::INFINITY]),
                is_ratio: false,
                is_share: false,
                outcome: Judgement::Failed,
                why: None,
                note: None,
            })
        };
        assert_eq!(cells(Phase::Load)[2..4], ["∞", "2000 µs–∞"]);
        assert_eq!(cells(Phase::Warm)[2..4], ["time-out", "2000 µs–time-out"]);
    }
}
