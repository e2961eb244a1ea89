//! How much memory the processes that serve take, by `/proc`.
//!
//! Of a page that several processes map, each has its share in its PSS (proportional set size): the sum over processes
//! counts every page once, and what is shared with a process that does not serve only in part.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Served, Why};

/// The memory of what serves, in bytes, summed over its processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// How many processes.
    pub processes: usize,
    /// Proportional set size: of each page, its share.
    pub pss: u64,
    /// Resident set size: each page in full, as often as it is mapped.
    pub rss: u64,
    /// Of the resident pages, those that nothing else maps now.
    pub private: u64,
    /// Of the resident pages, those that something else maps too.
    pub shared: u64,
    /// Of the PSS, what is no file's: heap, stacks, the memory of Wasm instances, code that was compiled.
    pub anonymous_pss: u64,
    /// Of the PSS, what is mapped of the executables of all these processes: for Wasm the runtime, for a container its shim
    /// too.
    pub executable_pss: u64,
    /// What is mapped of the executables by nothing else now. A second process of the same program would share it.
    pub executable_private: u64,
    /// What is mapped of the executables by other processes too.
    pub executable_shared: u64,
    /// The most that the container's control group ever took, in which its shim is not; where there is one of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cgroup_peak: Option<u64>,
}

/// Of what serves, now.
///
/// # Errors
///
/// When the system does not tell.
pub fn of(served: &Served) -> Result<Memory, Why> {
    of_in(Path::new("/proc"), served)
}

fn of_in(proc: &Path, served: &Served) -> Result<Memory, Why> {
    let mut memory = Memory::default();
    for id in with_descendants(proc, &served.roots) {
        if let Some(one) = process(&proc.join(id.to_string()), id)? {
            memory.add(&one);
        }
    }
    if memory.processes == 0 {
        return Err("none of the processes that serve it is to be seen".into());
    }
    memory.cgroup_peak = served.cgroup.as_deref().and_then(peak);
    Ok(memory)
}

impl Memory {
    fn add(&mut self, other: &Self) {
        self.processes += other.processes;
        self.pss += other.pss;
        self.rss += other.rss;
        self.private += other.private;
        self.shared += other.shared;
        self.anonymous_pss += other.anonymous_pss;
        self.executable_pss += other.executable_pss;
        self.executable_private += other.executable_private;
        self.executable_shared += other.executable_shared;
    }
}

/// `None` of a process that has ended meanwhile.
fn process(dir: &Path, id: u32) -> Result<Option<Memory>, Why> {
    let denied = |e: &std::io::Error| e.kind() == std::io::ErrorKind::PermissionDenied;
    let rollup = match fs::read_to_string(dir.join("smaps_rollup")) {
        Ok(rollup) => rollup,
        Err(e) if denied(&e) => {
            return Err(format!(
                "the memory of process {id} is for its owner and root to see: run this with sudo"
            ));
        }
        // ESRCH of one that has ended, but was not yet waited for.
        Err(_) => return Ok(None),
    };
    let rollup = Fields::of(rollup.lines());
    let executable = fs::read_link(dir.join("exe")).unwrap_or_default();
    let executable = executable.to_string_lossy();
    let maps = fs::read_to_string(dir.join("smaps")).unwrap_or_default();
    let own = Fields::of(lines_of(&maps, &executable).into_iter());
    Ok(Some(Memory {
        processes: 1,
        pss: rollup.sum(&["Pss"]),
        rss: rollup.sum(&["Rss"]),
        private: rollup.sum(&["Private_Clean", "Private_Dirty"]),
        shared: rollup.sum(&["Shared_Clean", "Shared_Dirty"]),
        anonymous_pss: rollup.sum(&["Pss_Anon"]),
        // What was written to there is no page of the file any more, and is with the anonymous ones.
        executable_pss: own.sum(&["Pss"]).saturating_sub(own.sum(&["Anonymous"])),
        executable_private: own
            .sum(&["Private_Clean", "Private_Dirty"])
            .saturating_sub(own.sum(&["Anonymous"])),
        executable_shared: own.sum(&["Shared_Clean", "Shared_Dirty"]),
        cgroup_peak: None,
    }))
}

/// `Name:   12 kB`, summed over all lines of a name.
struct Fields<'a>(BTreeMap<&'a str, u64>);

impl<'a> Fields<'a> {
    fn of(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut sums = BTreeMap::new();
        for line in lines {
            let mut words = line.split_ascii_whitespace();
            if let (Some(name), Some(Ok(kb)), Some("kB")) = (
                words.next().and_then(|w| w.strip_suffix(':')),
                words.next().map(str::parse::<u64>),
                words.next(),
            ) {
                *sums.entry(name).or_default() += kb * 1024;
            }
        }
        Self(sums)
    }

    fn sum(&self, names: &[&str]) -> u64 {
        names.iter().filter_map(|name| self.0.get(*name)).sum()
    }
}

/// Of `smaps`, the lines about what is mapped of `file`. A mapping's first line begins with its addresses and ends with
/// its path.
fn lines_of<'a>(smaps: &'a str, file: &str) -> Vec<&'a str> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in smaps.lines() {
        let first = line.split_ascii_whitespace().next().unwrap_or_default();
        if !first.ends_with(':') {
            inside = !file.is_empty() && line.ends_with(file) && line.contains(" /");
        } else if inside {
            lines.push(line);
        }
    }
    lines
}

/// Processes and all that descends from them, each once.
pub(super) fn with_descendants(proc: &Path, roots: &[u32]) -> Vec<u32> {
    let ids = fs::read_dir(proc).into_iter().flatten().flatten();
    let parents: Vec<(u32, u32)> = ids
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            Some((id, parent(&fs::read_to_string(entry.path().join("stat")).ok()?)?))
        })
        .collect();
    let mut all: Vec<u32> = Vec::new();
    let mut next: Vec<u32> = roots.to_vec();
    while let Some(id) = next.pop() {
        if !all.contains(&id) {
            all.push(id);
            next.extend(parents.iter().filter(|(_, parent)| *parent == id).map(|(child, _)| child));
        }
    }
    all
}

/// `ID (NAME) STATE PARENT …`, where the name may have spaces and parentheses.
fn parent(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// Of version 2, else of version 1 of control groups.
fn peak(cgroup: &Path) -> Option<u64> {
    ["memory.peak", "memory.max_usage_in_bytes"]
        .iter()
        .find_map(|file| fs::read_to_string(cgroup.join(file)).ok()?.trim().parse().ok())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Read;
    use std::process::Stdio;

    use super::*;

    #[test]
    fn a_processs_parent_is_read_whatever_its_name() {
        assert_eq!(parent("12 (a) S 7 12 12 0"), Some(7));
        assert_eq!(parent("12 (a) S 1) b) R 8 12"), Some(8));
        assert_eq!(parent(""), None);
    }

    #[test]
    fn only_what_is_mapped_of_the_file_counts() {
        let smaps = "7f00-7f10 r-xp 00000000 00:01 7                          /bin/run time\nPss:  10 kB\nVmFlags: rd\n\
                     7f10-7f20 rw-p 00000000 00:00 0\nPss:  20 kB\n\
                     7f20-7f30 r--p 00001000 00:01 7                          /bin/run time\nPss:   5 kB\n";
        assert_eq!(Fields::of(lines_of(smaps, "/bin/run time").into_iter()).sum(&["Pss"]), 15 * 1024);
        assert_eq!(lines_of(smaps, ""), Vec::<&str>::new());
    }

    #[test]
    fn the_sum_is_that_of_the_processes_read_by_hand() {
        // Two processes that do nothing, one the other's child, told apart by their parents alone. It says when it is there: one
        // that still becomes another program has other memory from one moment to the next.
        let script = "exec 3<&0; (echo there; read never <&3) & wait";
        let mut shell = std::process::Command::new("sh");
        let mut shell =
            shell.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        shell.stdout.as_mut().unwrap().read_exact(&mut [0; "there\n".len()]).unwrap();
        let children = || with_descendants(Path::new("/proc"), &[shell.id()]);
        let by_hand = |id: u32| -> u64 {
            let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap();
            let line = text.lines().find(|line| line.starts_with("Pss:")).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
        };
        let ids = children();
        let all_by_hand = || ids.iter().map(|id| by_hand(*id)).sum::<u64>();
        // Others who map the same libraries come and go: it is looked again until they have not meanwhile.
        let still = |_| {
            let before = all_by_hand();
            let memory = of(&Served::tree(shell.id())).unwrap();
            (all_by_hand().abs_diff(before) * 50 <= before).then_some((memory, before))
        };
        let (memory, expected) = (0..1000).find_map(still).expect("a moment in which nobody comes or goes");
        for id in ids.iter().rev() {
            let id = rustix::process::Pid::from_raw(id.cast_signed()).unwrap();
            rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
        }
        shell.wait().unwrap();
        assert_eq!(memory.processes, 2);
        assert!(memory.pss.abs_diff(expected) * 10 <= expected, "{memory:?} {expected}");
        assert!(memory.rss >= memory.pss && memory.rss == memory.private + memory.shared, "{memory:?}");
        assert!(memory.executable_pss > 0 && memory.executable_pss + memory.anonymous_pss <= memory.pss);
        assert!(of(&Served::tree(shell.id())).is_err());
    }

    #[test]
    fn the_peak_is_that_of_the_control_group() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(peak(dir.path()), None);
        fs::write(dir.path().join("memory.max_usage_in_bytes"), "77\n").unwrap();
        assert_eq!(peak(dir.path()), Some(77));
        fs::write(dir.path().join("memory.peak"), "78\n").unwrap();
        assert_eq!(peak(dir.path()), Some(78));
    }
}
