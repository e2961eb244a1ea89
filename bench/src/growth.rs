//! How cost grows: the slope of a line through the logarithms, of each round, and their mean. Pure but for what is measured.

use std::collections::{BTreeMap, BTreeSet};

use loadtest::stats::{self, Observation};

use crate::client::Client;
use crate::goals::Source;
use crate::rounds::Taken;
use crate::site::{App, By, Site};
use crate::table::number;
use crate::turn::{Figure, Turn};
use crate::verdict::{self, Observed};

/// A slope so near to 0 is none.
const FLAT: f64 = 0.1;

/// How one thing grows with another.
pub struct Curve {
    /// What grows.
    pub what: &'static str,
    /// With what.
    pub with: &'static str,
    /// Where it is looked at.
    pub points: Vec<(u32, Source)>,
    /// Where it ends.
    pub limit: &'static str,
}

/// All of them.
pub fn curves() -> Vec<Curve> {
    let client =
        |c: u32, figure| (c, (Turn::Client(Client::Loadtest, u16::try_from(c).unwrap_or(u16::MAX)), figure));
    let connections = |figure| [1, 4, 16, 64, 256, 1000].map(|c| client(c, figure)).to_vec();
    let host = |c: u32| {
        let turn = Turn::Load(Site(By::Host, App::Preview2), u16::try_from(c).unwrap_or(u16::MAX));
        (c, (turn, Figure::Throughput))
    };
    let rate = |rate: u32| (rate, (Turn::Rate(rate), Figure::Busy));
    let warm = |figure| [1000, 4000, 16_000].map(|n| (n, (Turn::Warm(n), figure))).to_vec();
    let report = |figure| [10_000, 100_000, 1_000_000].map(|n| (n, (Turn::Report(n), figure))).to_vec();
    let files = "the files a process may open (`ulimit -n`), then 60,000 connections";
    let disk = "the disk, for what is recorded";
    vec![
        Curve {
            what: "client CPU per request",
            with: "connections",
            points: connections(Figure::Cpu),
            limit: files,
        },
        Curve { what: "client memory", with: "connections", points: connections(Figure::Peak), limit: files },
        Curve {
            what: "client's share of its threads",
            with: "rate",
            points: [2000, 5000, 10_000, 20_000].map(rate).to_vec(),
            limit: "one core for each thread of the client: the report says when it was exhausted",
        },
        Curve {
            what: "host's throughput, preview 2",
            with: "instances at a time",
            points: [1, 4, 16, 64, 256].map(host).to_vec(),
            limit: "500 requests in flight (`max_concurrent_requests`), then 503",
        },
        Curve {
            what: "`loadtest --warm`, time",
            with: "samples",
            points: warm(Figure::Took),
            limit: "patience",
        },
        Curve {
            what: "`loadtest --warm`, memory",
            with: "samples",
            points: warm(Figure::Peak),
            limit: "memory: each sample is kept",
        },
        Curve {
            what: "`report`, time",
            with: "recorded requests",
            points: report(Figure::Took),
            limit: disk,
        },
        Curve {
            what: "`report`, memory",
            with: "recorded requests",
            points: report(Figure::Peak),
            limit: disk,
        },
    ]
}

/// What has to be measured for them.
pub fn turns(curves: &[Curve]) -> BTreeSet<Turn> {
    curves.iter().flat_map(|curve| &curve.points).map(|(_, (turn, _))| *turn).collect()
}

/// A row of Markdown for each.
pub fn table(curves: &[Curve], taken: &Taken, seed: u64) -> String {
    let mut lines = vec![
        "| what | with | from | to | slope (log-log) | 95 % interval | | limit |".to_owned(),
        "|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(curves.iter().map(|curve| curve.row(taken, seed)));
    lines.join("\n") + "\n"
}

impl Curve {
    fn row(&self, taken: &Taken, seed: u64) -> String {
        let why =
            self.points.iter().find_map(|(_, (turn, _))| taken.missing.get(turn).or(taken.failed.get(turn)));
        let told = match (why, self.slope(&taken.observed, seed)) {
            (Some(why), _) => format!("– | – | {}", why.replace(['\n', '|'], " ")),
            (None, None) => "– | – | too little was measured".into(),
            (None, Some((slope, None))) => format!("{} | too few rounds | undecided", number(slope)),
            (None, Some((slope, Some([low, high])))) => {
                format!("{} | {} to {} | {}", number(slope), number(low), number(high), words([low, high]))
            }
        };
        let end = |point: Option<&(u32, Source)>| {
            let Some((x, source)) = point else { return "–".to_owned() };
            let value = taken.observed.get(source).and_then(|values| verdict::median(values));
            value.map_or_else(|| "–".into(), |value| format!("{x}: {} {}", number(value), unit(source.1)))
        };
        let (first, last) = (end(self.points.first()), end(self.points.last()));
        format!("| {} | {} | {first} | {last} | {told} | {} |", self.what, self.with, self.limit)
    }

    /// The mean of the slopes of rounds in which every point was measured, and its interval.
    fn slope(&self, observed: &Observed, seed: u64) -> Option<(f64, Option<[f64; 2]>)> {
        let mut rounds: BTreeMap<u32, Vec<(f64, f64)>> = BTreeMap::new();
        for (x, source) in &self.points {
            for (round, value) in verdict::medians(observed.get(source)?) {
                rounds.entry(round).or_default().push((f64::from(*x), value));
            }
        }
        let whole = rounds.into_iter().filter(|(_, points)| points.len() == self.points.len());
        let slopes: Vec<_> =
            whole.filter_map(|(round, points)| Some(Observation { value: slope(&points)?, round })).collect();
        Some((stats::mean(&slopes)?, stats::mean_interval(&slopes, seed)))
    }
}

/// Of a line through the logarithms, by least squares; `None` where there is none.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let logs: Vec<_> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let n = logs.len() as f64;
    let (mean_x, mean_y) = logs.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let (xy, xx) = logs
        .iter()
        .fold((0.0, 0.0), |(xy, xx), (x, y)| (xy + (x - mean_x) * (y - mean_y), xx + (x - mean_x).powi(2)));
    Some(xy / xx).filter(|slope| slope.is_finite())
}

/// What a slope means, where its whole interval means the same.
fn words([low, high]: [f64; 2]) -> &'static str {
    match () {
        () if low > -FLAT && high < FLAT => "stays the same",
        () if high < 0.0 => "shrinks",
        () if low > 1.0 + FLAT => "faster than in proportion",
        () if low > 1.0 - FLAT => "in proportion",
        () if low > 0.0 && high < 1.0 => "slower than in proportion",
        () => "undecided",
    }
}

fn unit(figure: Figure) -> &'static str {
    match figure {
        Figure::Throughput => "/s",
        Figure::Median | Figure::Cpu => "µs",
        Figure::Tail | Figure::Took => "ms",
        Figure::Busy | Figure::Late => "%",
        Figure::Peak => "MB",
        Figure::Size => "KB",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve() -> Curve {
        let points = [1000, 4000, 16_000].map(|n| (n, (Turn::Warm(n), Figure::Took))).to_vec();
        Curve { what: "time", with: "samples", points, limit: "patience" }
    }

    fn grown(exponent: f64, rounds: u32) -> Taken {
        let mut taken = Taken::default();
        for (x, source) in curve().points {
            let value = |round: u32| f64::from(x).powf(exponent) * (1.0 + f64::from(round % 3) / 10.0);
            let values = (0..rounds).map(|round| Observation { value: value(round), round });
            taken.observed.insert(source, values.collect());
        }
        taken
    }

    #[test]
    fn the_slope_is_the_exponent_whatever_a_round_is_like() {
        for exponent in [0.0, 0.5, 1.0, 2.0] {
            let (slope, interval) = curve().slope(&grown(exponent, 12).observed, 1).unwrap();
            assert!((slope - exponent).abs() < 1e-9 && interval.is_some(), "{exponent}: {slope}");
        }
    }

    #[test]
    fn a_round_without_one_of_its_points_has_no_slope() {
        let mut taken = grown(1.0, 1);
        taken.observed.remove(&curve().points[1].1);
        assert_eq!(curve().slope(&taken.observed, 1), None);
        taken.observed.insert(curve().points[1].1, vec![Observation { value: 1.0, round: 7 }]);
        assert_eq!(curve().slope(&taken.observed, 1), None);
    }

    #[test]
    fn what_a_slope_means_is_said_only_where_its_interval_agrees() {
        assert_eq!(words([-0.05, 0.05]), "stays the same");
        assert_eq!(words([0.95, 1.02]), "in proportion");
        assert_eq!(words([0.3, 0.6]), "slower than in proportion");
        assert_eq!(words([1.5, 2.0]), "faster than in proportion");
        assert_eq!(words([-0.5, 0.5]), "undecided");
    }

    #[test]
    fn a_row_names_ends_slope_and_limit() {
        let table = table(&[curve()], &grown(1.0, 12), 1);
        assert!(table.contains("| time | samples | 1000: 1100 ms | 16000: 17600 ms | 1.00 |"), "{table}");
        assert!(table.ends_with("| in proportion | patience |\n"), "{table}");
    }
}
