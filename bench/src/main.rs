//! Holds the project against its peers, in ratios, and against itself, in counts.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use loadtest::error::Error;
use loadtest::interrupt;
use loadtest::load::pacer::{Pace, Until};

use bench::machine::Machine;
use bench::rounds::Taken;
use bench::setting::Setting;
use bench::turn::Turn;
use bench::{counts, goals, growth, load, results, rounds, table};

/// So many rounds, and medians of values that come once a round have an interval.
const ROUNDS: u32 = 20;
/// So many rounds, and their mean has one.
const ROUNDS_OF_GROWTH: u32 = 10;

/// Holds the project against its peers, in ratios, and against itself, in counts.
///
/// What is measured in enough rounds and in whole is written into bench/RESULTS.md.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    measure: Measure,
}

#[derive(clap::Args)]
struct Measure {
    /// Only what has this in its name; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Rounds, in each of which everything takes its turn [default: 20; 10 of growth]
    #[arg(short = 'n', value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Seed of the order within rounds, and of intervals [default: drawn, and told]
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Subcommand)]
enum Command {
    /// How cost grows with connections, rate, instances, samples and the size of what is reported
    Growth(Measure),
    /// Counts that do not depend on the machine's mood, against those in bench/counts.json
    Counts {
        /// Keep them as those that others are held against
        #[arg(long)]
        accept: bool,
    },
    /// What `loadtest load` does over one connection, but for its report: what that takes depends on what was met
    #[command(hide = true)]
    Ask { url: String, requests: u64 },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("bench: {e}");
            e.exit_code()
        }
    }
}

async fn run(cli: Cli) -> Result<bool, Error> {
    match cli.command {
        Some(Command::Counts { accept }) => counts::run(accept, &interrupt::token()).await,
        Some(Command::Ask { url, requests }) => {
            let pace = Pace { rate: None, until: Until::Sent(requests) };
            load::run(&url, 1, pace).await.map(|_| true)
        }
        Some(Command::Growth(args)) => growth(&args).await.map(|()| true),
        None => goals(&cli.measure).await.map(|()| true),
    }
}

async fn goals(args: &Measure) -> Result<(), Error> {
    let goals = goals::all().into_iter().filter(|goal| args.asks_for(&goal.what)).collect::<Vec<_>>();
    let turns = goals.iter().flat_map(|goal| goal.how.sources()).map(|(turn, _)| turn).collect();
    let table = |taken: &Taken, seed| table::goals(&goals, taken, seed);
    args.measure("Goals", &turns, ROUNDS, table).await
}

async fn growth(args: &Measure) -> Result<(), Error> {
    let named = |curve: &growth::Curve| args.asks_for(&format!("{} {}", curve.what, curve.with));
    let curves = growth::curves().into_iter().filter(named).collect::<Vec<_>>();
    let table = |taken: &Taken, seed| growth::table(&curves, taken, seed);
    args.measure("Growth", &growth::turns(&curves), ROUNDS_OF_GROWTH, table).await
}

impl Measure {
    fn asks_for(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.contains(only))
    }

    /// Takes all turns, prints the table of them, and keeps it where it is whole.
    async fn measure(
        &self,
        heading: &str,
        turns: &BTreeSet<Turn>,
        enough: u32,
        table: impl Fn(&Taken, u64) -> String,
    ) -> Result<(), Error> {
        if turns.is_empty() {
            return Err(Error::Usage(format!("nothing has {:?} in its name: leave --only out", self.only)));
        }
        let cancel = interrupt::token();
        let (rounds, seed) = (self.rounds.unwrap_or(enough), self.seed.unwrap_or_else(rand::random));
        let machine = Machine::before();
        let measuring = async {
            let building = cancel.run_until_cancelled(Setting::of(turns));
            let setting = building.await.ok_or(Error::Interrupted)??;
            let taken = rounds::take(turns, rounds, seed, &setting, &cancel).await;
            let about = machine.told(&setting, seed, rounds);
            Ok::<_, Error>((format!("{about}\n{}", table(&taken, seed)), taken.interrupted))
        };
        let (text, interrupted) = measuring.await?;
        println!("{text}");
        if interrupted {
            return Err(Error::Interrupted);
        }
        if self.only.is_empty() && rounds >= enough {
            results::keep(heading, &text)?;
        }
        Ok(())
    }
}
