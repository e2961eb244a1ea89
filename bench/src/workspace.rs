//! What of this workspace is measured, built where it is out of date.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use host::Manifest;
use loadtest::error::Error;
use loadtest::local::artefact::{self, Form};
use tokio::process::Command;

/// What is shipped.
#[derive(Clone, Debug)]
pub struct Artefacts {
    /// The native program, linked statically.
    pub native: PathBuf,
    /// The module for WASI preview 1.
    pub module: PathBuf,
    /// The component for preview 2.
    pub preview2: PathBuf,
    /// The component for preview 3.
    pub preview3: PathBuf,
}

/// Where the workspace is: commands and manifests are relative to it.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A program of the workspace that is built as this one is.
pub fn program(name: &str) -> PathBuf {
    std::env::current_exe().map(|path| path.with_file_name(name)).unwrap_or_else(|_| name.into())
}

/// What is shipped, built by the commands that the manifests name.
///
/// # Errors
///
/// When something cannot be built.
pub async fn artefacts() -> Result<Artefacts, Error> {
    let manifest = Manifest::load(&root().join("spin.toml"))?;
    let preview3 = Manifest::load(&root().join("spin-p3.toml"))?;
    Ok(Artefacts {
        native: artefact::build(&manifest, Form::Native).await?,
        module: artefact::build(&manifest, Form::Module).await?,
        preview2: artefact::build(&manifest, Form::Preview2).await?,
        preview3: artefact::build(&preview3, Form::Preview3).await?,
    })
}

/// The programs of the workspace that are asked or that ask, optimized. Each by itself: together, cargo would unite what
/// features they want of libraries, and compile most of them once more.
///
/// # Errors
///
/// When they cannot be built.
pub async fn programs(packages: impl IntoIterator<Item = &str>) -> Result<(), Error> {
    for package in packages {
        cargo(&root(), &["build", "--release", "--quiet"], ["--package", package]).await?;
    }
    Ok(())
}

/// Runs cargo in `dir`; what it says goes to standard error.
///
/// # Errors
///
/// When it fails.
pub async fn cargo<'a>(
    dir: &Path,
    args: &[&str],
    more: impl IntoIterator<Item = &'a str>,
) -> Result<(), Error> {
    let mut command = Command::new("cargo");
    command
        .current_dir(dir)
        .args(args)
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    // What cargo says to the program it runs is not meant for another cargo.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_") && name != "CARGO_HOME") {
        command.env_remove(name);
    }
    let status = command.status().await.map_err(|e| Error::Usage(format!("cargo cannot be started: {e}")))?;
    let line = || format!("cargo {} failed in {}: see above", args.join(" "), dir.display());
    if status.success() { Ok(()) } else { Err(Error::Usage(line())) }
}

/// "Hello", by the SDKs and by WAGI.
///
/// # Errors
///
/// When it cannot be built.
pub async fn hello() -> Result<(), Error> {
    let target = root().join("target/bench/hello");
    let target = target.to_string_lossy();
    let builds = [("wasm32-wasip1", &["hello-wagi"][..]), ("wasm32-wasip2", &["hello-p2", "hello-p3"])];
    for (platform, packages) in builds {
        let args = [
            "build",
            "--profile",
            "ship",
            "--quiet",
            "--locked",
            "--target-dir",
            &*target,
            "--target",
            platform,
        ];
        let packages = packages.iter().flat_map(|package| ["--package", package]);
        cargo(&root().join("bench/hello"), &args, packages).await?;
    }
    Ok(())
}
