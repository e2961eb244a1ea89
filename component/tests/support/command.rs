//! The one-shot command, native and as a Wasm module.

use std::process::Command;

use tokio::runtime::Runtime;
use wasmtime::{Config, Engine, Linker, Module, Store};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p1;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use super::packagings::{build, root};

/// What each prints.
pub fn outputs() -> [(&'static str, String); 2] {
    build("spin.toml");
    [("native", native()), ("WASI preview 1", Runtime::new().unwrap().block_on(wasm()))]
}

fn native() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_moscow-time")).env("MODE", "once").output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

async fn wasm() -> String {
    let engine = Engine::new(&Config::new()).unwrap();
    let module =
        Module::from_file(&engine, root().join("target/wasm32-wasip1/ship/moscow-time.wasm")).unwrap();
    let mut linker = Linker::new(&engine);
    p1::add_to_linker_async(&mut linker, |wasi| wasi).unwrap();
    let stdout = MemoryOutputPipe::new(4096);
    let wasi = WasiCtxBuilder::new().env("MODE", "once").stdout(stdout.clone()).build_p1();
    let mut store = Store::new(&engine, wasi);
    let instance = linker.instantiate_async(&mut store, &module).await.unwrap();
    let start = instance.get_typed_func::<(), ()>(&mut store, "_start").unwrap();
    start.call_async(&mut store, ()).await.unwrap();
    String::from_utf8(stdout.contents().to_vec()).unwrap()
}
