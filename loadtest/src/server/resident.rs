//! How much memory a server would take if nothing else ran, by `/proc`.
//!
//! Servers of one program run side by side here, and share the pages of its file. What one of them would take alone does not
//! depend on that: all that is no file's, and what is resident of each file, once.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Of processes and their descendants, in bytes; `None` where none of them can be seen.
pub fn alone(roots: &[u32]) -> Option<u64> {
    let proc = Path::new("/proc");
    let smaps = |id: u32| fs::read_to_string(proc.join(id.to_string()).join("smaps")).ok();
    let mut memory = Resident::default();
    for smaps in with_descendants(proc, roots).into_iter().filter_map(smaps) {
        memory.add(&smaps);
    }
    Some(memory.bytes()).filter(|bytes| *bytes > 0)
}

/// What several processes have in memory.
#[derive(Debug, Default)]
struct Resident {
    /// What is no file's, as each process's share of it.
    anonymous: u64,
    /// Of each file, the most that a process has in memory.
    files: BTreeMap<String, u64>,
}

impl Resident {
    fn bytes(&self) -> u64 {
        self.anonymous + self.files.values().sum::<u64>()
    }

    /// Adds a process, by its `smaps`: a mapping's first line ends with the file, if it has one, and others are `Name: 12 kB`.
    fn add(&mut self, smaps: &str) {
        let mut files: BTreeMap<&str, u64> = BTreeMap::new();
        let mut file = None;
        for line in smaps.lines() {
            let mut words = line.split_ascii_whitespace();
            let first = words.next().unwrap_or_default();
            let Some(name) = first.strip_suffix(':') else {
                file = line.find(" /").map(|at| line[at + 1..].trim_end());
                continue;
            };
            let bytes = words.next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) * 1024;
            match (name, file) {
                ("Rss", Some(file)) => *files.entry(file).or_default() += bytes,
                // Written to, such a page is the file's no longer.
                ("Anonymous", Some(file)) => {
                    let resident = files.entry(file).or_default();
                    *resident = resident.saturating_sub(bytes);
                    self.anonymous += bytes;
                }
                ("Pss", None) => self.anonymous += bytes,
                _ => {}
            }
        }
        for (file, bytes) in files {
            let most = self.files.entry(file.to_owned()).or_default();
            *most = bytes.max(*most);
        }
    }
}

/// Processes and all that descends from them, each once.
fn with_descendants(proc: &Path, roots: &[u32]) -> Vec<u32> {
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const SMAPS: &str = "\
7f00-7f10 r-xp 00000000 00:01 7                          /bin/run time
Size:                100 kB
Rss:                  40 kB
Pss:                  10 kB
Anonymous:             0 kB
VmFlags: rd ex
7f10-7f20 rw-p 00001000 00:01 7                          /bin/run time
Rss:                   8 kB
Pss:                   8 kB
Anonymous:             4 kB
7f20-7f30 rw-p 00000000 00:00 0                          [heap]
Rss:                  20 kB
Pss:                  20 kB
Anonymous:            20 kB
";

    #[test]
    fn a_file_counts_in_full_however_many_map_it() {
        let mut memory = Resident::default();
        memory.add(SMAPS);
        // 40 + 8 - 4 of the file, 4 + 20 of no file.
        assert_eq!((memory.files["/bin/run time"], memory.anonymous), (44 * 1024, 24 * 1024));
        memory.add(SMAPS);
        assert_eq!(memory.bytes(), (44 + 48) * 1024);
    }

    #[test]
    fn a_process_takes_no_more_alone_than_it_has_in_memory() {
        let id = std::process::id();
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let most = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        let most: u64 = most.split_ascii_whitespace().nth(1).unwrap().parse().unwrap();
        let alone = alone(&[id]).unwrap();
        // The kernel counts what is resident in batches.
        assert!(alone > 0 && alone * 10 <= most * 1024 * 11, "{alone} {most}");
    }

    #[test]
    fn a_process_that_is_not_there_takes_nothing() {
        assert_eq!(alone(&[u32::MAX]), None);
    }

    #[test]
    fn a_process_has_a_parent_whatever_its_name() {
        assert_eq!(parent("12 (a) S 7 12 12 0"), Some(7));
        assert_eq!(parent("12 (a) S 1) b) R 8 12"), Some(8));
        assert_eq!(parent(""), None);
    }

    #[test]
    fn a_child_counts_with_its_parent() {
        use std::io::Read;
        use std::process::{Command, Stdio};
        // It says when it is there: before, it is a copy of the shell.
        let script = "exec 3<&0; (echo there; read never <&3) & wait";
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shell = shell.spawn().unwrap();
        shell.stdout.as_mut().unwrap().read_exact(&mut [0; "there\n".len()]).unwrap();
        let both = with_descendants(Path::new("/proc"), &[shell.id()]);
        let memory = alone(&[shell.id()]);
        for id in both.iter().rev() {
            let id = rustix::process::Pid::from_raw(id.cast_signed()).unwrap();
            rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
        }
        shell.wait().unwrap();
        assert_eq!(both.len(), 2);
        assert!(memory.unwrap() > 0);
    }
}
