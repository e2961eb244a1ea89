//! Commands of the user's that a shell runs around a measurement, and that are not timed.

use super::command_line::CommandLine;
use super::process::{self, LIMIT};
use crate::error::Error;

/// Runs the text that the user gave with `flag`.
///
/// # Errors
///
/// When it fails, or takes too long.
pub async fn run(flag: &str, text: &str) -> Result<(), Error> {
    let line = CommandLine::new("sh").args(["-c", text]);
    let ran = process::run(&line, LIMIT).await;
    ran.map(drop).map_err(|why| Error::Usage(format!("{flag}: {why}")))
}
