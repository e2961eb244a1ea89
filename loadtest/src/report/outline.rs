//! A report as headings, tables and sentences: the same for the terminal and for Markdown.

use std::time::Duration;

use super::markup;
use super::ratio::digits;
use super::withheld;
use super::{
    Comparison, Distribution, GateReport, Judgement, PhaseReport, Report, TargetReport, Tightness, Verdict,
    WarmUpReport, deployment, failed, load, provenance,
};
use crate::environment::Environment;
use crate::floor::Floor;
use crate::sample::Phase;

/// What stands where the count does not support a figure.
pub(crate) const WITHHELD: &str = "–";

/// A report, ready to be laid out.
#[derive(Clone)]
pub(crate) struct Outline {
    pub about: Vec<String>,
    pub tables: Vec<Table>,
    pub notes: Vec<String>,
}

/// A table with its title; the first column is text, the others are figures.
#[derive(Clone)]
pub(crate) struct Table {
    pub title: String,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Below the table.
    pub details: Vec<String>,
}

impl Table {
    /// Whether a cell of this column is longer than any figure: such a column is read from its left, and may be broken
    /// between words.
    pub fn is_in_words(&self, column: usize) -> bool {
        const LONGEST_FIGURE: usize = 24;
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.any(|cell| cell.chars().count() > LONGEST_FIGURE)
    }
}

impl Outline {
    /// With nothing in it that would command a terminal: names come from the user, and much else from the target.
    pub fn plain(&self) -> Self {
        let mut plain = self.clone();
        let tables = plain.tables.iter_mut().flat_map(|Table { title, header, rows, details }| {
            std::iter::once(title).chain(header).chain(rows.iter_mut().flatten()).chain(details)
        });
        for text in plain.about.iter_mut().chain(tables).chain(&mut plain.notes) {
            *text = markup::plain(text);
        }
        plain
    }

    pub fn of(report: &Report) -> Self {
        let phases = [Phase::Startup, Phase::Cold, Phase::Warm];
        let mut tables: Vec<_> = report.environment.deployment.iter().map(deployment::table).collect();
        tables.extend(phases.into_iter().filter_map(|phase| table(report, phase)));
        tables.extend(load::tables(report));
        let mut notes: Vec<_> = report.warnings.iter().map(|warning| format!("Note: {warning}.")).collect();
        if report.targets.iter().flat_map(|target| &target.phases).any(|phase| phase.load.is_some())
            && tables.iter().any(|table| table.rows.iter().flatten().any(|cell| cell == WITHHELD))
        {
            notes.push(format!(
                "{WITHHELD}: withheld, the samples are too few for it (a percentile needs ten above it)."
            ));
        }
        if report.interrupted {
            notes.insert(0, "Ended early: this is what was measured until then.".into());
        }
        tables.extend(comparisons(&report.comparisons));
        tables.extend(gates(&report.gates));
        tables.extend(provenance::table(report));
        Self { about: about(report), tables, notes }
    }
}

fn about(report: &Report) -> Vec<String> {
    let environment = &report.environment;
    let mut about = vec![machine(environment)];
    about.extend(
        report.targets.iter().map(|target| format!("{}: {} {}", target.name, report.plan.method, target.url)),
    );
    about.extend(environment.floor.map(own));
    about.push(format!("loadtest {}, seed {}", environment.loadtest, report.plan.seed));
    about
}

/// Where it was measured, in a line.
pub(crate) fn machine(environment: &Environment) -> String {
    let mut machine = vec![format!("{}/{}", environment.os, environment.architecture)];
    machine.extend(environment.cpu.clone());
    machine.extend(environment.cores.map(|cores| format!("{cores} cores")));
    machine.extend(environment.host.clone());
    machine.join(", ")
}

/// The client's own share, in a line.
pub(crate) fn own(floor: Floor) -> String {
    let told = |phase: Phase| Some(format!("{:.0} µs {}", floor.of(phase)?, phase.in_words()));
    let told: Vec<_> = [Phase::Cold, Phase::Warm, Phase::Load].into_iter().filter_map(told).collect();
    format!("of each time, the client's own: {}", told.join(", "))
}

fn table(report: &Report, phase: Phase) -> Option<Table> {
    let of = |target: &'_ TargetReport| target.phases.iter().position(|p| p.phase == phase);
    let rows: Vec<(&str, &PhaseReport)> =
        report.targets.iter().filter_map(|t| of(t).map(|i| (t.name.as_str(), &t.phases[i]))).collect();
    if rows.is_empty() {
        return None;
    }
    let unit = unit(&rows);
    let times: Vec<_> = rows.iter().map(|(_, phase)| &phase.latency_us).collect();
    let columns = TIMES.map(|(name, of)| Column::new(name, unit, times.iter().filter_map(|times| of(times))));
    let mut header: Vec<_> = columns.iter().map(Column::header).collect();
    header.insert(1, columns[0].named("95% CI of p50"));
    Some(Table {
        title: title(report, phase, unit),
        header: [vec![String::new(), "ok".into()], header, vec!["instances".into()]].concat(),
        rows: rows.iter().map(|(name, phase)| row(name, phase, &columns)).collect(),
        details: rows
            .iter()
            .filter_map(|(name, phase)| detail(name, phase, unit))
            .chain(withheld::why(&rows))
            .collect(),
    })
}

/// Of what is in the columns; only where nothing is, of what was told apart.
fn unit(rows: &[(&str, &PhaseReport)]) -> Unit {
    let typical: Vec<_> = rows.iter().filter_map(|(_, phase)| phase.latency_us.typical()).collect();
    if typical.is_empty() {
        return Unit::for_all(rows.iter().filter_map(|(_, phase)| contradicting(phase)?.typical()));
    }
    Unit::for_all(typical.into_iter())
}

fn contradicting(phase: &PhaseReport) -> Option<&Distribution> {
    phase.contradicting.as_ref().map(|contradicting| &contradicting.latency_us)
}

fn title(report: &Report, phase: Phase, unit: Unit) -> String {
    let idle = report.plan.idle.as_secs_f64();
    let what = match phase {
        Phase::Startup => "Start-up: from starting the host to its first correct answer".into(),
        Phase::Cold => format!("Cold: a new connection, after {idle} s of idling"),
        Phase::WarmUp => "Warm-up".into(),
        Phase::Load => "Load".into(),
        Phase::Warm => "Warm: one request after the other on one connection".into(),
    };
    format!("{what} (times in {})", unit.name())
}

fn row(name: &str, phase: &PhaseReport, columns: &[Column]) -> Vec<String> {
    let latency = &phase.latency_us;
    let times = columns.iter().zip(TIMES);
    let mut cells: Vec<_> = times.map(|(column, (_, of))| column.cell(of(latency))).collect();
    let of_median =
        |[low, high]: [f64; 2]| format!("{}–{}", columns[0].cell(Some(low)), columns[0].cell(Some(high)));
    cells.insert(1, latency.ci95.p50.map_or(WITHHELD.into(), of_median));
    [vec![name.to_owned(), count(phase)], cells, vec![instances(phase)]].concat()
}

/// The columns of times, without the interval that stands after the first.
const TIMES: [(&str, Figure); 5] = [
    ("p50", |times| times.p50),
    ("p90", |times| times.p90),
    ("p99", |times| times.p99),
    ("mean", |times| times.mean),
    ("max", |times| times.max),
];

/// Picks a figure of a distribution.
pub(super) type Figure = fn(&Distribution) -> Option<f64>;

/// A column of times, all in one unit.
pub(super) struct Column {
    name: &'static str,
    /// Of all its times.
    pub unit: Unit,
    /// Whether that is not the unit of the table.
    differs: bool,
}

impl Column {
    /// In the unit of the `table`, unless all `times_us` are far too long or too short for that: 4990 beside 5.99 in another
    /// unit is read wrongly.
    pub fn new(name: &'static str, table: Unit, times_us: impl Iterator<Item = f64>) -> Self {
        const TOLERATED: [f64; 3] = [0.1, 1.0, 5.0];
        let shortest = times_us.fold(f64::INFINITY, f64::min);
        let of = |us: f64| Unit::for_all(std::iter::once(us));
        let suits = TOLERATED.iter().any(|factor| of(shortest * factor).name() == table.name());
        let (own, differs) = (of(shortest), shortest.is_finite() && !suits);
        Self { name, unit: if differs { own } else { table }, differs }
    }

    /// Its name, with its unit where that is not what the title says.
    pub fn header(&self) -> String {
        self.named(self.name)
    }

    /// Another name of times in the same unit.
    pub fn named(&self, name: &str) -> String {
        if self.differs { format!("{name}, {}", self.unit.name()) } else { name.to_owned() }
    }

    /// A time, in microseconds.
    pub fn cell(&self, us: Option<f64>) -> String {
        us.map_or(WITHHELD.into(), |us| self.unit.format(us))
    }
}

fn count(phase: &PhaseReport) -> String {
    if phase.counted == phase.samples {
        phase.counted.to_string()
    } else {
        format!("{}/{}", phase.counted, phase.samples)
    }
}

fn instances(phase: &PhaseReport) -> String {
    let evidence = &phase.evidence;
    let kinds = [(evidence.fresh, "fresh"), (evidence.reused, "reused"), (evidence.unknown, "unproven")];
    let told = kinds.iter().filter(|(n, _)| *n > 0).map(|(n, kind)| format!("{n} {kind}"));
    told.collect::<Vec<_>>().join(", ")
}

/// The parts that a request consists of, by their means, which add up; and what was told apart.
fn detail(name: &str, phase: &PhaseReport, unit: Unit) -> Option<String> {
    let parts = [
        ("DNS", &phase.dns_us),
        ("connect", &phase.connect_us),
        ("TLS", &phase.tls_us),
        ("first byte", &phase.first_byte_us),
        ("body", &phase.body_us),
    ];
    let told: Vec<_> = parts
        .iter()
        .filter_map(|(part, distribution)| {
            Some(format!("{part} {}", unit.format(distribution.as_ref()?.mean?)))
        })
        .collect();
    let mut sentences = Vec::new();
    if phase.phase == Phase::Cold && told.len() > 1 {
        sentences.push(format!("{} on average", told.join(" + ")));
    }
    sentences.extend(phase.warm_up.as_ref().map(|warm_up| warmed_up(warm_up, unit)));
    if let Some(Tightness { asked, percent: Some(percent), reached: true }) = phase.until {
        sentences.push(format!("{asked} reached: ±{percent:.1}%"));
    }
    sentences.extend(failed::by_kind(phase));
    if let Some(apart) = &phase.contradicting {
        let mean = apart.latency_us.mean.map_or(WITHHELD.into(), |us| unit.format(us));
        let why = if phase.phase == Phase::Cold { "not cold" } else { "not warm" };
        sentences.push(format!("told apart: {} {why}, mean {mean}", apart.samples));
    }
    (!sentences.is_empty()).then(|| format!("{name}: {}", sentences.join("; ")))
}

fn warmed_up(warm_up: &WarmUpReport, unit: Unit) -> String {
    let median = warm_up.latency_us.p50.map_or(String::new(), |p50| format!(", p50 {}", unit.format(p50)));
    let rounds = match warm_up.rounds {
        0 => String::new(),
        1 => ", those of the first round among them, which was slower".into(),
        n => format!(", those of the first {n} rounds among them, which were slower"),
    };
    format!("warm-up apart: {} requests{median}{rounds}", warm_up.samples)
}

/// One row a comparison; `None` of none.
pub(super) fn comparisons(comparisons: &[Comparison]) -> Option<Table> {
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

/// One row a gate and target; `None` of none.
fn gates(gates: &[GateReport]) -> Option<Table> {
    let header = ["", "", "measured", "95% CI", "outcome"];
    let undecided = gates.iter().filter_map(|gate| Some(format!("{}: {}", gate.gate, gate.why.as_ref()?)));
    (!gates.is_empty()).then(|| Table {
        title: "Gates: what was not to be (--fail-if)".into(),
        header: header.map(str::to_owned).to_vec(),
        rows: gates.iter().map(gate).collect(),
        details: undecided.collect(),
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

/// One unit for a whole table, so that its figures can be compared at a glance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unit {
    TenthMicros,
    Micros,
    Millis,
    Seconds,
}

impl Unit {
    /// The largest in which the smallest figure still has three digits.
    pub fn for_all(values_us: impl Iterator<Item = f64>) -> Self {
        match values_us.fold(f64::INFINITY, f64::min) {
            us if us < 40.0 => Self::TenthMicros,
            us if us < 5_000.0 => Self::Micros,
            us if us < 5_000_000.0 => Self::Millis,
            _ => Self::Seconds,
        }
    }

    /// The same, of packagings, which may differ a thousandfold: where the largest takes seconds, nobody wants its microseconds.
    #[cfg(feature = "serve")]
    pub fn for_wide(values_us: impl Iterator<Item = [f64; 2]>) -> Self {
        const LONG_US: f64 = 1e6;
        let [least, most] = values_us.fold([f64::INFINITY, 0.0], |[least, most], [low, high]| {
            [least.min(low), if high.is_finite() { most.max(high) } else { most }]
        });
        match Self::for_all(std::iter::once(least)) {
            Self::TenthMicros | Self::Micros if most >= LONG_US => Self::Millis,
            unit => unit,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::TenthMicros | Self::Micros => "µs",
            Self::Millis => "ms",
            Self::Seconds => "s",
        }
    }

    pub fn format(self, us: f64) -> String {
        let duration = Duration::from_nanos((us * 1000.0) as u64);
        match self {
            _ if us.is_infinite() => "time-out".into(),
            Self::TenthMicros => format!("{us:.1}"),
            Self::Micros => format!("{us:.0}"),
            Self::Millis => format!("{:.2}", duration.as_secs_f64() * 1e3),
            Self::Seconds => format!("{:.3}", duration.as_secs_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(times: &[f64]) -> String {
        Column::new("max", Unit::Micros, times.iter().copied()).header()
    }

    #[test]
    fn a_column_says_its_unit_where_it_is_not_that_of_the_table() {
        assert_eq!(header(&[4_000.0, 9_000_000.0]), "max");
        assert_eq!(header(&[60_000.0, 9_000_000.0]), "max, ms");
        let seconds = Column::new("max", Unit::Micros, [9_000_000.0].into_iter());
        assert_eq!((seconds.header(), seconds.cell(Some(9_000_000.0))), ("max, s".into(), "9.000".into()));
    }

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
            })
        };
        assert_eq!(cells(Phase::Load)[2..4], ["∞", "2000 µs–∞"]);
        assert_eq!(cells(Phase::Warm)[2..4], ["time-out", "2000 µs–time-out"]);
    }

    #[test]
    #[cfg(feature = "serve")]
    fn a_table_with_seconds_in_it_is_not_in_microseconds() {
        let unit = |bounds: &[[f64; 2]]| Unit::for_wide(bounds.iter().copied());
        assert_eq!(unit(&[[900.0, 2_000.0], [1_400_000.0, 1_670_492.0]]), Unit::Millis);
        assert_eq!(unit(&[[900.0, 2_000.0], [9_000.0, f64::INFINITY]]), Unit::Micros);
        assert_eq!(unit(&[[6_000_000.0, 9_000_000.0]]), Unit::Seconds);
    }

    #[test]
    fn a_column_that_is_somewhat_longer_or_shorter_can_be_compared_at_a_glance() {
        assert_eq!(header(&[5_990.0]), "max");
        let column = |us: f64| Column::new("p50", Unit::Millis, [us].into_iter());
        assert_eq!(
            (column(4_990.0).header(), column(4_990.0).cell(Some(4_990.0))),
            ("p50".into(), "4.99".into())
        );
        assert_eq!(column(990.0).header(), "p50, µs");
    }

    #[test]
    fn a_column_without_a_known_time_has_the_unit_of_the_table() {
        assert_eq!((header(&[]), header(&[f64::INFINITY])), ("max".into(), "max".into()));
    }

    #[test]
    fn a_column_in_the_unit_of_the_table_has_its_digits() {
        let column = Column::new("p50", Unit::TenthMicros, [60.0].into_iter());
        assert_eq!(column.cell(Some(60.04)), "60.0");
    }
}
