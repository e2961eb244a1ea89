//! The peers: found on the PATH, or built by cargo where they are crates.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use loadtest::error::Error;
use tokio::process::Command;

use crate::workspace;

/// The newest release of oha that goals were set by.
const OHA: &str = "1.16.0";

/// How long a program may take to tell its version.
const VERSION: Duration = Duration::from_secs(10);

/// A program of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// Serves applications.
    Spin,
    /// Loads.
    Oha,
    /// Loads.
    Wrk,
}

/// A peer that is here.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where it is.
    pub program: PathBuf,
    /// As it tells it.
    pub version: String,
}

impl Peer {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spin => "spin",
            Self::Oha => "oha",
            Self::Wrk => "wrk",
        }
    }

    /// The crate that it is built from, and of which version.
    fn package(self) -> Option<[&'static str; 3]> {
        match self {
            Self::Oha => Some(["oha", "--version", OHA]),
            Self::Spin | Self::Wrk => None,
        }
    }

    /// What its version begins with: there are other programs called spin.
    fn told(self) -> String {
        format!("{} ", self.name())
    }

    /// Where it is had from, where cargo does not build it.
    fn remedy(self) -> &'static str {
        match self {
            Self::Spin => "install it from https://spinframework.dev",
            Self::Wrk => "apt-get install wrk",
            Self::Oha => "cargo could not build it",
        }
    }

    /// Where it is, after building it where it has to be.
    ///
    /// # Errors
    ///
    /// That it is not here, and what to do about it.
    pub async fn find(self) -> Result<Found, String> {
        let peers = workspace::root().join("target/bench/peers");
        let built = peers.join("bin").join(self.name());
        if let Some(found) = self.at(self.name().as_ref()).await {
            return Ok(found);
        }
        if self.at(&built).await.is_none()
            && let Some(package) = self.package()
        {
            eprintln!("building {}, which takes some minutes once", package.join(" "));
            let installing = install(&peers, package).await;
            installing.map_err(|e| format!("{} cannot be built: {e}", self.name()))?;
        }
        let missing = || format!("there is no {} on the PATH: {}", self.name(), self.remedy());
        self.at(&built).await.ok_or_else(missing)
    }

    /// With its version, if it is there and this one; wrk says its version and fails.
    async fn at(self, program: &Path) -> Option<Found> {
        let mut command = Command::new(program);
        command
            .arg(if self == Self::Wrk { "-v" } else { "--version" })
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = tokio::time::timeout(VERSION, command.output()).await.ok()?.ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let version = text.lines().next()?.split(" [").next()?.split(" Copyright").next()?.trim();
        version
            .starts_with(&self.told())
            .then(|| Found { program: program.to_owned(), version: version.to_owned() })
    }
}

async fn install(root: &Path, package: [&str; 3]) -> Result<(), Error> {
    let root = root.to_string_lossy();
    let args = ["install", "--quiet", "--locked", "--root", &root];
    workspace::cargo(&workspace::root(), &args, package).await
}
