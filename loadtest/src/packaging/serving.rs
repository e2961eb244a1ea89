//! Which processes serve a container, by `/proc`.

use std::fs;

use super::Why;
use crate::owner;

/// What serves the container `id`, whose first process is `init`: its shim, which started that. There is one for each container.
///
/// # Errors
///
/// When that is not to be seen from here, as of a daemon in a virtual machine.
pub fn shim_of(init: &str, id: &str) -> Result<u32, Why> {
    let unseen = || Why::from("its processes cannot be seen from here");
    let init = init.parse().map_err(|_| unseen())?;
    let shim = owner::stat(init, 1).ok_or_else(unseen)?;
    let line = command_line(shim).ok_or_else(unseen)?;
    // A process of the same number may be another one here.
    if !is_shim(&line[0]) || !line.iter().any(|word| word == id) {
        return Err(unseen());
    }
    Ok(shim)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shim_is_known_by_its_name() {
        for shim in ["/usr/bin/containerd-shim-runc-v2", "containerd-shim-wasmtime-v1"] {
            assert!(is_shim(shim));
        }
        assert!(!is_shim("/usr/bin/containerd") && !is_shim("/sbin/init"));
    }
}
