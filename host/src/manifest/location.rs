//! Where a manifest is, as `spin up` finds it.

use std::path::{Path, PathBuf};

const NAME: &str = "spin.toml";

/// `path`, or the `spin.toml` in it if it is a directory.
pub(super) fn resolve(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(NAME) } else { path.to_owned() }
}

/// The `spin.toml` here, or in the closest directory above that has one. The root of a Git repository ends the
/// search.
pub(super) fn search() -> PathBuf {
    let mut dir = PathBuf::new();
    loop {
        let candidate = dir.join(NAME);
        if candidate.is_file() {
            return candidate;
        }
        if dir.join(".git").exists() || dir.components().count() == 20 || !dir.join("..").is_dir() {
            return NAME.into();
        }
        dir.push("..");
    }
}

pub(super) fn is_wasm(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "wasm")
}

/// The manifest that serves a `.wasm` file at every path.
pub(super) fn manifest_of(wasm: &Path) -> String {
    let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (name, file) = (text(wasm.file_stem()), text(wasm.file_name()));
    format!(
        "spin_manifest_version = 2\n[application]\nname = {name:?}\n[[trigger.http]]\nroute = \"/...\"\n\
         component = {{ source = {file:?} }}\n"
    )
}
