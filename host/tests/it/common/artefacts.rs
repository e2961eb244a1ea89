//! The repository's own Wasm, built as its manifests say.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tokio::runtime::Runtime;

/// A component of this repository.
pub struct Artefact {
    /// Of the repository, it says how this is built.
    manifest: &'static str,
    /// Where it is then, in the target directory.
    file: &'static str,
    /// The `executor` that serves it.
    pub executor: &'static str,
    wasm: OnceLock<Vec<u8>>,
}

/// `wasi:http/incoming-handler@0.2`
pub static P2: Artefact = Artefact::new("spin.toml", "wasm32-wasip2/ship/moscow_time_p2.wasm", "http");

/// `wasi:http/handler@0.3`
pub static P3: Artefact = Artefact::new("spin-p3.toml", "wasm32-wasip2/ship/moscow_time_p3.wasm", "http");

/// A module of preview 1 that speaks WAGI.
pub static WAGI: Artefact = Artefact::new("spin.toml", "wasm32-wasip1/ship/moscow-time.wasm", "wagi");

impl Artefact {
    const fn new(manifest: &'static str, file: &'static str, executor: &'static str) -> Self {
        Self { manifest, file, executor, wasm: OnceLock::new() }
    }

    /// Its bytes, as up to date as its sources.
    pub fn wasm(&self) -> &[u8] {
        self.wasm.get_or_init(|| {
            let manifest = workspace().join(self.manifest);
            // On a thread of its own: a test's may be driving a runtime already.
            let build = || Runtime::new().unwrap().block_on(loadtest::local::bring_up_to_date(&manifest));
            std::thread::scope(|scope| scope.spawn(build).join().unwrap()).unwrap();
            std::fs::read(workspace().join("target").join(self.file)).unwrap()
        })
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Where compiled artefacts are kept, under the target directory: a debug build of wasmtime compiles them slowly.
pub fn cache_dir() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")
}
