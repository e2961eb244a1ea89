//! Whether the embedded host orders packagings as Spin does.
//!
//! Both hosts serve the same files. In every round each of them starts afresh for each packaging, in drawn order. For each pair of
//! packagings, the ratio of medians in Spin stands beside that in the embedded host.

use std::collections::BTreeSet;

use bench::machine::Machine;
use bench::rounds::{self, Taken};
use bench::setting::Setting;
use bench::site::{App, By, Site};
use bench::turn::{Figure, Turn};
use loadtest::error::Error;
use loadtest::interrupt;
use loadtest::stats::{self, Ratio};

/// Where the embedded host's ratio may differ from Spin's, at the most.
const GOAL: f64 = 0.15;

/// What is compared within one host: the application, and "hello" as the SDKs' templates write it.
const GROUPS: [[(App, &str); 3]; 2] = [
    [(App::Wagi, "WAGI"), (App::Preview2, "preview 2"), (App::Preview3, "preview 3")],
    [(App::HelloWagi, "hello WAGI"), (App::Hello2, "hello preview 2"), (App::Hello3, "hello preview 3")],
];
/// Each candidate and its baseline, by their places in a group.
const PAIRS: [(usize, usize); 3] = [(1, 0), (2, 0), (2, 1)];

#[derive(clap::Args)]
pub struct Args {
    /// Rounds
    #[arg(short = 'n', default_value_t = 20)]
    rounds: u32,
    /// Seed of the order within rounds, and of intervals [default: drawn, and told]
    #[arg(long)]
    seed: Option<u64>,
    /// Leave out the "hello" of the SDKs
    #[arg(long)]
    app_only: bool,
}

/// A figure by which packagings are compared.
#[derive(Clone, Copy)]
struct Measure {
    name: &'static str,
    turn: fn(Site) -> Turn,
    figure: Figure,
    /// More is better, as of throughput.
    more_is_faster: bool,
}

const MEASURES: [Measure; 4] = [
    Measure { name: "start-up", turn: Turn::Start, figure: Figure::Took, more_is_faster: false },
    Measure { name: "cold", turn: Turn::ColdRequest, figure: Figure::Median, more_is_faster: false },
    Measure {
        name: "warm, c=1",
        turn: |site| Turn::Load(site, 1),
        figure: Figure::Median,
        more_is_faster: false,
    },
    Measure {
        name: "throughput, c=32",
        turn: |site| Turn::Load(site, 32),
        figure: Figure::Throughput,
        more_is_faster: true,
    },
];

/// Whether no pair of packagings has opposite verdicts in the two hosts.
pub fn run(args: &Args) -> bool {
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    match runtime.block_on(measure(args)) {
        Ok(rows) => {
            let opposite = rows.iter().filter(|row| row.is_opposite()).count();
            let far = rows.iter().filter(|row| row.difference().is_some_and(|by| by.abs() > GOAL)).count();
            println!(
                "\n{opposite} of {} pairs have opposite verdicts; {far} ratios are more than {:.0} % from Spin's",
                rows.len(),
                100.0 * GOAL
            );
            opposite == 0 && rows.iter().all(|row| row.spin.is_some() && row.host.is_some())
        }
        Err(e) => {
            eprintln!("fidelity: {e}");
            false
        }
    }
}

async fn measure(args: &Args) -> Result<Vec<Row>, Error> {
    let groups = &GROUPS[..if args.app_only { 1 } else { GROUPS.len() }];
    let apps = groups.iter().flatten().map(|(app, _)| *app);
    let sites = apps.flat_map(|app| [By::Spin, By::Host].map(|by| Site(by, app)));
    let turns: BTreeSet<Turn> = sites.flat_map(|site| MEASURES.map(|measure| (measure.turn)(site))).collect();
    let seed = args.seed.unwrap_or_else(rand::random);
    let machine = Machine::before();
    let setting = Setting::of(&turns).await?;
    if let Some(why) = turns.iter().find_map(|turn| setting.missing(turn)) {
        return Err(Error::Usage(why));
    }
    let taken = rounds::take(&turns, args.rounds, seed, &setting, &interrupt::token()).await;
    if taken.interrupted {
        return Err(Error::Interrupted);
    }
    print!("{}", machine.told(&setting, seed, args.rounds));
    for group in groups {
        println!("\n{}", medians(group, &taken));
    }
    let rows = rows(groups, &taken, seed);
    println!("{}", table(&rows));
    for (turn, why) in &taken.failed {
        println!("failed: {turn:?}: {why}");
    }
    Ok(rows)
}

/// A pair of packagings by one measure.
struct Row {
    what: String,
    /// Candidate over baseline; `None` where a host has too few samples.
    spin: Option<Compared>,
    host: Option<Compared>,
}

/// A ratio with its verdict.
struct Compared {
    ratio: Ratio,
    verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Faster,
    Slower,
    NoneShown,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::NoneShown => "no difference shown",
        }
    }
}

impl Row {
    fn is_opposite(&self) -> bool {
        let verdicts = [&self.spin, &self.host].map(|side| side.as_ref().map(|side| side.verdict));
        verdicts == [Some(Verdict::Faster), Some(Verdict::Slower)]
            || verdicts == [Some(Verdict::Slower), Some(Verdict::Faster)]
    }

    /// By which share the embedded host's ratio is larger than Spin's.
    fn difference(&self) -> Option<f64> {
        Some(self.host.as_ref()?.ratio.ratio / self.spin.as_ref()?.ratio.ratio - 1.0)
    }
}

/// All pairs by all measures. P-values are corrected for the number of comparisons in one host.
fn rows(groups: &[[(App, &str); 3]], taken: &Taken, seed: u64) -> Vec<Row> {
    let mut keys = Vec::new();
    for measure in MEASURES {
        for group in groups {
            keys.extend(PAIRS.map(|(candidate, baseline)| (measure, group[candidate], group[baseline])));
        }
    }
    let [spin, host] = [By::Spin, By::Host].map(|by| {
        let ratio = |(measure, candidate, baseline): &(Measure, (App, &str), (App, &str))| {
            let of = |app| taken.observed.get(&((measure.turn)(Site(by, app)), measure.figure));
            stats::median_ratio(of(baseline.0)?, of(candidate.0)?, seed)
        };
        verdicts(
            keys.iter().map(ratio).collect(),
            &keys.iter().map(|key| key.0.more_is_faster).collect::<Vec<_>>(),
        )
    });
    let what = |(measure, candidate, baseline): &(Measure, (App, &str), (App, &str))| {
        format!("{}: {} / {}", measure.name, candidate.1, baseline.1)
    };
    let sides = spin.into_iter().zip(host);
    keys.iter().zip(sides).map(|(key, (spin, host))| Row { what: what(key), spin, host }).collect()
}

fn verdicts(ratios: Vec<Option<Ratio>>, more_is_faster: &[bool]) -> Vec<Option<Compared>> {
    let p_values: Vec<f64> = ratios.iter().flatten().map(|ratio| ratio.p_value).collect();
    let mut corrected = stats::holm(&p_values).into_iter();
    let verdict = |(ratio, more_is_faster): (Option<Ratio>, &bool)| {
        let ratio = ratio?;
        let differs = ratio.is_a_difference(corrected.next()?);
        let verdict = match (differs, (ratio.ratio > 1.0) == *more_is_faster) {
            (false, _) => Verdict::NoneShown,
            (true, true) => Verdict::Faster,
            (true, false) => Verdict::Slower,
        };
        Some(Compared { ratio, verdict })
    };
    ratios.into_iter().zip(more_is_faster).map(verdict).collect()
}

fn table(rows: &[Row]) -> String {
    let head = "| measure and pair | Spin | | embedded host | | differs by | order |\n|---|---|---|---|---|---|---|\n";
    let side = |side: &Option<Compared>| match side {
        Some(Compared { ratio, verdict }) => {
            let [low, high] = ratio.interval;
            format!("{:.2} ({low:.2}–{high:.2}) | {}", ratio.ratio, verdict.name())
        }
        None => "– | too few samples".into(),
    };
    let row = |row: &Row| {
        let by = row.difference().map_or_else(|| "–".into(), |by| format!("{:+.0} %", 100.0 * by));
        let order = if row.is_opposite() { "**opposite**" } else { "not opposite" };
        format!("| {} | {} | {} | {by} | {order} |\n", row.what, side(&row.spin), side(&row.host))
    };
    std::iter::once(head.to_owned()).chain(rows.iter().map(row)).collect()
}

/// The medians behind the ratios, so that a reader can see how the hosts themselves compare.
fn medians(group: &[(App, &str)], taken: &Taken) -> String {
    let mut lines = vec![
        "| packaging | host | start-up, ms | cold, µs | warm, µs | throughput, /s |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    for (app, name) in group {
        for (by, host) in [(By::Spin, "Spin"), (By::Host, "embedded")] {
            let median = |measure: Measure| {
                let observed = taken.observed.get(&((measure.turn)(Site(by, *app)), measure.figure));
                let median = observed.and_then(|observed| bench::verdict::median(observed));
                median.map_or_else(|| "–".into(), bench::table::number)
            };
            lines.push(format!("| {name} | {host} | {} |", MEASURES.map(median).join(" | ")));
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(ratio: f64) -> Option<Ratio> {
        Some(Ratio { ratio, interval: [ratio * 0.95, ratio * 1.05], p_value: 0.0001 })
    }

    fn row(spin: f64, host: f64) -> Row {
        let of = |of| verdicts(vec![ratio(of)], &[false]).pop().flatten();
        Row { what: "warm, c=1: b / a".into(), spin: of(spin), host: of(host) }
    }

    #[test]
    fn only_faster_against_slower_is_opposite() {
        assert!(row(0.8, 1.2).is_opposite() && row(1.2, 0.8).is_opposite());
        assert!(!row(0.8, 0.9).is_opposite() && !row(0.8, 1.0).is_opposite());
    }

    #[test]
    fn more_throughput_is_faster() {
        let of = |of, more| verdicts(vec![ratio(of)], &[more]).pop().flatten().unwrap().verdict;
        assert_eq!([of(1.3, true), of(1.3, false)], [Verdict::Faster, Verdict::Slower]);
        assert_eq!(of(1.0, true), Verdict::NoneShown);
    }

    #[test]
    fn a_row_tells_both_ratios_and_by_how_much_they_differ() {
        let table = table(&[row(0.8, 1.2)]);
        let last = table.lines().last().unwrap();
        assert_eq!(
            last,
            "| warm, c=1: b / a | 0.80 (0.76–0.84) | faster | 1.20 (1.14–1.26) | slower | +50 % | **opposite** |"
        );
    }
}
