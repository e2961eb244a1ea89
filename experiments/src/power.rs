//! How often a true difference of 5 % is found.

use std::hint;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::score::Score;
use crate::server::Server;
use crate::tool::Tool;

/// How long the quicker of two servers works, besides what the sockets take.
const WORK: Duration = Duration::from_micros(100);
const SLOWER: f64 = 1.05;

#[derive(clap::Args)]
pub struct Args {
    /// Comparisons
    #[arg(short = 'n', default_value_t = 40)]
    comparisons: usize,
    #[command(flatten)]
    tool: Tool,
}

/// Whether nearly every comparison finds it, within two minutes.
pub fn run(args: &Args) -> bool {
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
