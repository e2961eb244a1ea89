//! The forms that one source is built in: what a manifest names, and beside it the native program.

use std::path::PathBuf;

use host::{ExecutorKind, Manifest, Packaging};

use super::build;
use crate::error::Error;

/// What the build command of a module for WASI preview 1 names, where another target can be put in its place.
const MODULE_TARGET: &str = "wasm32-wasip1";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Native,
    /// For WASI preview 1: a command, and WAGI.
    Module,
    Preview2,
    Preview3,
}

/// Where the program is in this form, up to date.
///
/// # Errors
///
/// When the manifest has no such component, or it cannot be built.
pub async fn build(manifest: &Manifest, form: Form) -> Result<PathBuf, Error> {
    match form {
        Form::Native => native(manifest).await,
        Form::Module => built(manifest, wagi(manifest)?).await,
        Form::Preview2 => handler(manifest, Packaging::Preview2).await,
        Form::Preview3 => handler(manifest, Packaging::Preview3).await,
    }
}

async fn built(manifest: &Manifest, id: &str) -> Result<PathBuf, Error> {
    build::component(manifest, id).await?;
    Ok(manifest.source(&manifest.components[id]))
}

/// Which of them it is, only what was built tells.
async fn handler(manifest: &Manifest, packaging: Packaging) -> Result<PathBuf, Error> {
    for trigger in manifest.triggers.iter().filter(|trigger| trigger.executor == ExecutorKind::Http) {
        let path = built(manifest, &trigger.component).await?;
        if Packaging::of(manifest, trigger) == Some(packaging) {
            return Ok(path);
        }
    }
    let path = manifest.path.display();
    Err(Error::Usage(format!("{path} has no component of {packaging}: name another manifest with --from")))
}

/// What a WAGI component's command builds for Linux instead of for WASI: the same source, package and profile.
async fn native(manifest: &Manifest) -> Result<PathBuf, Error> {
    let id = wagi(manifest)?;
    let triple = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    build::for_target(manifest, id, MODULE_TARGET, &triple).await?.ok_or_else(|| {
        let path = manifest.path.display();
        Error::Usage(format!(
            "component {id:?} of {path} is not built by `cargo build --target {MODULE_TARGET}`, from which the native \
             program's command would follow"
        ))
    })
}

fn wagi(manifest: &Manifest) -> Result<&str, Error> {
    let is_wagi = |executor: &ExecutorKind| matches!(executor, ExecutorKind::Wagi { .. });
    let trigger = manifest.triggers.iter().find(|trigger| is_wagi(&trigger.executor));
    trigger.map(|trigger| trigger.component.as_str()).ok_or_else(|| {
        let path = manifest.path.display();
        Error::Usage(format!(
            "{path} has no WAGI component, which is also the command: name another manifest with --from"
        ))
    })
}
