//! Who counts what a program does: callgrind its instructions, strace its system calls.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use loadtest::error::Error;
use loadtest::server::command_line::CommandLine;
use loadtest::server::process;
use tempfile::TempDir;

/// System calls that follow the clock and not what is asked.
const OF_THE_CLOCK: [&str; 3] = ["clock_nanosleep", "nanosleep", "restart_syscall"];

/// Who counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watcher {
    /// Instructions of the program itself: what the C library and compiled guests do is left out, since it depends on the
    /// machine, which may have wider registers to copy by. Callgrind runs one thread at a time, and knows nothing of caches,
    /// clocks and neighbours.
    Callgrind,
    /// System calls, of all threads.
    Strace,
}

/// A place for what is counted.
pub struct Log(TempDir);

impl Log {
    /// An empty one.
    ///
    /// # Errors
    ///
    /// When nothing can be written.
    pub fn new() -> Result<Self, Error> {
        TempDir::with_prefix("bench-")
            .map(Self)
            .map_err(|e| Error::Usage(format!("no temporary directory can be made: {e}")))
    }

    fn counts(&self) -> std::path::PathBuf {
        self.0.path().join("counts")
    }
}

impl Watcher {
    /// Why it cannot count here; `None` where it can.
    pub async fn missing(self) -> Option<String> {
        let (program, args): (_, &[&str]) = match self {
            Self::Callgrind => ("valgrind", &["--version"]),
            // Where processes may not be watched, this fails too.
            Self::Strace => ("strace", &["-c", "-o", "/dev/null", "echo", "yes"]),
        };
        match process::first_line(program, args).await {
            Ok(_) => None,
            Err(why) => Some(format!("{why}: apt-get install {program}")),
        }
    }

    /// How often a measurement is done: what chance adds, such as a thread that is woken once more, is least in one of them.
    pub fn tries(self) -> usize {
        match self {
            Self::Callgrind => 2,
            Self::Strace => 6,
        }
    }

    /// Runs a program, and writes what it counts into the log.
    pub fn watch(self, program: &Path, log: &Log) -> CommandLine {
        let counts = log.counts();
        let line = match self {
            Self::Callgrind => CommandLine::new("valgrind")
                .args(["--tool=callgrind", "--dump-line=no", "--quiet"])
                .arg(format!("--callgrind-out-file={}", counts.display())),
            Self::Strace => CommandLine::new("strace").args(["-f", "-c", "-o"]).arg(counts),
        };
        line.arg(program)
    }

    /// What was counted in all.
    ///
    /// # Errors
    ///
    /// When nothing was.
    pub fn total(self, program: &Path, log: &Log) -> Result<u64, Error> {
        let text = fs::read_to_string(log.counts()).unwrap_or_default();
        let total = match self {
            // By its path without links, as callgrind writes it.
            Self::Callgrind => {
                let real = program.canonicalize().unwrap_or_else(|_| program.to_owned());
                own_instructions(&text, &real.to_string_lossy())
            }
            Self::Strace => system_calls(&text),
        };
        let nothing = || Error::Usage(format!("{self:?} counted nothing of {}", program.display()));
        (total > 0).then_some(total).ok_or_else(nothing)
    }
}

/// The instructions of an object in a file of callgrind: `ob=(1) /path` says whose the lines are that follow, each a position
/// and a cost; after `calls=` there is one that is of whom was called.
fn own_instructions(text: &str, object: &str) -> u64 {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let (mut own, mut of_called, mut total) = (false, false, 0);
    for line in text.lines() {
        if let Some((key, of)) = line.split_once("ob=").filter(|(key, _)| ["", "c"].contains(key)) {
            // A name stands beside its number once.
            let (number, name) = of.split_once(' ').unwrap_or((of, ""));
            let name = *names.entry(number).or_insert(name);
            own = if key.is_empty() { name == object } else { own };
        } else if line.starts_with("calls=") {
            of_called = true;
        } else if line.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<u64>().ok());
            total += cost.filter(|_| own && !of_called).unwrap_or(0);
            of_called = false;
        }
    }
    total
}

/// ` 40.00    0.000123           1        98        12 futex`: calls are the fourth column.
fn system_calls(text: &str) -> u64 {
    let calls = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let counted = columns.last().is_some_and(|name| *name != "total" && !OF_THE_CLOCK.contains(name));
        if counted && columns.len() >= 5 { columns[3].parse::<u64>().ok() } else { None }
    };
    text.lines().filter_map(calls).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_file_of_callgrind_the_own_costs_of_one_object_count() {
        let text = "version: 1\nsummary: 1071\n\nob=(1) /bin/it\nfl=(1) ???\nfn=(1) main\n0 7\ncob=(2) /lib/libc.so\n\
                    cfn=(2) memcpy\ncalls=3 0\n0 1000\n+1 14\n\nob=(2)\nfn=(2)\n0 1000\n\nob=(1)\nfn=(3) end\n0 50\n";
        assert_eq!(own_instructions(text, "/bin/it"), 7 + 14 + 50);
        assert_eq!(own_instructions(text, "/lib/libc.so"), 1000);
        assert_eq!(own_instructions(text, "/bin/other"), 0);
    }

    #[test]
    fn system_calls_count_but_for_those_of_the_clock_whether_they_failed_or_not() {
        let text = "% time     seconds  usecs/call     calls    errors syscall\n\
                    ------ ----------- ----------- --------- --------- ----------------\n \
                    60.00    0.000600           1       600           writev\n \
                    30.00    0.000300           1       300       299 recvfrom\n \
                    10.00    0.000100           1       100           clock_nanosleep\n\
                    ------ ----------- ----------- --------- --------- ----------------\n\
                    100.00    0.001000                  1000       299 total\n";
        assert_eq!(system_calls(text), 900);
    }
}
