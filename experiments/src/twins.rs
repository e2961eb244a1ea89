//! How far two processes of one program seem to differ, each pair started anew.

use crate::target::Native;
use crate::tool::Tool;

/// A median that is so many times its twin's is of where the system keeps the two, not of what they are.
const FAR: f64 = 1.25;

#[derive(clap::Args)]
pub struct Args {
    /// Pairs
    #[arg(short = 'n', default_value_t = 40)]
    pairs: usize,
    #[command(flatten)]
    tool: Tool,
}

/// Whether no process was called different by that much.
pub fn run(args: &Args) -> bool {
    let pairs: Vec<_> = (0..args.pairs).map(|_| compare(&args.tool)).collect();
    let different: Vec<f64> =
        pairs.iter().filter(|(_, different)| *different).map(|(ratio, _)| *ratio).collect();
    let least = pairs.iter().map(|(ratio, _)| *ratio).fold(f64::INFINITY, f64::min);
    let most = pairs.iter().map(|(ratio, _)| *ratio).fold(0.0, f64::max);
    let far = different.iter().filter(|ratio| **ratio > FAR || **ratio < FAR.recip()).count();
    println!(
        "{} of {} pairs called different, {far} of them by more than a quarter; ratios from {least:.2} to {most:.2}",
        different.len(),
        args.pairs
    );
    far == 0
}

/// The ratio of a pair that was just started, and whether it is called a difference.
fn compare(tool: &Tool) -> (f64, bool) {
    let (one, other) = (Native::start(), Native::start());
    let report = tool.report(&format!("compare a={} b={} --warm -n 1000", one.url(), other.url()));
    let comparison = &report["comparisons"][0];
    let ratio = comparison["ratio_p50"].as_f64().expect("1,000 samples are compared");
    (ratio, matches!(comparison["verdict"].as_str(), Some("faster" | "slower")))
}
