//! The Spin on the PATH.

use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;

use crate::excerpt;
use crate::plain_output;

/// How long `spin --version` may take.
const VERSION: Duration = Duration::from_secs(10);

/// Why no Spin can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSpin {
    pub what: String,
    pub remedy: &'static str,
}

impl NoSpin {
    fn missing() -> Self {
        Self {
            what: "there is no Spin on the PATH".into(),
            remedy: "install it from https://spinframework.dev",
        }
    }

    /// There is another program of that name, a model checker; or Spin is broken.
    fn odd(how: &str) -> Self {
        Self {
            what: format!("the spin on the PATH cannot be used, since `spin --version` {how}"),
            remedy: "put Spin of https://spinframework.dev before it on the PATH",
        }
    }
}

/// The version of the Spin on the PATH, as it tells it.
///
/// # Errors
///
/// When there is none, or what is called so does not tell a version of Spin.
pub async fn version() -> Result<String, NoSpin> {
    let mut spin = Command::new("spin");
    plain_output::ask(&mut spin);
    let asked = spin.arg("--version").stdin(Stdio::null()).kill_on_drop(true).output();
    match tokio::time::timeout(VERSION, asked).await {
        Err(_) => Err(NoSpin::odd(&format!("did not end within {} s", VERSION.as_secs()))),
        Ok(Err(e)) if e.kind() == io::ErrorKind::NotFound => Err(NoSpin::missing()),
        Ok(Err(e)) => Err(NoSpin::odd(&format!("cannot be run: {e}"))),
        Ok(Ok(output)) => version_in(&output).ok_or_else(|| NoSpin::odd(&told(&output))),
    }
}

/// `spin 4.1.0 (abc 2026-01-01)`
fn version_in(output: &Output) -> Option<String> {
    let line = first_line(&output.stdout)?;
    let version = line.strip_prefix("spin ")?.split_whitespace().next()?;
    major_minor(version).map(|_| version.to_owned())
}

fn told(output: &Output) -> String {
    match first_line(&output.stdout).or_else(|| first_line(&output.stderr)) {
        Some(line) => format!("printed \"{}\"", excerpt::of(line.as_bytes())),
        None => format!("printed nothing, and ended with {}", output.status),
    }
}

fn first_line(said: &[u8]) -> Option<String> {
    said.split(|byte| *byte == b'\n').map(plain_output::line).find(|line| !line.is_empty())
}

/// Whether `version` is `first` or later; so is one that cannot be read.
#[cfg(feature = "serve")]
pub fn is_since(version: &str, first: (u32, u32)) -> bool {
    major_minor(version).is_none_or(|version| version >= first)
}

fn major_minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}
