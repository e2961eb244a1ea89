//! Loads a server from within this program, by the client of loadtest.

use clap::Parser;
use loadtest::args::{Cli, Command};
use loadtest::error::Error;
use loadtest::load::pacer::Pace;
use loadtest::load::plan::LoadPlan;
use loadtest::load::{self, Stage};
use tokio_util::sync::CancellationToken;

/// One load of `url` over so many connections.
///
/// # Errors
///
/// When it gives no usable answer, or a wrong one.
pub async fn run(url: &str, connections: usize, pace: Pace) -> Result<Stage, Error> {
    let connections = connections.to_string();
    let args = ["loadtest", "load", "--url", url, "-c", &connections, "-t", "10s"];
    let Some(Command::Load(args)) =
        Cli::try_parse_from(args).map_err(|e| Error::Usage(e.to_string()))?.command
    else {
        return Err(Error::Usage("loadtest has no command `load`".into()));
    };
    // Whoever is interrupted drops this, with its connections.
    let cancel = CancellationToken::new();
    let guard = cancel.clone().drop_guard();
    let stage = load::quietly(&LoadPlan::new(&args)?, pace, &cancel).await?;
    drop(guard);
    match stage.tally.failures.iter().next() {
        None => Ok(stage),
        Some((kind, n)) => {
            Err(Error::Target(format!("{url} failed {n} of {} times: {kind}", stage.tally.sent)))
        }
    }
}
