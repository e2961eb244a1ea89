//! How often a true difference of 5 % is found.

use std::hint;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use loadtest::stats::{self, Observation};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::law::{Law, Lost, World};
use crate::parallel;
use crate::score::Score;
use crate::server::Server;
use crate::tool::Tool;

/// How long the quicker of two servers works, besides what the sockets take.
const WORK: Duration = Duration::from_micros(100);
const SLOWER: f64 = 1.05;

#[derive(clap::Args)]
pub struct Args {
    /// Simulated comparisons of 20 rounds of 5 samples, each also with one sample missing
    #[arg(long, default_value_t = 1000)]
    simulated: usize,
    /// Comparisons of two real servers
    #[arg(short = 'n', default_value_t = 40)]
    comparisons: usize,
    #[command(flatten)]
    tool: Tool,
}

/// Whether nearly every comparison finds it, within two minutes, and a missing sample hides none.
pub fn run(args: &Args) -> bool {
    let [complete, one_missing] = simulated(args.simulated);
    println!("simulated, 20 rounds of 5: found in {complete}, and in {one_missing} with one sample missing");
    let holds = args.simulated == 0 || one_missing.share() > complete.share() - 0.05;
    holds && (args.comparisons == 0 || real(args))
}

fn real(args: &Args) -> bool {
    let (quick, slow) = (working(), working());
    quick.1.store(WORK.as_nanos() as u64, Ordering::Relaxed);
    let report = args.tool.report(&format!("--url {} --warm -n 2000", quick.0.url()));
    let median_us =
        report["targets"][0]["phases"][0]["latency_us"]["p50"].as_f64().expect("2,000 samples have a median");
    let more = (median_us * (SLOWER - 1.0) * 1000.0) as u64;
    slow.1.store(WORK.as_nanos() as u64 + more, Ordering::Relaxed);
    println!(
        "one answers in {median_us:.0} µs (median), the other works {:.1} µs longer",
        more as f64 / 1000.0
    );
    let (mut score, mut longest) = (Score::default(), Duration::ZERO);
    for _ in 0..args.comparisons {
        let begun = Instant::now();
        let report =
            args.tool.report(&format!("compare quick={} slow={} --warm", quick.0.url(), slow.0.url()));
        longest = longest.max(begun.elapsed());
        score.count(Some(report["comparisons"][0]["verdict"] == "slower"));
    }
    println!("found in {} of {} ({score}), each within {longest:.1?}", score.held, score.claimed);
    score.share() >= 0.95 && longest < Duration::from_secs(120)
}

/// How often it is found with all samples, and with one missing, while a machine slows down to half.
fn simulated(comparisons: usize) -> [Score; 2] {
    let world =
        World { law: Law::Normal, drift: 1.0, of_round: 0.0, block: 5, samples: 100, lost: Lost::None };
    let seeds: Vec<u64> = (0..comparisons as u64).collect();
    let found = parallel::map(&seeds, |seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(*seed);
        let [quick, mut slow] = world.measure(SLOWER, &mut rng);
        let is_found = |slow: &[Observation]| {
            stats::median_ratio(&quick, slow, *seed)
                .map(|ratio| ratio.ratio > 1.0 && ratio.is_a_difference(ratio.p_value))
        };
        let complete = is_found(&slow);
        slow.remove(rng.random_range(0..slow.len()));
        [complete, is_found(&slow)]
    });
    let mut scores = [Score::default(); 2];
    for both in found {
        scores.iter_mut().zip(both).for_each(|(score, found)| score.count(found));
    }
    scores
}

/// A server, and how many nanoseconds it works for an answer.
fn working() -> (Server, Arc<AtomicU64>) {
    let work = Arc::new(AtomicU64::new(0));
    let shared = work.clone();
    let server = Server::start(move |_| {
        let end = Instant::now() + Duration::from_nanos(shared.load(Ordering::Relaxed));
        while Instant::now() < end {
            hint::spin_loop();
        }
        String::new()
    });
    (server, work)
}
