//! Shims that nobody knows any longer: `ctr` that is killed while its task is being created leaves one without a task, or what
//! one had that containerd has killed.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::serving::{command_line, is_shim};

/// What containerd keeps of each task, by namespace and name.
const BUNDLES: &str = "/run/containerd/io.containerd.runtime.v2.task";
/// What the shim for Wasm keeps of each container, by namespace and name; that of one that was killed stays.
const STATES: &str = "/run/containerd/wasmtime";
/// How often it is looked whether containerd has tidied up after one, and how many times.
const SOON: Duration = Duration::from_millis(20);
const LOOKS: u32 = 100;

/// A shim.
pub struct Shim {
    process: Pid,
    /// For whom it is.
    pub namespace: String,
    name: String,
}

/// Those of namespaces that are named so.
pub fn of(is_meant: impl Fn(&str) -> bool) -> Vec<Shim> {
    let ids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let shims = ids.filter_map(|entry| shim(entry.file_name().to_str()?.parse().ok()?));
    shims.filter(|shim| is_meant(&shim.namespace)).collect()
}

/// Removes what shims that were killed kept for namespaces that are named so, where no shim lives that would need it.
pub fn forget(is_meant: impl Fn(&str) -> bool) {
    let living = of(&is_meant);
    forget_in(Path::new(STATES), |name| is_meant(name) && living.iter().all(|shim| shim.namespace != name));
}

fn forget_in(states: &Path, is_meant: impl Fn(&str) -> bool) {
    let namespaces = fs::read_dir(states).into_iter().flatten().flatten();
    for namespace in namespaces.filter(|namespace| namespace.file_name().to_str().is_some_and(&is_meant)) {
        let _ = fs::remove_dir_all(namespace.path());
    }
}

fn shim(id: u32) -> Option<Shim> {
    let line = command_line(id)?;
    let after = |flag| line.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1].clone());
    let process = Pid::from_raw(id.cast_signed()).filter(|_| is_shim(&line[0]))?;
    Some(Shim { process, namespace: after("-namespace")?, name: after("-id")? })
}

impl Shim {
    /// Ends it, whereupon containerd ends its container and removes what it kept of it.
    pub async fn end(&self) {
        let bundle = Path::new(BUNDLES).join(&self.namespace).join(&self.name);
        let _ = kill_process(self.process, Signal::KILL);
        for _ in 0..LOOKS {
            if !bundle.exists() {
                break;
            }
            tokio::time::sleep(SOON).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_for_a_namespace_that_is_meant_is_removed_and_nothing_else() {
        let states = tempfile::tempdir().unwrap();
        for name in ["stale", "default"] {
            fs::create_dir_all(states.path().join(name).join("container")).unwrap();
            fs::write(states.path().join(name).join("container/state.json"), "{}").unwrap();
        }
        forget_in(states.path(), |name| name == "stale");
        assert!(!states.path().join("stale").exists());
        assert!(states.path().join("default/container/state.json").exists());
    }

    #[test]
    fn what_is_no_shim_is_nobodys() {
        assert!(shim(std::process::id()).is_none());
    }
}
