//! The Spin on the PATH.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// How long `spin --version` may take.
const VERSION: Duration = Duration::from_secs(10);

/// The version of the Spin on the PATH, as it tells it. There is another program of that name, a model checker.
pub async fn version() -> Option<String> {
    let mut spin = Command::new("spin");
    let asked = spin.arg("--version").stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(VERSION, asked).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.strip_prefix("spin ")?.split_whitespace().next()?;
    major_minor(version).map(|_| version.to_owned())
}

/// Whether `version` is `first` or later; so is one that cannot be read.
pub fn is_since(version: &str, first: (u32, u32)) -> bool {
    major_minor(version).is_none_or(|version| version >= first)
}

fn major_minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}
