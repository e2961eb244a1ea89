//! An application to be measured where it is, and a stand-in for the Spin that serves it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::program::{Loadtest, PROGRAM};

/// A WAGI program that answers `ok`.
pub const GUEST: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\1c\00\00\00")
    (data (i32.const 16) "content-type: text/plain\n\nok")
    (func (export "_start")
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

const MANIFEST: &str = r#"spin_manifest_version = 2
[application]
name = "app"
[[trigger.http]]
route = "/wagi/..."
component = "guest"
executor = { type = "wagi" }
[component.guest]
source = "guest.wasm"
"#;

/// What `spin up` prints before it serves. The server is a child of the script, as Spin's trigger is of Spin. Which
/// components it was asked for stands in `asked`, a line for each start.
pub const UP: &str = r#"
while [ $# -gt 0 ]; do
    if [ "$1" = --from ]; then manifest=$2; fi
    if [ "$1" = --component-id ]; then only="$only --component-id $2"; fi
    shift
done
echo "${only:-all}" >> asked
echo "Warning: HTTP route /wagi/... uses the WAGI executor." >&2
echo 'Logging component stdio to ".spin/logs/"'
echo
"$LOADTEST" serve --from "$manifest" $only --listen 127.0.0.1:0
exit $?
"#;

/// A directory with a `spin.toml`, and all that is on the PATH there.
pub struct Here {
    dir: TempDir,
}

impl Here {
    /// Where there is no `spin`.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("guest.wasm"), wat::parse_str(GUEST).unwrap()).unwrap();
        fs::write(dir.path().join("spin.toml"), MANIFEST).unwrap();
        fs::create_dir(dir.path().join("bin")).unwrap();
        Self { dir }
    }

    /// Where `spin` is a stand-in that serves.
    pub fn with_spin() -> Self {
        Self::with_spin_that("echo 'spin 4.1.0 (abc 2026-01-01)'", UP)
    }

    /// Where `spin --version` and `spin up` do this.
    pub fn with_spin_that(version: &str, up: &str) -> Self {
        let here = Self::new();
        let script = format!("#!/bin/sh\nif [ \"$1\" = --version ]; then\n{version}\nexit\nfi\n{up}");
        super::script::script(&here.dir.path().join("bin/spin"), &script);
        here
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Adds lines at the end of the manifest, to the component.
    pub fn add_to_manifest(&self, lines: &str) {
        fs::write(self.path().join("spin.toml"), format!("{MANIFEST}{lines}")).unwrap();
    }

    /// Adds a second component, `other`, which is the same program.
    pub fn add_component(&self) {
        let trigger = MANIFEST.split("[[trigger.http]]").nth(1).unwrap().split("[component").next().unwrap();
        let trigger = trigger.replace("/wagi", "/other").replace("guest", "other");
        self.add_to_manifest(&format!(
            "[component.other]\nsource = \"guest.wasm\"\n[[trigger.http]]{trigger}"
        ));
    }

    /// Which components Spin was asked for, start by start.
    pub fn asked(&self) -> Vec<String> {
        let asked = fs::read_to_string(self.path().join("asked")).unwrap();
        asked.lines().map(|line| line.trim().to_owned()).collect()
    }

    /// Adds a `spin-p3.toml` whose component only says that it is of preview 3.
    pub fn add_preview_3(&self) {
        let component =
            r#"(component (instance $handler) (export "wasi:http/handler@0.3.0" (instance $handler)))"#;
        fs::write(self.path().join("p3.wasm"), wat::parse_str(component).unwrap()).unwrap();
        let manifest =
            MANIFEST.replace("guest.wasm", "p3.wasm").replace("executor = { type = \"wagi\" }\n", "");
        fs::write(self.path().join("spin-p3.toml"), manifest).unwrap();
    }

    /// A run of the program here, quick and with a JSON report.
    pub fn quick(&self, args: &str) -> Loadtest {
        self.loadtest(&format!("--path / --idle 0s --output-format json {args}"))
    }

    /// A run of the program here.
    pub fn loadtest(&self, args: &str) -> Loadtest {
        Loadtest::new(args)
            .within(self.path())
            .env("PATH", self.path().join("bin"))
            .env("LOADTEST", PROGRAM)
            .env("XDG_CACHE_HOME", self.path().join("cache"))
    }

    /// Processes that were started by a run here, without `except`. They are known by their environment, which they
    /// inherit.
    pub fn processes(&self, except: &[u32]) -> Vec<u32> {
        processes_of(self.path(), except)
    }
}

/// Processes that were started by a run in a directory, without `except`. They are known by their environment, which they
/// inherit.
pub fn processes_of(dir: &Path, except: &[u32]) -> Vec<u32> {
    let mark = dir.to_str().unwrap().as_bytes();
    let ours = |id: &u32| {
        let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        environment.windows(mark.len()).any(|window| window == mark)
    };
    let all = fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|id| !except.contains(id))
        .filter(ours)
        .collect()
}
