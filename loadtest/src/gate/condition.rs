//! `--fail-if`: a condition under which a measurement is a failure, as it is written.

use std::path::PathBuf;
use std::str::FromStr;

use crate::sample::Phase;

const PHASES: [Phase; 4] = [Phase::Startup, Phase::Cold, Phase::Warm, Phase::Load];
const METRICS: [(&str, Metric); 6] = [
    ("p50", Metric::P50),
    ("p90", Metric::P90),
    ("p95", Metric::P95),
    ("p99", Metric::P99),
    ("p999", Metric::P999),
    ("mean", Metric::Mean),
];
const FAILURES: &str = "failures";
/// In nanoseconds. Unicode has two signs for micro, and keyboards have none.
const UNITS: [(&str, f64); 6] =
    [("ns", 1.0), ("us", 1e3), ("\u{b5}s", 1e3), ("\u{3bc}s", 1e3), ("ms", 1e6), ("s", 1e9)];

#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    pub text: String,
    pub condition: Condition,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    Beyond {
        target: Option<String>,
        phase: Option<Phase>,
        metric: Metric,
        side: Side,
        /// In microseconds.
        limit_us: f64,
    },
    Failures {
        target: Option<String>,
        phase: Option<Phase>,
        side: Side,
        limit: f64,
    },
    SlowerThan {
        baseline: PathBuf,
        /// By how much it may be, as a share of the earlier one.
        margin: f64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    P50,
    P90,
    P95,
    P99,
    P999,
    Mean,
}

impl Metric {
    /// The share of values that are no larger; `None` of the mean.
    pub fn quantile(self) -> Option<f64> {
        match self {
            Self::P50 => Some(0.5),
            Self::P90 => Some(0.9),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
            Self::P999 => Some(0.999),
            Self::Mean => None,
        }
    }

    pub fn name(self) -> &'static str {
        METRICS.iter().find(|(_, metric)| *metric == self).map_or("", |(name, _)| name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Above,
    Below,
}

impl FromStr for Gate {
    type Err = String;

    /// `[TARGET.][PHASE.]METRIC>TIME`, `[TARGET.][PHASE.]failures>PERCENT%`, the same with `<`, or `slower-than(FILE[, PERCENT%])`.
    fn from_str(text: &str) -> Result<Self, String> {
        let condition = match text.trim().strip_prefix("slower-than(") {
            Some(rest) => slower_than(rest),
            None => beyond(text),
        };
        match condition {
            Ok(condition) => Ok(Self { text: text.trim().to_owned(), condition }),
            Err(why) => Err(format!(
                "--fail-if {text:?}: {why}; write it like 'cold.p99>50ms' or 'slower-than(old.ndjson)'"
            )),
        }
    }
}

impl Condition {
    pub fn target(&self) -> Option<&String> {
        match self {
            Self::Beyond { target, .. } | Self::Failures { target, .. } => target.as_ref(),
            Self::SlowerThan { .. } => None,
        }
    }

    pub fn phase(&self) -> Option<Phase> {
        match self {
            Self::Beyond { phase, .. } | Self::Failures { phase, .. } => *phase,
            Self::SlowerThan { .. } => None,
        }
    }
}

fn beyond(text: &str) -> Result<Condition, String> {
    let at = text.rfind(['<', '>']).ok_or("it compares nothing with < or >")?;
    let (figure, limit) = (text[..at].trim(), text[at + 1..].trim());
    let (of, metric) = figure.rsplit_once('.').map_or((None, figure), |(of, metric)| (Some(of), metric));
    let (target, phase) = of.map_or((None, None), target_and_phase);
    if target.as_deref() == Some("") {
        return Err("there is nothing before its dot".into());
    }
    let side = if text[at..].starts_with('<') { Side::Below } else { Side::Above };
    if metric == FAILURES {
        let limit = share(limit).ok_or("its limit is no share of the requests, like 1%")?;
        return Ok(Condition::Failures { target, phase, side, limit });
    }
    let metric = METRICS.iter().find(|(name, _)| *name == metric).map(|(_, metric)| *metric);
    Ok(Condition::Beyond {
        target,
        phase,
        metric: metric.ok_or("its figure is none of p50, p90, p95, p99, p999, mean and failures")?,
        side,
        limit_us: time_us(limit).ok_or("its limit is no time in ns, us, ms or s")?,
    })
}

/// Names of targets may have dots.
fn target_and_phase(text: &str) -> (Option<String>, Option<Phase>) {
    let phase = |name: &str| PHASES.into_iter().find(|phase| phase.name() == name);
    match text.rsplit_once('.') {
        _ if phase(text).is_some() => (None, phase(text)),
        Some((target, last)) if phase(last).is_some() => (Some(target.to_owned()), phase(last)),
        _ => (Some(text.to_owned()), None),
    }
}

fn time_us(text: &str) -> Option<f64> {
    let number = text.trim_end_matches(char::is_alphabetic);
    let (_, factor) = UNITS.iter().find(|(unit, _)| *unit == &text[number.len()..])?;
    finite(number).map(|number| number * factor / 1e3)
}

fn share(limit: &str) -> Option<f64> {
    finite(limit.strip_suffix('%')?).filter(|percent| *percent <= 100.0).map(|percent| percent / 100.0)
}

fn slower_than(rest: &str) -> Result<Condition, String> {
    let inside = rest.trim_end().strip_suffix(')').ok_or("its bracket is not closed")?;
    let (file, margin) = match inside.rsplit_once(',') {
        Some((file, margin)) if margin.trim_end().ends_with('%') => {
            let percent = finite(margin.trim().trim_end_matches('%'));
            (file, percent.ok_or("its margin is no percentage")? / 100.0)
        }
        _ => (inside, 0.0),
    };
    match file.trim() {
        "" => Err("it names no file".into()),
        file => Ok(Condition::SlowerThan { baseline: file.into(), margin }),
    }
}

/// Not negative.
fn finite(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite() && number.is_sign_positive())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Condition {
        text.parse::<Gate>().unwrap().condition
    }

    fn above(target: Option<&str>, phase: Option<Phase>, metric: Metric, limit_us: f64) -> Condition {
        Condition::Beyond { target: target.map(Into::into), phase, metric, side: Side::Above, limit_us }
    }

    #[test]
    fn a_gate_names_a_figure_and_may_name_phase_and_target() {
        use Phase::{Cold, Load, Startup};
        assert_eq!(parsed("load.p99>1s"), above(None, Some(Load), Metric::P99, 1e6));
        assert_eq!(parsed("p99>50ms"), above(None, None, Metric::P99, 50_000.0));
        assert_eq!(parsed(" cold.p50 > 1.5 s "), above(None, Some(Cold), Metric::P50, 1_500_000.0));
        assert_eq!(parsed("b.cold.p999>7us"), above(Some("b"), Some(Cold), Metric::P999, 7.0));
        assert_eq!(parsed("preview 2.mean>9ns"), above(Some("preview 2"), None, Metric::Mean, 0.009));
        assert_eq!(parsed("v1.2.startup.p90>1µs"), above(Some("v1.2"), Some(Startup), Metric::P90, 1.0));
        assert_eq!(parsed("cold.cold.p95>1μs"), above(Some("cold"), Some(Cold), Metric::P95, 1.0));
        let Condition::Beyond { side, .. } = parsed("warm.p50<1ms") else { panic!() };
        assert_eq!(side, Side::Below);
    }

    #[test]
    fn a_gate_may_be_a_share_of_failures() {
        let failures = |target: Option<&str>, phase, limit| Condition::Failures {
            target: target.map(Into::into),
            phase,
            side: Side::Above,
            limit,
        };
        assert_eq!(parsed("failures>0%"), failures(None, None, 0.0));
        assert_eq!(parsed("b.load.failures > 1.5 %"), failures(Some("b"), Some(Phase::Load), 0.015));
    }

    #[test]
    fn a_gate_may_be_an_earlier_measurement() {
        let slower = |baseline: &str, margin| Condition::SlowerThan { baseline: baseline.into(), margin };
        assert_eq!(parsed("slower-than(old.ndjson)"), slower("old.ndjson", 0.0));
        assert_eq!(parsed("slower-than( a,b (1).ndjson , 5% )"), slower("a,b (1).ndjson", 0.05));
    }

    #[test]
    fn what_is_no_gate_is_refused_with_what_is_wrong_and_an_example() {
        for (text, why) in [
            ("", "compares nothing"),
            ("p99", "compares nothing"),
            ("p98>1ms", "none of p50"),
            (".p99>1ms", "nothing before its dot"),
            (".cold.p99>1ms", "nothing before its dot"),
            ("p99>50", "no time"),
            ("p99>=50ms", "no time"),
            ("p99>ms", "no time"),
            ("p99>-1ms", "no time"),
            ("p99>infs", "no time"),
            ("p99>1e999s", "no time"),
            ("p99>1m", "no time"),
            ("failures>1", "no share"),
            ("failures>101%", "no share"),
            ("failures>1ms", "no share"),
            ("slower-than()", "no file"),
            ("slower-than(x", "not closed"),
            ("slower-than(x, -5%)", "no percentage"),
        ] {
            let refused = text.parse::<Gate>().unwrap_err();
            assert!(refused.contains(why) && refused.contains("'cold.p99>50ms'"), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = text.parse::<Gate>();
        }

        #[test]
        fn nor_does_what_is_almost_a_gate(text in "[a-z.]{0,6}(p99|slower-than\\()[<>(]?.{0,4}[mµ0-9,%) ]{0,4}s?") {
            let _ = text.parse::<Gate>();
        }
    }
}
