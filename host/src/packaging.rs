//! What a module or component is, told from what it imports and exports.

use std::fmt;

use wasmparser::{BinaryReaderError, Parser, Payload};

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
        let outside = Outside::of(&componentize::component(&wasm).ok()?).ok()?;
        if outside.exports("wasi:http/incoming-handler@0.2") {
            return Some(Self::Preview2);
        }
        outside.exports("wasi:http/handler@0.3").then_some(Self::Preview3)
    }
}

/// What the outermost component or module imports that is no part of WASI, so that only some hosts have it.
pub fn imports_beyond_wasi(wasm: &[u8]) -> Vec<String> {
    let is_wasi = |name: &String| name.starts_with("wasi:") || name == "wasi_snapshot_preview1";
    let mut imports = Outside::of(wasm).unwrap_or_default().imports;
    imports.retain(|name| !is_wasi(name));
    imports
}

/// Whether it can be run from its beginning to its end.
pub fn is_command(wasm: &[u8]) -> bool {
    Outside::of(wasm).is_ok_and(|outside| outside.is_program() || outside.exports("wasi:cli/run@"))
}

/// What others see of a component or module.
#[derive(Default)]
pub(crate) struct Outside {
    imports: Vec<String>,
    exports: Vec<String>,
    /// wit-bindgen has left in the module which interfaces it imports and exports.
    pub has_interfaces: bool,
}

impl Outside {
    pub fn of(wasm: &[u8]) -> Result<Self, BinaryReaderError> {
        let (mut outside, mut depth) = (Self::default(), 0);
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                _ if depth > 0 => {}
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        outside.imports.push(import?.module.to_owned());
                    }
                }
                Payload::ComponentImportSection(section) => {
                    for import in section {
                        outside.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        outside.exports.push(export?.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) => {
                    for export in section {
                        outside.exports.push(export?.name.name.to_owned());
                    }
                }
                Payload::CustomSection(section) => {
                    outside.has_interfaces |= section.name().starts_with("component-type");
                }
                _ => {}
            }
        }
        Ok(outside)
    }

    /// Whether it is a module that runs from its beginning to its end.
    pub fn is_program(&self) -> bool {
        self.exports.iter().any(|export| export == "_start")
    }

    /// Whether it exports an interface whose name begins so.
    fn exports(&self, interface: &str) -> bool {
        self.exports.iter().any(|export| export.starts_with(interface))
    }
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
