//! The command of a container runtime, asked for what is not to be timed.

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use super::Why;
use crate::server::command_line::CommandLine;
use crate::server::process;

/// How long a daemon may take for something small. One that hangs is not waited for.
const LIMIT: Duration = Duration::from_secs(30);
/// Where daemons look besides.
const SYSTEM: [&str; 4] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"];

/// What a command prints.
///
/// # Errors
///
/// When it cannot be started, takes too long, or ends badly.
pub async fn ask(line: &CommandLine) -> Result<String, Why> {
    let ended = process::run(line, LIMIT).await?;
    Ok(String::from_utf8_lossy(&ended.stdout).trim().to_owned())
}

/// What a command prints, line by line; nothing where it fails.
pub async fn list(line: &CommandLine) -> Vec<String> {
    let printed = ask(line).await.unwrap_or_default();
    lines(&printed).map(str::to_owned).collect()
}

/// Of a command that prints a name a line.
pub fn lines(printed: &str) -> impl Iterator<Item = &str> {
    printed.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Does something of which nothing depends on whether it worked: what is to be removed may be gone.
pub async fn attempt(line: &CommandLine) {
    let _ = process::run(line, LIMIT).await;
}

/// A program on the `PATH`, or where a daemon, which has a `PATH` of its own, is sure to look.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    first_in(env::split_paths(&path).chain(SYSTEM.map(PathBuf::from)), program)
}

/// Whether a command of this name would be found.
pub fn is_on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    first_in(env::split_paths(&path), program).is_some()
}

/// The first file of this name that can be executed.
fn first_in(mut dirs: impl Iterator<Item = PathBuf>, program: &str) -> Option<PathBuf> {
    let is_program = |file: &PathBuf| {
        file.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    dirs.find_map(|dir| Some(dir.join(program)).filter(is_program))
}
