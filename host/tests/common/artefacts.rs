//! The repository's own Wasm, built as its manifests say.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A package of this workspace, built for Wasm.
pub struct Artefact {
    package: &'static str,
    target: &'static str,
    file: &'static str,
    /// The `executor` that serves it.
    pub executor: &'static str,
    wasm: OnceLock<Vec<u8>>,
}

/// `wasi:http/incoming-handler@0.2`
pub static P2: Artefact = Artefact::new("moscow-time-p2", "wasm32-wasip2", "moscow_time_p2.wasm", "http");

/// `wasi:http/handler@0.3`
pub static P3: Artefact = Artefact::new("moscow-time-p3", "wasm32-wasip2", "moscow_time_p3.wasm", "http");

/// A module of preview 1 that speaks WAGI.
pub static WAGI: Artefact = Artefact::new("moscow-time", "wasm32-wasip1", "moscow-time.wasm", "wagi");

impl Artefact {
    const fn new(
        package: &'static str,
        target: &'static str,
        file: &'static str,
        executor: &'static str,
    ) -> Self {
        Self { package, target, file, executor, wasm: OnceLock::new() }
    }

    /// Its bytes, as up to date as its sources.
    pub fn wasm(&self) -> &[u8] {
        self.wasm.get_or_init(|| {
            let target_dir = workspace().join("target");
            self.build(&target_dir);
            std::fs::read(target_dir.join(self.target).join("ship").join(self.file)).unwrap()
        })
    }

    fn build(&self, target_dir: &Path) {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--profile", "ship", "--target", self.target])
            .args(["--package", self.package, "--target-dir"])
            .arg(target_dir)
            .current_dir(workspace())
            .status()
            .unwrap();
        assert!(built.success(), "{} does not build for {}", self.package, self.target);
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Where compiled artefacts are kept, under the target directory: a debug build of wasmtime compiles them slowly.
pub fn cache_dir() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")
}
