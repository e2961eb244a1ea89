//! Holds the project against its peers, in ratios, and against itself, in counts.

mod counts;
mod hello;
mod load;
mod results;
mod server;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use loadtest::error::Error;
use loadtest::interrupt;

/// Holds the project against its peers, in ratios, and against itself, in counts.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Counts that do not depend on the machine's mood, against those in bench/counts.json
    Counts {
        /// Keep them as those that others are held against
        #[arg(long)]
        accept: bool,
    },
    /// A bare hyper server
    #[command(hide = true)]
    Hello { port: u16 },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("bench: {e}");
            e.exit_code()
        }
    }
}

async fn run(cli: Cli) -> Result<bool, Error> {
    match cli.command {
        Command::Counts { accept } => counts::run(accept, &interrupt::token()).await,
        Command::Hello { port } => match hello::serve(hello::listen(port).await?.1).await {},
    }
}
