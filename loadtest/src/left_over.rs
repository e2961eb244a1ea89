//! What processes of this program left behind that were killed: it is known by whose it is, and removed.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

use crate::owner;

/// How long until the next look at all processes.
const AGAIN: Duration = Duration::from_millis(100);
/// After so many looks, what is still there cannot be ended.
const LOOKS: u32 = 50;

/// All that was left just now: processes, directories, containers and images.
pub async fn remove() {
    end_processes().await;
    // One that was just being started is seen now.
    tokio::time::sleep(AGAIN).await;
    end_processes().await;
    #[cfg(feature = "serve")]
    crate::container::remove_all(owner::is_stale).await;
    remove_directories().await;
}

/// Ends processes, and waits until they have.
pub async fn end_processes() {
    for _ in 0..LOOKS {
        let found = processes();
        if found.is_empty() {
            break;
        }
        for process in found {
            let _ = kill_process(process, Signal::KILL);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Those whose environment says that they belong to one that has ended.
fn processes() -> Vec<Pid> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| owner_of(*id).is_some_and(|owner| owner::is_stale(&owner)))
        .filter_map(Pid::from_raw)
        .collect()
}

fn owner_of(id: i32) -> Option<String> {
    // Another user's cannot be read, and is none of this user's.
    let environment = fs::read(format!("/proc/{id}/environ")).ok()?;
    let named = |variable: &[u8]| {
        let (name, owner) = std::str::from_utf8(variable).ok()?.split_once('=')?;
        (name == owner::VARIABLE).then(|| owner.to_owned())
    };
    environment.split(|byte| *byte == 0).find_map(named)
}

/// Removes temporary directories.
pub async fn remove_directories() {
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let is_stale = entry.file_name().to_str().is_some_and(owner::is_stale);
        if is_stale && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            release(&entry.path()).await;
            // Another user's stays.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Unmounts what is mounted within a directory, as `ctr` does with an image for a moment, and not if it is killed then.
pub async fn release(dir: &Path) {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let places = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    for place in places.map(Path::new).filter(|place| place.starts_with(dir)) {
        let _ = Command::new("umount").arg("--lazy").arg(place).status().await;
    }
}
