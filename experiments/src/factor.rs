//! Whether the ratio of two servers that differ by a known factor comes out as that, or as a bound on its right side.

use std::time::Duration;

use crate::server::{self, Server};
use crate::tool::Tool;

/// How long the quicker server works for a response. Client overhead is a small part of the one, and a large part of the other.
const WORK: [Duration; 2] = [Duration::from_millis(1), Duration::from_micros(100)];
const FACTORS: [f64; 3] = [1.5, 2.0, 4.0];
/// A ratio that is no bound may be off by this share.
const SHARE: f64 = 0.05;

#[derive(clap::Args)]
pub struct Args {
    /// Comparisons of each pair
    #[arg(short = 'n', default_value_t = 3)]
    comparisons: usize,
    #[command(flatten)]
    tool: Tool,
}

/// Whether every ratio is right.
pub fn run(args: &Args) -> bool {
    println!("{:>10} {:>7} {:>8}  ratios of warm medians", "work, µs", "factor", "right");
    let pairs = WORK.into_iter().flat_map(|work| FACTORS.map(|factor| (work, factor)));
    let right: Vec<bool> = pairs.map(|(work, factor)| compare(args, work, factor)).collect();
    right.into_iter().all(|right| right)
}

fn compare(args: &Args, work: Duration, factor: f64) -> bool {
    let working = |work: Duration| {
        Server::start(move |_| {
            server::wait(work);
            String::new()
        })
    };
    let (quick, slow) = (working(work), working(work.mul_f64(factor)));
    let (mut right, mut told) = (0, Vec::new());
    for _ in 0..args.comparisons {
        let targets = format!("compare quick={} slow={} --warm", quick.url(), slow.url());
        let comparison = args.tool.report(&targets)["comparisons"][0].clone();
        let ratio = comparison["ratio_p50"].as_f64().expect("1,000 samples are compared");
        let is_bound = comparison["bound"] == "at least" && ratio <= factor;
        right += usize::from(is_bound || (ratio / factor - 1.0).abs() <= SHARE);
        told.push(format!("{}{ratio:.3}", if is_bound { "≥ " } else { "" }));
    }
    let n = args.comparisons;
    println!("{:>10} {factor:>7} {:>8}  {}", work.as_micros(), format!("{right}/{n}"), told.join(", "));
    right == n
}
