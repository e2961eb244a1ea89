//! How often a target is called faster or slower than itself.

use loadtest::stats;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::law::{Law, Lost, World};
use crate::parallel;
use crate::score::Score;
use crate::target::Native;
use crate::tool::Tool;

#[derive(clap::Args)]
pub struct Args {
    /// Simulated comparisons
    #[arg(long, default_value_t = 1000)]
    simulated: usize,
    /// Comparisons of a real server, the native one of this project
    #[arg(long, default_value_t = 100)]
    real: usize,
    #[command(flatten)]
    tool: Tool,
}

/// Whether a false verdict is as rare as it should be.
pub fn run(args: &Args) -> bool {
    let simulated = simulated(args.simulated);
    println!("simulated: {} of {} called different ({simulated})", simulated.held, simulated.claimed);
    let mut real = Score::default();
    if args.real > 0 {
        let server = Native::start();
        (0..args.real).for_each(|_| real.count(Some(is_called_different(&args.tool, server.url()))));
        println!("real:      {} of {} called different ({real})", real.held, real.claimed);
    }
    [simulated, real].iter().all(|score| score.is_at_most(0.05))
}

fn simulated(comparisons: usize) -> Score {
    let worlds: Vec<_> = (0..comparisons).map(world).collect();
    let mut score = Score::default();
    for different in parallel::map(&worlds, |(seed, world)| differs(*seed, world)) {
        score.count(different);
    }
    score
}

/// Cold and warm ones, of every law, drifting and not, with samples or rounds missing and not.
fn world(n: usize) -> (u64, World) {
    let (samples, block, of_round) = [(20, 1, 0.0), (100, 1, 0.0), (100, 5, 0.03), (1000, 20, 0.03)][n % 4];
    let (law, drift) = (Law::ALL[n / 4 % 3], [0.0, 0.1, 0.5][n / 12 % 3]);
    let lost = [Lost::None, Lost::Samples(0.02), Lost::Rounds(0.1)][n / 36 % 3];
    (n as u64, World { law, drift, of_round, block, samples, lost })
}

fn differs(seed: u64, world: &World) -> Option<bool> {
    let [one, other] = world.measure(1.0, &mut ChaCha8Rng::seed_from_u64(seed));
    stats::median_ratio(&one, &other, seed).map(|ratio| ratio.is_a_difference(ratio.p_value))
}

/// In a comparison of a URL with itself.
pub fn is_called_different(tool: &Tool, url: &str) -> bool {
    let report = tool.report(&format!("compare a={url} b={url} --warm -n 1000"));
    matches!(report["comparisons"][0]["verdict"].as_str(), Some("faster" | "slower"))
}
