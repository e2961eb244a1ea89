//! Which of the ways to package an HTTP application a component is, told from its exports alone.

use std::fmt;

use wasmparser::{Parser, Payload};

use crate::componentize;
use crate::manifest::{ExecutorKind, Manifest, Trigger};

/// A way to package an HTTP application for a Wasm host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Packaging {
    /// A command, run for each request.
    Wagi,
    /// A component that exports `wasi:http/incoming-handler@0.2`.
    Preview2,
    /// A component that exports `wasi:http/handler@0.3`.
    Preview3,
}

impl fmt::Display for Packaging {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Wagi => "WAGI",
            Self::Preview2 => "preview 2",
            Self::Preview3 => "preview 3",
        })
    }
}

impl Packaging {
    /// Of what `trigger` runs; `None` where the file is not there or is none of them.
    pub fn of(manifest: &Manifest, trigger: &Trigger) -> Option<Self> {
        if let ExecutorKind::Wagi { .. } = trigger.executor {
            return Some(Self::Wagi);
        }
        let wasm = std::fs::read(manifest.source(&manifest.components[&trigger.component])).ok()?;
        exports(&componentize::component(&wasm).ok()?).iter().find_map(|export| {
            let versions = [
                ("wasi:http/incoming-handler@0.2", Self::Preview2),
                ("wasi:http/handler@0.3", Self::Preview3),
            ];
            versions
                .into_iter()
                .find(|(prefix, _)| export.starts_with(prefix))
                .map(|(_, packaging)| packaging)
        })
    }
}

/// What the outermost component or module imports that is no part of WASI, so that only some hosts have it.
pub fn imports_beyond_wasi(wasm: &[u8]) -> Vec<String> {
    let is_wasi = |name: &str| name.starts_with("wasi:") || name == "wasi_snapshot_preview1";
    let mut names = imports(wasm);
    names.retain(|name| !is_wasi(name));
    names
}

/// The names that the outermost component or module imports.
fn imports(wasm: &[u8]) -> Vec<String> {
    outermost(wasm, |payload| match payload {
        Payload::ImportSection(section) => {
            section.into_imports().map_while(Result::ok).map(|import| import.module.to_owned()).collect()
        }
        Payload::ComponentImportSection(section) => {
            section.into_iter().map_while(Result::ok).map(|import| import.name.name.to_owned()).collect()
        }
        _ => Vec::new(),
    })
}

/// Whether it can be run from its beginning to its end.
pub fn is_command(wasm: &[u8]) -> bool {
    exports(wasm).iter().any(|export| export == "_start" || export.starts_with("wasi:cli/run@"))
}

/// The names that the outermost component or module exports.
fn exports(wasm: &[u8]) -> Vec<String> {
    outermost(wasm, |payload| match payload {
        Payload::ExportSection(section) => {
            section.into_iter().map_while(Result::ok).map(|export| export.name.to_owned()).collect()
        }
        Payload::ComponentExportSection(section) => {
            section.into_iter().map_while(Result::ok).map(|export| export.name.name.to_owned()).collect()
        }
        _ => Vec::new(),
    })
}

/// What `names` finds in the sections of the outermost component or module.
fn outermost(wasm: &[u8], names: impl Fn(Payload) -> Vec<String>) -> Vec<String> {
    let mut depth = 0;
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            section if depth == 0 => found.extend(names(section)),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_known_by_its_entry_point() {
        let is_command = |text: &str| is_command(&wat::parse_str(text).unwrap());
        assert!(is_command(r#"(module (func (export "_start")))"#));
        assert!(!is_command(r#"(module (func (export "_initialize")))"#));
        let run = r#"(component (instance $run) (export "wasi:cli/run@0.2.0" (instance $run)))"#;
        assert!(is_command(run));
        assert!(!is_command(&format!("(component {run})")), "one inside is not its own");
        assert!(!super::is_command(b"no wasm"));
    }
}
