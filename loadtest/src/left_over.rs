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
    crate::packaging::remove_all(owner::is_stale).await;
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
    having(owner::VARIABLE, owner::is_stale)
}

/// Ends what a server has started, by what the environment has of it, but for what is still in its process group; how many
/// there were.
pub fn end_of_server(mark: &str, group: Option<u32>) -> usize {
    let mut found = having(owner::SERVER, |of| of == mark);
    let is_in_group = |process: &Pid| {
        let id = process.as_raw_nonzero().get().cast_unsigned();
        group.is_some() && owner::stat(id, 2) == group
    };
    found.retain(|process| !is_in_group(process));
    for process in &found {
        let _ = kill_process(*process, Signal::KILL);
    }
    found.len()
}

/// Processes with that variable in their environment.
fn having(variable: &str, is_meant: impl Fn(&str) -> bool) -> Vec<Pid> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| value_of(variable, *id).is_some_and(|value| is_meant(&value)))
        .filter_map(Pid::from_raw)
        .collect()
}

fn value_of(variable: &str, id: i32) -> Option<String> {
    // Another user's cannot be read, and is none of this user's.
    let environment = fs::read(format!("/proc/{id}/environ")).ok()?;
    let named = |entry: &[u8]| {
        let (name, value) = std::str::from_utf8(entry).ok()?.split_once('=')?;
        (name == variable).then(|| value.to_owned())
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
