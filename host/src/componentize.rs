//! Every module becomes a component when it is loaded, by wasmtime's adapter from WASI preview 1 to preview 2.

use std::borrow::Cow;

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmparser::Parser;
use wit_component::ComponentEncoder;

use crate::packaging::Outside;

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
    let module = Outside::of(wasm).map_err(|e| format!("is not valid WebAssembly: {e}"))?;
    let adapter = match (module.has_interfaces, module.is_program()) {
        (true, _) => WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        (false, true) => WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        (false, false) => {
            return Err("is a core module that answers nothing: it exports no _start, and no interface was \
                        built into it; build a command, or a component for wasm32-wasip2"
                .into());
        }
    };
    let encoder = ComponentEncoder::default().validate(true).module(wasm);
    let encoder = encoder.and_then(|it| it.adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter));
    let component = encoder.and_then(|mut it| it.encode());
    component.map(Cow::Owned).map_err(|e| format!("cannot be made a component: {e:#}"))
}
