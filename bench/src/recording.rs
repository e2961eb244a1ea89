//! Recorded loads, made when they are first asked for.

use std::path::PathBuf;

use loadtest::error::Error;
use loadtest::server::command_line::CommandLine;

use crate::setting::Setting;
use crate::{client, hello, workspace};

/// The recording of a load of so many requests.
///
/// # Errors
///
/// When it cannot be made: the disk may be full.
pub async fn of(setting: &Setting, requests: u32) -> Result<PathBuf, Error> {
    let file = setting.dir.path().join(format!("{requests}.ndjson"));
    if file.exists() {
        return Ok(file);
    }
    let (address, listener) = hello::listen(0).await?;
    let line = CommandLine::new(workspace::program("loadtest"))
        .args(["load", "--quiet", "-c", "50", "-n", &requests.to_string()])
        .args(["--url", &format!("http://{address}/"), "--samples"])
        .arg(&file);
    tokio::select! {
        never = hello::serve(listener) => match never {},
        ended = client::run(&line) => ended.map(|_| file),
    }
}
