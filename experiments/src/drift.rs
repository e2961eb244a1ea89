//! Whether a machine that gets busy halfway makes a target differ from itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::same::is_called_different;
use crate::score::Score;
use crate::target::Native;
use crate::tool::Tool;

#[derive(clap::Args)]
pub struct Args {
    /// Comparisons, each with a core loaded in its second half
    #[arg(short = 'n', default_value_t = 60)]
    comparisons: usize,
    #[command(flatten)]
    tool: Tool,
}

/// Whether a false verdict is as rare as without.
pub fn run(args: &Args) -> bool {
    let server = Native::start();
    let begun = Instant::now();
    is_called_different(&args.tool, server.url());
    let half = begun.elapsed() / 2;
    let mut score = Score::default();
    for _ in 0..args.comparisons {
        score.count(Some(loaded_after(half, || is_called_different(&args.tool, server.url()))));
    }
    println!(
        "one core loaded in the second half: {} of {} called different ({score})",
        score.held, score.claimed
    );
    score.is_at_most(0.05)
}

/// What `of` gives, while a core has nothing but work after `quiet`.
fn loaded_after<T>(quiet: Duration, of: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(quiet);
            while !over.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
        let given = of();
        over.store(true, Ordering::Relaxed);
        given
    })
}
