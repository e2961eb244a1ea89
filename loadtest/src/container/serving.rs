//! Which processes serve a container, and in which control group it is, by `/proc`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::matrix::packaging::{Served, Why};
use crate::owner;

/// What serves the container `id`, whose first process is `init`. Its shim is counted with it: there is one for each
/// container. `counted` says which processes are in that and which are not.
///
/// # Errors
///
/// When that is not to be seen from here, as of a daemon in a virtual machine.
pub fn of(init: &str, id: &str, counted: &str) -> Result<Served, Why> {
    let unseen = || Why::from("its processes cannot be seen from here");
    let init = init.parse().map_err(|_| unseen())?;
    let shim = owner::stat(init, 1).ok_or_else(unseen)?;
    let line = command_line(shim).ok_or_else(unseen)?;
    // A process of the same number may be another one here.
    if !is_shim(&line[0]) || !line.iter().any(|word| word == id) {
        return Err(unseen());
    }
    Ok(Served { roots: vec![shim], cgroup: cgroup(init), note: Some(counted.to_owned()) })
}

/// The process that hands on what Docker publishes at `port` of loopback.
pub fn docker_proxy(port: u16) -> Option<u32> {
    let port = port.to_string();
    let publishes = |line: &[String]| {
        let is_port = |pair: &[String]| pair[0] == "-host-port" && pair[1] == port;
        file_name(&line[0]) == "docker-proxy" && line.windows(2).any(is_port)
    };
    let ids = fs::read_dir("/proc").ok()?.flatten();
    let mut ids = ids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.find(|id| command_line(*id).is_some_and(|line| publishes(&line)))
}

pub(super) fn is_shim(program: &str) -> bool {
    file_name(program).starts_with("containerd-shim")
}

fn file_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// With at least one word.
pub(super) fn command_line(id: u32) -> Option<Vec<String>> {
    let bytes = fs::read(format!("/proc/{id}/cmdline")).ok()?;
    let words = bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    let words: Vec<_> = words.collect();
    words.first().is_some_and(|first| !first.is_empty()).then_some(words)
}

/// The directory of its memory, unless that is everybody's.
fn cgroup(id: u32) -> Option<PathBuf> {
    let groups = fs::read_to_string(format!("/proc/{id}/cgroup")).ok()?;
    let dir = directory(&groups)?;
    let own = fs::read_to_string("/proc/self/cgroup").ok().and_then(|groups| directory(&groups));
    (own.as_ref() != Some(&dir)).then_some(dir).filter(|dir| dir.is_dir())
}

/// In `/proc/ID/cgroup`, each line is `NUMBER:CONTROLLERS:PATH`: version 1 has one with `memory`, version 2 has no
/// controllers.
fn directory(groups: &str) -> Option<PathBuf> {
    let path_of = |wanted: &str| {
        groups.lines().find_map(|line| {
            let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
            controllers.split(',').any(|name| name == wanted).then(|| path.trim_start_matches('/'))
        })
    };
    let root = Path::new("/sys/fs/cgroup");
    let dir = match (path_of("memory"), path_of("")) {
        (Some(path), _) => (root.join("memory"), path),
        (None, Some(path)) => (root.to_owned(), path),
        (None, None) => return None,
    };
    (!dir.1.is_empty()).then(|| dir.0.join(dir.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_control_group_is_found_in_both_versions() {
        let v1 = "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/docker/abc\n";
        assert_eq!(directory(v1), Some("/sys/fs/cgroup/memory/docker/abc".into()));
        let v2 = "0::/system.slice/docker-abc.scope\n";
        assert_eq!(directory(v2), Some("/sys/fs/cgroup/system.slice/docker-abc.scope".into()));
        assert_eq!(directory("0::/\n"), None);
        assert_eq!(directory(""), None);
    }

    #[test]
    fn a_shim_is_known_by_its_name() {
        for shim in ["/usr/bin/containerd-shim-runc-v2", "containerd-shim-wasmtime-v1"] {
            assert!(is_shim(shim));
        }
        assert!(!is_shim("/usr/bin/containerd") && !is_shim("/sbin/init"));
    }
}
