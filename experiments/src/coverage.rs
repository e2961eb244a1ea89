//! How often the 95 % intervals hold the truth.

use loadtest::stats;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::law::{Law, Lost, World};
use crate::parallel;
use crate::score::Score;

/// How often an interval of 95 % should hold the truth: discrete ranks make it hold a little more often.
const GOOD: std::ops::RangeInclusive<f64> = 0.93..=0.975;
const RATIO: f64 = 1.05;

#[derive(clap::Args)]
pub struct Args {
    /// Simulated measurements of each kind
    #[arg(short = 'n', default_value_t = 2000)]
    measurements: usize,
}

/// Whether every interval that is claimed holds as often as it should.
pub fn run(args: &Args) -> bool {
    println!(
        "{:10} {:>6} {:>6} {:>8} {:>6} {:>12} {:>9} {:>9} {:>9} {:>9}",
        "law", "drift", "rounds", "of round", "n", "lost", "p50", "p99", "mean", "ratio"
    );
    let mut good = true;
    let worlds: Vec<_> = worlds().collect();
    for (world, scores) in worlds.iter().zip(parallel::map(&worlds, |world| play(world, args.measurements))) {
        let [p50, p99, mean, ratio] = scores;
        println!(
            "{:10} {:>5.0}% {:>6} {:>7}% {:>6} {:>12} {p50:>9} {p99:>9} {mean:>9} {ratio:>9}",
            format!("{:?}", world.law),
            world.drift * 100.0,
            world.samples / world.block,
            world.of_round * 100.0,
            world.samples,
            lost(world.lost)
        );
        let claimed = [p50, p99, ratio].into_iter().filter(|score| score.claimed > 0);
        good &= claimed.into_iter().all(|score| GOOD.contains(&score.share()));
    }
    println!(
        "{} of intervals that are claimed hold the truth in 93 to 97.5 %",
        if good { "all kinds" } else { "not all kinds" }
    );
    good
}

fn worlds() -> impl Iterator<Item = World> {
    let complete = [
        (6, 1, 0.0),
        (20, 1, 0.0),
        (100, 1, 0.0),
        (400, 1, 0.0),
        (1000, 1, 0.0),
        (100, 5, 0.03),
        (400, 20, 0.03),
        (1000, 20, 0.0),
        (1000, 20, 0.03),
    ];
    let complete = complete.map(|(samples, block, of_round)| (samples, block, of_round, Lost::None));
    let lossy = [
        (100, 5, 0.03, Lost::Samples(0.02)),
        (100, 5, 0.03, Lost::Rounds(0.1)),
        (1000, 20, 0.03, Lost::Rounds(0.1)),
    ];
    let shapes = complete.into_iter().chain(lossy);
    let laws = Law::ALL.into_iter().flat_map(|law| [0.0, 0.1].map(|drift| (law, drift)));
    laws.flat_map(move |(law, drift)| {
        shapes.clone().map(move |(samples, block, of_round, lost)| World {
            law,
            drift,
            of_round,
            block,
            samples,
            lost,
        })
    })
}

fn lost(lost: Lost) -> String {
    match lost {
        Lost::None => "–".into(),
        Lost::Samples(share) => format!("{:.0} % samples", share * 100.0),
        Lost::Rounds(share) => format!("{:.0} % rounds", share * 100.0),
    }
}

fn play(world: &World, measurements: usize) -> [Score; 4] {
    let truth = world.truth();
    let mut scores = [Score::default(); 4];
    let mut rng = ChaCha8Rng::seed_from_u64(world.samples as u64);
    for seed in 0..measurements as u64 {
        let [baseline, candidate] = world.measure(RATIO, &mut rng);
        let sorted = stats::sorted(baseline.clone());
        let holds = |interval: Option<[f64; 2]>, truth: f64| {
            interval.map(|[low, high]| low <= truth && truth <= high)
        };
        scores[0].count(holds(stats::percentile_interval(&sorted, 0.5), truth[0]));
        scores[1].count(holds(stats::percentile_interval(&sorted, 0.99), truth[1]));
        scores[2].count(holds(stats::mean_interval(&sorted, seed), truth[2]));
        let ratio = stats::median_ratio(&baseline, &candidate, seed);
        scores[3].count(holds(ratio.map(|r| r.interval), RATIO));
    }
    scores
}
