//! Where, when and of what it was measured.

use std::fs;
use std::process::Command;
use std::time::SystemTime;

use loadtest::environment::Environment;

use crate::setting::Setting;
use crate::workspace;

/// Where, when and of what it was measured, in Markdown; taken before and told after.
pub struct Machine {
    load_before: String,
}

impl Machine {
    /// As it is before anything is measured.
    pub fn before() -> Self {
        Self { load_before: load() }
    }

    /// What a reader needs in order to judge or repeat it.
    pub fn told(&self, setting: &Setting, seed: u64, rounds: u32) -> String {
        let here = Environment::here(None);
        let cores = here.cores.map_or_else(|| "?".into(), |cores| cores.to_string());
        let cpu = here.cpu.unwrap_or_else(|| "an unknown processor".into());
        let kernel = read("/proc/sys/kernel/osrelease");
        let lines = [
            format!(
                "Command: `cargo run --release -p {}{}`, {rounds} rounds, seed {seed}",
                program(),
                arguments()
            ),
            format!("Machine: {cpu}, {cores} cores, {} {kernel}, {}", here.os, governor()),
            format!(
                "Others on it: load average {} before, {} after (servers and clients of the bench are in the second)",
                self.load_before,
                load()
            ),
            format!("Commit: {}, {}", commit(), humantime::format_rfc3339_seconds(SystemTime::now())),
            format!("Compiler: {}", compiler()),
            format!("Peers: {}; none is pinned to a core", setting.versions().join(", ")),
        ];
        lines.map(|line| format!("- {line}\n")).concat()
    }
}

/// Who decides how fast the processor runs, where that can be known: within a virtual machine it cannot.
fn governor() -> String {
    match fs::read_to_string("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") {
        Ok(governor) => format!("governor {}", governor.trim()),
        Err(_) => "no frequency governor to be seen".into(),
    }
}

/// As it says itself.
pub fn compiler() -> String {
    told(Command::new("rustc").arg("--version")).unwrap_or_else(|| "an unknown compiler".into())
}

/// Of the last minute.
fn load() -> String {
    read("/proc/loadavg").split(' ').next().unwrap_or("?").to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).map_or_else(|_| "?".into(), |text| text.trim().to_owned())
}

/// The package that this program is of.
fn program() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// What this program was told, as cargo hands it on.
fn arguments() -> String {
    let told: Vec<_> = std::env::args().skip(1).collect();
    if told.is_empty() { String::new() } else { format!(" -- {}", told.join(" ")) }
}

/// With `-dirty` where a file differs from it, but for that which results are written to.
fn commit() -> String {
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.args(args).current_dir(workspace::root());
        told(&mut git)
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".into() };
    let same = git(&["diff", "--quiet", "HEAD", "--", ".", ":!bench/RESULTS.md"]).is_some();
    if same { commit } else { format!("{commit}-dirty") }
}

fn told(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
