//! What a run can leave on a machine: in its daemons, in directories, as processes, in the network.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use loadtest::owner;

/// Directories that daemons and their shims keep something in for each container, and how deep. Not `/run/docker/netns`:
/// Docker tidies up there once a minute.
const KEPT: [(&str, usize); 6] = [
    ("/run/netns", 1),
    ("/run/docker/runtime-runc", 2),
    ("/run/containerd", 3),
    ("/var/lib/containerd/io.containerd.runtime.v2.task", 2),
    ("/sys/class/net", 1),
    (GROUPS, 5),
];
/// Control groups: those of Docker, and those that `ctr` calls by the namespace.
const GROUPS: &str = "/sys/fs/cgroup";
/// What containerd holds of each namespace.
const HELD: [&str; 7] = [
    "containers ls --quiet",
    "tasks ls --quiet",
    "images ls --quiet",
    "snapshots ls",
    "leases ls --quiet",
    "content ls --quiet",
    "content active",
];
/// What Docker holds.
const DOCKER: [&str; 4] = [
    "docker ps --all --format {{.Names}}",
    "docker images --all --format {{.Repository}}:{{.Tag}}={{.ID}}",
    "docker network ls --format {{.Name}}",
    "docker volume ls --quiet",
];

/// All that can be seen now, a line each; `own` is the directory for temporary files of the runs that are looked at, by
/// which their processes are known.
pub fn all(own: &Path) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for question in DOCKER {
        all.extend(printed(question));
    }
    for namespace in lines("ctr namespaces ls --quiet") {
        all.extend(HELD.iter().flat_map(|held| printed(&format!("ctr --namespace {namespace} {held}"))));
        all.insert(format!("namespace {namespace}"));
    }
    all.extend(
        printed("iptables-save")
            .into_iter()
            .filter(|line| !line.contains("iptables-save: #"))
            .map(without_counts),
    );
    for (dir, depth) in KEPT {
        entries(Path::new(dir), depth, &mut all);
    }
    entries(own, 2, &mut all);
    all.extend(mounts());
    all.extend(processes(own));
    // Another run may be under way on this machine.
    all.into_iter().filter(|line| !is_of_another(line)).collect()
}

/// Whether daemons know it by a name that somebody gave it.
pub fn is_named(line: &str) -> bool {
    ["docker ", "ctr ", "namespace "].iter().any(|daemon| line.starts_with(daemon))
}

fn printed(question: &str) -> Vec<String> {
    lines(question).into_iter().map(|line| format!("{question}: {line}")).collect()
}

/// None where there is no such program, or nothing to ask.
fn lines(question: &str) -> Vec<String> {
    let mut words = question.split(' ');
    let output = Command::new(words.next().unwrap_or_default()).args(words).output();
    let stdout = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&stdout).lines().map(|line| line.trim().to_owned()).collect()
}

/// A rule or chain of the kernel's, without how often it was met.
fn without_counts(line: String) -> String {
    line.split_once(" [").map_or(line.clone(), |(line, _)| line.to_owned())
}

/// Directories and what is in them, but for what a control group consists of.
fn entries(dir: &Path, depth: usize, all: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if dir.starts_with(GROUPS) && !is_dir {
            continue;
        }
        let path = entry.path().display().to_string();
        // Whoever else runs processes here has control groups too.
        if !path.starts_with(GROUPS) || ["docker", "loadtest-"].iter().any(|maker| path.contains(maker)) {
            all.insert(path);
        }
        if is_dir && depth > 1 {
            entries(&entry.path(), depth - 1, all);
        }
    }
}

fn mounts() -> Vec<String> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter(|line| !line.contains(" /run/docker/netns/"));
    // What is mounted, where, as what; not the identities of its layers.
    mounts.map(|line| line.splitn(4, ' ').take(3).collect::<Vec<_>>().join(" ")).collect()
}

/// Those that know whose they are by what they inherited; and those that daemons start, which inherit from them.
fn processes(own: &Path) -> Vec<String> {
    let own = format!("TMPDIR={}", own.display());
    let ids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let dirs = ids.map(|entry| entry.path()).filter(|dir| dir.join("cmdline").is_file());
    dirs.filter_map(|dir| {
        let line = fs::read_to_string(dir.join("cmdline")).ok()?.replace('\0', " ");
        let environment = fs::read(dir.join("environ")).ok()?;
        let is_own = environment.split(|byte| *byte == 0).any(|variable| variable == own.as_bytes());
        let program = line.split(' ').next()?.rsplit('/').next()?;
        let is_daemons = program.starts_with("containerd-shim") || ["docker-proxy", "app"].contains(&program);
        (is_own || is_daemons).then(|| format!("process: {line}"))
    })
    .collect()
}

/// Whether it is named by a process of loadtest that is alive.
fn is_of_another(line: &str) -> bool {
    let Some(start) = line.find("loadtest-") else { return false };
    let name: String = line[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    !owner::is_stale(&name) && name.split('-').nth(2).is_some_and(|id| id.parse::<u32>().is_ok())
}
