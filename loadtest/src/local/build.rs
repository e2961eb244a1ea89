//! Builds what a manifest says, where sources are newer than what was built of them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::SystemTime;

use host::{Build, Manifest};
use tokio::process::Command;

use crate::error::Error;

/// Settings meant for this program's own build, or for another place than the manifest names.
const NOT_INHERITED: [&str; 6] = [
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
];

/// Builds every component of the manifest at `path` that is out of date, adding missing Rust targets first.
pub async fn bring_up_to_date(path: &Path) -> Result<(), Error> {
    all(&[Manifest::load(path)?]).await
}

pub(crate) async fn all(manifests: &[Manifest]) -> Result<(), Error> {
    for manifest in manifests {
        for id in manifest.components.keys() {
            component(manifest, id).await?;
        }
    }
    Ok(())
}

pub(crate) async fn component(manifest: &Manifest, id: &str) -> Result<(), Error> {
    let component = &manifest.components[id];
    let Some(build) = &component.build else { return Ok(()) };
    up_to_date(manifest, id, build, &manifest.source(component), build.commands()).await
}

/// Builds a component's sources for the target `triple` instead of `instead_of`, as its build command would, and gives
/// the program that comes of it; `None` where the command names no such target.
pub(crate) async fn for_target(
    manifest: &Manifest,
    id: &str,
    instead_of: &str,
    triple: &str,
) -> Result<Option<PathBuf>, Error> {
    let component = &manifest.components[id];
    let source = manifest.source(component);
    let (Some(build), Some(path)) = (&component.build, source.to_str()) else { return Ok(None) };
    let commands: Vec<_> = build.commands().iter().map(|c| c.replace(instead_of, triple)).collect();
    let program =
        PathBuf::from(path.replace(instead_of, triple)).with_extension(std::env::consts::EXE_EXTENSION);
    if commands == build.commands() || program == source {
        return Ok(None);
    }
    up_to_date(manifest, id, build, &program, &commands).await?;
    Ok(Some(program))
}

async fn up_to_date(
    manifest: &Manifest,
    id: &str,
    build: &Build,
    artefact: &Path,
    commands: &[String],
) -> Result<(), Error> {
    if is_stale(manifest, artefact, build) {
        run(manifest, id, build, commands).await?;
        mark_as_built(artefact);
    }
    Ok(())
}

fn directory(manifest: &Manifest) -> &Path {
    manifest.path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether the artefact is missing or older than one of the sources that the manifest says to watch. Where it names
/// none that is there, only the command itself can tell.
fn is_stale(manifest: &Manifest, artefact: &Path, build: &Build) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    let Some(built) = modified(artefact) else { return true };
    let root = directory(manifest).join(build.workdir.as_deref().unwrap_or_default());
    let newest = build.watch.iter().filter_map(|pattern| newest(&root.join(pattern))).max();
    newest.is_none_or(|newest| newest > built)
}

fn newest(pattern: &Path) -> Option<SystemTime> {
    let files = glob::glob(pattern.to_str()?).ok()?;
    files.flatten().filter_map(|file| file.metadata().and_then(|m| m.modified()).ok()).max()
}

/// A build that finds nothing to do leaves the artefact's time as it was, and would be asked again every time.
fn mark_as_built(artefact: &Path) {
    if let Ok(file) = File::options().append(true).open(artefact) {
        let _ = file.set_modified(SystemTime::now());
    }
}

async fn run(manifest: &Manifest, id: &str, build: &Build, commands: &[String]) -> Result<(), Error> {
    for command in commands {
        if let Some(target) = rust_target(command) {
            add_rust_target(target).await?;
        }
        let status = shell(command)
            .current_dir(directory(manifest).join(build.workdir.as_deref().unwrap_or_default()))
            // Standard output is for the report.
            .stdout(Stdio::from(std::io::stderr()))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .status()
            .await;
        match status {
            Ok(status) if status.success() => {}
            Ok(status) => {
                return Err(Error::Usage(format!(
                    "component {id:?} does not build: `{command}` ended with {status}"
                )));
            }
            Err(e) => {
                return Err(Error::Usage(format!(
                    "component {id:?} does not build: `{command}` cannot be run: {e}"
                )));
            }
        }
    }
    Ok(())
}

/// Build commands are written for a shell, as Spin runs them.
fn shell(command: &str) -> Command {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut shell = Command::new(shell);
    shell.arg(flag).arg(command);
    for variable in NOT_INHERITED {
        shell.env_remove(variable);
    }
    shell
}

fn rust_target(command: &str) -> Option<&str> {
    let mut words = command.split_whitespace();
    words.next().filter(|program| *program == "cargo")?;
    while let Some(word) = words.next() {
        match word.strip_prefix("--target") {
            Some("") => return words.next(),
            Some(rest) if rest.starts_with('=') => return Some(&rest[1..]),
            _ => {}
        }
    }
    None
}

async fn add_rust_target(target: &str) -> Result<(), Error> {
    let missing = |why: &str| {
        Err(Error::Usage(format!(
            "the Rust target {target} is missing{why}; add it: rustup target add {target}"
        )))
    };
    if is_installed(target).await {
        return Ok(());
    }
    eprintln!("adding the Rust target {target}");
    let added = Command::new("rustup").args(["target", "add", target]).stdout(Stdio::null()).status().await;
    match added {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => missing(", and rustup could not add it"),
        Err(_) => missing(", and there is no rustup to add it"),
    }
}

/// Whether rustc has the target's standard library, however that came there.
async fn is_installed(target: &str) -> bool {
    let library = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output().await;
    library.is_ok_and(|output| {
        output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_read_from_the_command() {
        assert_eq!(rust_target("cargo build --target wasm32-wasip2 --release"), Some("wasm32-wasip2"));
        assert_eq!(rust_target("cargo build --target=wasm32-wasip1"), Some("wasm32-wasip1"));
        assert_eq!(rust_target("cargo build --target-dir x"), None);
        assert_eq!(rust_target("make --target wasm32-wasip2"), None);
        assert_eq!(rust_target("cargo build --target"), None);
    }

    /// Of a component that is built, with this `watch`.
    fn manifest(dir: &tempfile::TempDir, watch: &str) -> Manifest {
        let path = dir.path().join("spin.toml");
        let text = "spin_manifest_version = 2\n[application]\nname = \"a\"\n[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\n\
             [component.a]\nsource = \"a.wasm\"\n[component.a.build]\ncommand = \"true\"\n";
        std::fs::write(&path, format!("{text}{watch}")).unwrap();
        Manifest::load(&path).unwrap()
    }

    #[test]
    fn what_is_missing_or_older_than_its_sources_is_stale() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("a.rs", "");
        let manifest = manifest(&dir, "watch = [\"*.rs\"]\n");
        let component = &manifest.components["a"];
        let stale = || is_stale(&manifest, &manifest.source(component), component.build.as_ref().unwrap());
        assert!(stale());
        write("a.wasm", "");
        let set = |name: &str, seconds| {
            let file = std::fs::File::options().write(true).open(dir.path().join(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
        };
        set("a.wasm", 100);
        set("a.rs", 99);
        assert!(!stale());
        set("a.rs", 101);
        assert!(stale());
    }

    #[test]
    fn what_watches_nothing_that_is_there_is_always_built() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.wasm"), "").unwrap();
        for watch in ["", "watch = []\n", "watch = [\"none/*.rs\", \"[\"]\n"] {
            let manifest = manifest(&dir, watch);
            let component = &manifest.components["a"];
            assert!(
                is_stale(&manifest, &manifest.source(component), component.build.as_ref().unwrap()),
                "{watch}"
            );
        }
    }
}
