//! How often times are said to rise or fall that do not.

use loadtest::stats;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::law::{Law, Lost, World};
use crate::parallel;
use crate::score::Score;

/// How often chance may show a trend. Whole pairs of rounds count, so that it is a little less often of few rounds.
const CHANCE: std::ops::RangeInclusive<f64> = 0.0007..=0.001;
/// From the first round to the last.
const DRIFT: f64 = 0.3;

#[derive(clap::Args)]
pub struct Args {
    /// Simulated measurements of each number of rounds
    #[arg(short = 'n', default_value_t = 100_000)]
    measurements: usize,
}

/// Whether the threshold is once in a thousand times, however many rounds there are.
pub fn run(args: &Args) -> bool {
    println!("{:>6} {:>12} {:>20}", "rounds", "false alarms", "found (30 % slower)");
    let mut good = true;
    for rounds in [10, 20, 50, 100, 200] {
        let [steady, drifting] = [0.0, DRIFT].map(|drift| told(rounds, drift, args.measurements));
        let share = 100.0 * steady.share();
        println!("{rounds:>6} {:>12} {drifting:>20}", format!("{share:.3} %"));
        good &= steady.is_at_most(*CHANCE.end()) && steady.is_at_least(*CHANCE.start());
    }
    good
}

/// How often a trend is told of so many rounds of one sample, of every law in turn.
fn told(rounds: usize, drift: f64, measurements: usize) -> Score {
    let seeds: Vec<usize> = (0..measurements).collect();
    let found = parallel::map(&seeds, |seed| {
        let law = Law::ALL[seed % Law::ALL.len()];
        let world = World { law, drift, of_round: 0.0, block: 1, samples: rounds, lost: Lost::None };
        let [samples, _] = world.measure(1.0, &mut ChaCha8Rng::seed_from_u64(*seed as u64));
        stats::trend(&samples).is_some()
    });
    let mut score = Score::default();
    found.into_iter().for_each(|found| score.count(Some(found)));
    score
}
