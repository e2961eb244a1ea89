//! The forms that one source is built in: what a manifest names, and beside it the native program.

use std::path::PathBuf;

use host::{Build, Component, ExecutorKind, Manifest, Packaging};

use super::build;
use crate::error::Error;

/// What the program is compiled to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For the processor and Linux, linked statically.
    Native,
    /// For WASI preview 1: a command, and WAGI.
    Module,
    /// For WASI preview 2: it handles HTTP.
    Preview2,
    /// For WASI preview 3: the same.
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

/// What a WAGI component's command builds for this machine instead of for WASI: the same source, package and profile.
async fn native(manifest: &Manifest) -> Result<PathBuf, Error> {
    let id = wagi(manifest)?;
    let component = &manifest.components[id];
    let Some((commands, program)) =
        component.build.as_ref().and_then(|build| for_this_machine(manifest, component, build))
    else {
        return Err(Error::Usage(format!(
            "component {id:?} of {} is not built by `cargo build --target wasm32-wasip1`, from which the native program's \
             command would follow",
            manifest.path.display()
        )));
    };
    build::unless_up_to_date(manifest, id, &commands, &program).await?;
    Ok(program)
}

/// The commands, and what they build.
fn for_this_machine(
    manifest: &Manifest,
    component: &Component,
    build: &Build,
) -> Option<(Vec<String>, PathBuf)> {
    let wasm = build.commands().iter().find_map(|command| build::rust_target(command))?;
    let native = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let source = manifest.source(component);
    let program: PathBuf =
        source.iter().map(|part| if part == wasm { native.as_ref() } else { part }).collect();
    let commands = build.commands().iter().map(|command| command.replace(wasm, &native)).collect();
    (program != source).then(|| (commands, program.with_extension("")))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What builds the native program, and where it is then, where this builds a WAGI component.
    fn native(source: &str, command: &str) -> Option<(Vec<String>, PathBuf)> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spin.toml");
        let text = format!(
            "spin_manifest_version = 2\n[application]\nname = \"a\"\n[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\n\
             executor = {{ type = \"wagi\" }}\n[component.a]\nsource = {source:?}\n[component.a.build]\ncommand = {command:?}\n"
        );
        std::fs::write(&path, text).unwrap();
        let manifest = Manifest::load(&path).unwrap();
        let component = &manifest.components["a"];
        let (commands, program) = for_this_machine(&manifest, component, component.build.as_ref()?)?;
        Some((commands, program.strip_prefix(dir.path()).unwrap().to_owned()))
    }

    #[test]
    fn the_native_program_is_built_as_the_module_is_but_for_the_target() {
        let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
        let (commands, program) =
            native("target/wasm32-wasip1/ship/a.wasm", "cargo build --profile ship --target wasm32-wasip1")
                .unwrap();
        assert_eq!(commands, [format!("cargo build --profile ship --target {target}")]);
        assert_eq!(program, PathBuf::from(format!("target/{target}/ship/a")));
    }

    #[test]
    fn where_nothing_says_how_there_is_none() {
        assert_eq!(native("target/wasm32-wasip1/ship/a.wasm", "make"), None);
        assert_eq!(native("a.wasm", "cargo build --target wasm32-wasip1 && cp x a.wasm"), None);
    }
}
