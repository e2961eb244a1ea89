//! Every module becomes a component when it is loaded, by wasmtime's adapter from WASI preview 1 to preview 2.

use std::borrow::Cow;

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmparser::{ExternalKind, Parser, Payload};
use wit_component::ComponentEncoder;

/// `wasm` itself if it is a component, or the component that its module makes.
///
/// # Errors
///
/// When it is no WebAssembly, or a module that is neither a command nor built for an interface.
pub fn component(wasm: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    if wasm.is_empty() {
        return Err("is empty; build it again".into());
    }
    if Parser::is_component(wasm) {
        return Ok(Cow::Borrowed(wasm));
    }
    if !Parser::is_core_wasm(wasm) {
        return Err("is not WebAssembly; `source` must name a .wasm file".into());
    }
    let adapter = match kind(wasm).map_err(|e| format!("is not valid WebAssembly: {e}"))? {
        Kind::Command => WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        Kind::Reactor => WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        Kind::Library => {
            return Err("is a core module that answers nothing: it exports no _start, and no interface was \
                        built into it; build a command, or a component for wasm32-wasip2"
                .into());
        }
    };
    encode(wasm, adapter).map(Cow::Owned).map_err(|e| format!("cannot be made a component: {e}"))
}

/// What a module was built as.
enum Kind {
    /// It has `_start` and nothing of the component model.
    Command,
    /// wit-bindgen has left in it which interfaces it imports and exports.
    Reactor,
    Library,
}

fn kind(module: &[u8]) -> Result<Kind, wasmparser::BinaryReaderError> {
    let (mut start, mut interfaces) = (false, false);
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    start |= export.kind == ExternalKind::Func && export.name == "_start";
                }
            }
            Payload::CustomSection(section) => interfaces |= section.name().starts_with("component-type"),
            _ => {}
        }
    }
    Ok(match (interfaces, start) {
        (true, _) => Kind::Reactor,
        (false, true) => Kind::Command,
        (false, false) => Kind::Library,
    })
}

fn encode(module: &[u8], adapter: &[u8]) -> Result<Vec<u8>, String> {
    let encoder = ComponentEncoder::default().validate(true);
    let encoder = encoder.module(module).map_err(|e| format!("{e:#}"))?;
    let encoder = encoder.adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter);
    encoder.and_then(|mut encoder| encoder.encode()).map_err(|e| format!("{e:#}"))
}
