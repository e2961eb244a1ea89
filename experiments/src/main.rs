//! Holds the figures of loadtest against what is known to be true. Each experiment is a command, and ends in a figure.

mod coverage;
mod law;
mod loss;
mod parallel;
mod score;
mod witness;

use std::process::ExitCode;

use clap::Parser;

/// Holds the figures of loadtest against what is known to be true.
#[derive(Parser)]
enum Experiment {
    /// How often the 95 % intervals hold the truth, over simulated measurements
    Coverage(coverage::Args),
    /// What is lost of a measurement that is killed at random moments
    Loss(loss::Args),
}

fn main() -> ExitCode {
    let holds = match Experiment::parse() {
        Experiment::Coverage(args) => coverage::run(&args),
        Experiment::Loss(args) => loss::run(&args),
    };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
