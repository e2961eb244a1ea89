//! How often a program is called different from itself, where each round starts its processes afresh.

use serde_json::Value;

use crate::score::Score;
use crate::tool::{self, Tool};

const PHASES: [&str; 3] = ["startup", "cold", "warm"];

#[derive(clap::Args)]
pub struct Args {
    /// Comparisons
    #[arg(short = 'n', default_value_t = 40)]
    comparisons: usize,
    #[command(flatten)]
    tool: Tool,
}

/// Whether a false verdict is as rare as it should be, in each phase, of all that was compared.
pub fn run(args: &Args) -> bool {
    let mut scores = [Score::default(); 3];
    let mut warm = Vec::new();
    for _ in 0..args.comparisons {
        let report = compare(&args.tool);
        for (score, phase) in scores.iter_mut().zip(PHASES) {
            // Too few samples are compared with nothing: this client may have been stopped for a moment.
            let Some(comparison) = in_phase(&report, phase) else { continue };
            let different = ["faster", "slower"].map(Value::from).contains(&comparison["verdict"]);
            score.count(Some(different));
            if phase == "warm" {
                warm.extend(comparison["ratio_p50"].as_f64());
            }
        }
    }
    for (score, phase) in scores.iter().zip(PHASES) {
        println!("{phase}: {} of {} called different ({score})", score.held, score.claimed);
    }
    warm.sort_by(f64::total_cmp);
    if let [least, .., most] = warm[..] {
        println!("ratios of warm medians from {least:.3} to {most:.3}");
    }
    scores.iter().all(|score| score.claimed > 0 && score.is_at_most(0.05))
}

/// WAGI in the embedded host, and the same once more. The native server would have no cold requests: its process has answered by
/// then.
fn compare(tool: &Tool) -> Value {
    let host = tool::beside("loadtest");
    let server = format!("{} serve --from spin.toml --listen 127.0.0.1:{{port}}", host.display());
    let mut command = tool.command("compare --path /wagi/api/time --idle 0s");
    command.args([format!("a={server}"), format!("b={server}")]);
    tool::report(command)
}

fn in_phase<'a>(report: &'a Value, phase: &str) -> Option<&'a Value> {
    let comparisons = report["comparisons"].as_array().expect("a report has comparisons");
    comparisons.iter().find(|comparison| comparison["phase"] == phase)
}
