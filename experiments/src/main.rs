//! Holds the figures of loadtest against what is known to be true. Each experiment is a command, and ends in a figure.

mod awake;
mod coverage;
mod drift;
mod evidence;
mod factor;
mod fidelity;
mod kills;
mod law;
mod loss;
mod omission;
mod parallel;
mod power;
mod same;
mod score;
mod server;
mod target;
mod tool;
mod traces;
mod trend;
mod truth;
mod twins;
mod witness;

use std::process::ExitCode;

use clap::Parser;

/// Holds the figures of loadtest against what is known to be true.
#[derive(Parser)]
enum Experiment {
    /// How often the 95 % intervals hold the truth, over simulated measurements
    Coverage(coverage::Args),
    /// How often a target is called faster or slower than itself
    Same(same::Args),
    /// Whether figures are near the truth, against a server that takes times of a known law
    Truth(truth::Args),
    /// Whether fresh, reused and cached are told apart, against a server that knows
    Evidence(evidence::Args),
    /// Whether a stall shows in all the requests it delayed, in an open loop
    Omission(omission::Args),
    /// Whether ratios of servers that differ by a known factor come out as that, or as a bound
    Factor(factor::Args),
    /// How often a program is called different from itself
    Twins(twins::Args),
    /// How often a true difference of 5 % is found
    Power(power::Args),
    /// How often steady times are said to rise or fall, over simulated measurements
    Trend(trend::Args),
    /// The same as `same`, while the machine gets busy halfway
    Drift(drift::Args),
    /// What is lost of a measurement that is killed at random moments
    Loss(loss::Args),
    /// Whether the embedded host orders packagings as Spin does, and by which ratios
    Fidelity(fidelity::Args),
    /// What is left of a matrix that is killed at random moments: containers, images, files, processes
    Kills(kills::Args),
}

fn main() -> ExitCode {
    let holds = match Experiment::parse() {
        Experiment::Coverage(args) => coverage::run(&args),
        Experiment::Same(args) => same::run(&args),
        Experiment::Truth(args) => truth::run(&args),
        Experiment::Evidence(args) => evidence::run(&args),
        Experiment::Omission(args) => omission::run(&args),
        Experiment::Factor(args) => factor::run(&args),
        Experiment::Twins(args) => twins::run(&args),
        Experiment::Power(args) => power::run(&args),
        Experiment::Trend(args) => trend::run(&args),
        Experiment::Drift(args) => drift::run(&args),
        Experiment::Loss(args) => loss::run(&args),
        Experiment::Fidelity(args) => fidelity::run(&args),
        Experiment::Kills(args) => kills::run(&args),
    };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
