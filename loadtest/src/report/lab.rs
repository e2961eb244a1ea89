//! The lab's table 4.1, and its questions: a traditional packaging beside a Wasm one.

use super::outline::{NO_INTERVAL, Table, WITHHELD};
use super::overview::{Unit, bytes, shipped};
use super::ratio;
use super::{Comparison, Report, TargetReport, Verdict};
use crate::sample::Phase;
use crate::target::Code;

/// A row: what is compared, and how it is read.
struct Metric {
    name: &'static str,
    question: &'static str,
    of: fn(&TargetReport) -> Option<f64>,
    /// Of times, their phase; sizes and memory have none.
    phase: Option<Phase>,
}

const METRICS: [Metric; 5] = [
    Metric {
        name: "Program",
        question: "Which program is smaller?",
        of: |target| Some(target.size_bytes? as f64),
        phase: None,
    },
    Metric {
        name: "As it is shipped",
        question: "Which is smaller, as it is shipped?",
        of: |target| Some(shipped(target)? as f64),
        phase: None,
    },
    Metric {
        name: "Run once",
        question: "Which runs once faster (MODE=once)?",
        of: |target| median(target, Phase::Once),
        phase: Some(Phase::Once),
    },
    Metric {
        name: "Start-up",
        question: "Which answers first, once it is started?",
        of: |target| median(target, Phase::Startup),
        phase: Some(Phase::Startup),
    },
    Metric {
        name: "Memory",
        question: "Which takes less memory?",
        of: |target| target.memory_bytes,
        phase: None,
    },
];

/// The table; `None` where not both kinds were measured.
pub(crate) fn table(report: &Report) -> Option<Table> {
    let of = |code: Code| report.targets.iter().any(|target| is(target, code));
    if !of(Code::Native) || !of(Code::Wasm) {
        return None;
    }
    let found: Vec<_> = METRICS.iter().filter_map(|metric| Row::of(metric, report)).collect();
    let containers = found.iter().all(|row| is_container(row.traditional) && is_container(row.wasm));
    let mut details: Vec<String> = found.iter().map(|row| row.answer(report)).collect();
    details.extend(serves(report));
    details.push("Improvement: times, traditional ÷ Wasm, with a 95 % interval; sizes and memory, the share that Wasm saves. Wasm needs a \
                  runtime beside it, which is in no size here.".into());
    details.extend((!containers).then(|| {
        "Where no containers of both kinds were measured, programs without a container are compared.".into()
    }));
    Some(Table {
        title: "Table 4.1: traditional and Wasm".into(),
        header: ["", "traditional", "Wasm", "improvement"].map(String::from).to_vec(),
        rows: found.iter().map(|row| row.cells(report)).collect(),
        details,
    })
}

struct Row<'a> {
    metric: &'a Metric,
    traditional: &'a TargetReport,
    wasm: &'a TargetReport,
    /// Absent where too few rounds have a median.
    figures: [Option<f64>; 2],
}

impl<'a> Row<'a> {
    /// Of two containers that have it, or else of two others.
    fn of(metric: &'a Metric, report: &'a Report) -> Option<Self> {
        let pick = |code: Code, container: bool| {
            let fits = |target: &&TargetReport| {
                is(target, code) && is_container(target) == container && metric.has(target)
            };
            report.targets.iter().find(fits)
        };
        let pair = |container| pick(Code::Native, container).zip(pick(Code::Wasm, container));
        let (traditional, wasm) = pair(true).or_else(|| pair(false))?;
        Some(Self { metric, traditional, wasm, figures: [traditional, wasm].map(metric.of) })
    }

    fn told(&self) -> [String; 2] {
        let unit = Unit::of_all(self.figures.iter().flatten().copied());
        self.figures.map(|figure| match (figure, self.metric.phase) {
            (None, _) => format!("{WITHHELD}{NO_INTERVAL}"),
            (Some(figure), Some(_)) => unit.told(figure),
            (Some(figure), None) => bytes(figure),
        })
    }

    fn cells(&self, report: &Report) -> Vec<String> {
        let [traditional, wasm] = self.told();
        vec![
            self.metric.name.into(),
            format!("{traditional} ({})", self.traditional.name),
            format!("{wasm} ({})", self.wasm.name),
            self.improvement(report),
        ]
    }

    fn improvement(&self, report: &Report) -> String {
        let shown = match (self.metric.phase, self.figures) {
            (None, [Some(traditional), Some(wasm)]) => {
                Some(format!("{:.0} %", 100.0 * (1.0 - wasm / traditional)))
            }
            (None, _) => None,
            (Some(phase), _) => self.comparison(report, phase).map(|(ratio, [low, high], verdict)| {
                let digits = ratio::digits(ratio, [low, high]);
                let verdict = match verdict {
                    Verdict::NoDifferenceShown => ", no difference shown",
                    Verdict::Same => ", the same",
                    Verdict::Faster | Verdict::Slower => "",
                };
                format!("{}× ({} to {}{verdict})", digits.ratio, digits.low, digits.high)
            }),
        };
        shown.unwrap_or_else(|| format!("{WITHHELD} (too few rounds)"))
    }

    /// The traditional time over that of Wasm, with its 95 % interval.
    fn comparison(&self, report: &Report, phase: Phase) -> Option<(f64, [f64; 2], Verdict)> {
        let is_pair = |pair: &&Comparison, baseline: &str, candidate: &str| {
            pair.phase == phase && pair.baseline == baseline && pair.candidate == candidate
        };
        let (a, b) = (self.traditional.name.as_str(), self.wasm.name.as_str());
        if let Some(pair) = report.comparisons.iter().find(|pair| is_pair(pair, a, b)) {
            let [low, high] = pair.ci95;
            return Some((1.0 / pair.ratio_p50, [1.0 / high, 1.0 / low], pair.verdict));
        }
        let pair = report.comparisons.iter().find(|pair| is_pair(pair, b, a))?;
        Some((pair.ratio_p50, pair.ci95, pair.verdict))
    }

    /// What the lab asks, and what these figures say to it.
    fn answer(&self, report: &Report) -> String {
        let [Some(traditional), Some(wasm)] = self.figures else {
            return format!("{} Not known: there are too few rounds.", self.metric.question);
        };
        let decided = match self.metric.phase {
            None => traditional != wasm,
            Some(phase) => self
                .comparison(report, phase)
                .is_some_and(|(.., verdict)| matches!(verdict, Verdict::Faster | Verdict::Slower)),
        };
        let less = if wasm < traditional { self.wasm } else { self.traditional };
        let answer = if decided { less.name.as_str() } else { "No difference is shown" };
        let [a, b] = self.told();
        format!("{} {answer}: {} {a}, {} {b}.", self.metric.question, self.traditional.name, self.wasm.name)
    }
}

impl Metric {
    /// Whether anything of it was measured.
    fn has(&self, target: &TargetReport) -> bool {
        self.phase.map_or_else(|| (self.of)(target).is_some(), |phase| target.phase(phase).is_some())
    }
}

fn median(target: &TargetReport, phase: Phase) -> Option<f64> {
    target.phase(phase)?.latency_us.p50.filter(|us| us.is_finite())
}

fn is(target: &TargetReport, code: Code) -> bool {
    target.packaging.as_ref().is_some_and(|packaging| packaging.code == code)
}

fn is_container(target: &TargetReport) -> bool {
    target.packaging.as_ref().is_some_and(|packaging| packaging.image.is_some())
}

/// Whether anything of Wasm serves HTTP.
fn serves(report: &Report) -> Option<String> {
    let wasm = || report.targets.iter().filter(|target| is(target, Code::Wasm));
    let serves = |target: &&TargetReport| target.phase(Phase::Startup).is_some();
    let containers = wasm().any(is_container);
    let of = || wasm().filter(|target| is_container(target) == containers);
    let yes: Vec<&str> = of().filter(serves).map(|target| target.name.as_str()).collect();
    let no: Vec<&str> = of().filter(|target| !serves(target)).map(|target| target.name.as_str()).collect();
    let what = if containers { "Can a Wasm container serve HTTP?" } else { "Can Wasm serve HTTP?" };
    match (yes.is_empty(), no.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("{what} Not {} here.", no.join(", "))),
        (false, true) => Some(format!("{what} Yes: {} answered here.", yes.join(", "))),
        (false, false) => {
            Some(format!("{what} Yes: {} answered here; not {}.", yes.join(", "), no.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{in_round, report};
    use crate::sample::Sample;
    use crate::target::{Image, Shipped};

    /// 20 rounds of two packagings, of which the second is twice as fast and a quarter as large.
    fn measured() -> Report {
        let once = |n, name, us| Sample { phase: Phase::Once, ..in_round(n, name, us) };
        let samples: Vec<_> =
            (0..20).flat_map(|n| [once(n, "a", 8000 + n), once(n, "b", 4000 + n)]).collect();
        let mut report = report(&samples);
        for (target, code, size) in [(0, Code::Native, 800_000), (1, Code::Wasm, 200_000)] {
            let target = &mut report.targets[target];
            let image = Image { compressed_bytes: size / 2, unpacked_bytes: size };
            target.packaging = Some(Shipped { code, image: Some(image), by: "x".into() });
            target.size_bytes = Some(size);
        }
        report
    }

    fn told(table: &Table) -> String {
        let rows = table.rows.iter().map(|row| row.join(" | "));
        rows.chain(table.details.clone()).map(|line| line + "\n").collect()
    }

    #[test]
    fn the_table_and_its_answers() {
        insta::assert_snapshot!(told(&table(&measured()).unwrap()));
    }

    #[test]
    fn there_is_no_table_of_one_kind() {
        let mut report = measured();
        report.targets.truncate(1);
        assert!(table(&report).is_none());
    }
}
