//! The program itself, as a user runs it.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Output, Stdio};

use loadtest::sample::Sample;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::process::{Child, Command};

use super::soon;

/// Where it is.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_loadtest");

/// What the program, and what it starts, looks for in its environment: that of whoever runs the tests is not to be found.
pub const LOOKED_FOR: [&str; 15] = [
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "GITHUB_STEP_SUMMARY",
    "HOST",
    "LOADTEST_OWNER",
    "MODE",
    "NO_COLOR",
    "PORT",
    "REQUEST_METHOD",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "SPIN_HTTP_LISTEN_ADDR",
    "SPIN_URL",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];

/// A run of the program.
pub struct Loadtest(Command);

impl Loadtest {
    /// With these arguments, separated by spaces.
    pub fn new(args: impl AsRef<str>) -> Self {
        Self::run_by(Command::new(PROGRAM), args.as_ref())
    }

    /// With these arguments, run as `"$0" "$@"` by a shell, which can redirect what it writes.
    pub fn in_shell(script: &str, args: impl AsRef<str>) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script, PROGRAM]);
        Self::run_by(shell, args.as_ref())
    }

    fn run_by(mut command: Command, args: &str) -> Self {
        command.args(args.split_whitespace());
        for variable in LOOKED_FOR {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        Self(command)
    }

    /// Another argument, which may have spaces.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.0.arg(arg);
        self
    }

    /// In this directory.
    pub fn within(mut self, dir: &Path) -> Self {
        self.0.current_dir(dir);
        self
    }

    /// With this variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs it to its end.
    pub async fn run(self) -> Ended {
        self.start().end().await
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        Running(self.0.spawn().unwrap())
    }
}

/// The program while it runs.
pub struct Running(Child);

impl Running {
    /// Its process.
    pub fn id(&self) -> u32 {
        self.0.id().expect("it should still run")
    }

    /// Sends it a signal, as Ctrl-C does.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.id().cast_signed()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for its end, and only then reads what it has written.
    pub async fn end_unread(mut self) -> Ended {
        soon(self.0.wait()).await.unwrap();
        self.end().await
    }

    /// Waits for its end.
    pub async fn end(self) -> Ended {
        let Output { status, stdout, stderr } = soon(self.0.wait_with_output()).await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Ended {
    /// `None` if a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Ended well and complained of nothing; what it printed.
    pub fn well(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self:?}");
        self.stdout
    }

    /// Ended well and printed a JSON report.
    pub fn report(self) -> Value {
        parse(&self.well())
    }

    /// Ended with `code` and one line that says each of `words`, and printed nothing.
    pub fn refused(&self, code: i32, words: &[&str]) {
        self.complained(code, words);
        assert_eq!(self.stdout, "");
    }

    /// Ended with `code` and one line that says each of `words`.
    pub fn complained(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        let line = self.stderr.strip_prefix("loadtest: ").and_then(|rest| rest.strip_suffix('\n'));
        let line = line.unwrap_or_else(|| panic!("{:?} is no complaint of loadtest", self.stderr));
        assert!(!line.contains('\n'), "{line:?} is more than one line");
        for word in words {
            assert!(line.contains(word), "{line:?} does not say {word:?}");
        }
    }
}

/// A JSON document that is whole.
pub fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|e| panic!("{e}: {json:?}"))
}

/// A report that was written into a file.
pub fn report_in(file: &Path) -> Value {
    parse(&std::fs::read_to_string(file).unwrap())
}

/// The samples that are in a file by now, each line of which is whole.
pub fn samples_in(file: &Path) -> Vec<Sample> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
    let values = text.lines().map(parse).filter(|line| line.get("phase").is_some());
    values.map(|line| serde_json::from_value(line).unwrap()).collect()
}

/// The part of a report on a phase of its only target.
pub fn phase<'a>(report: &'a Value, name: &str) -> &'a Value {
    assert_eq!(report["targets"].as_array().map(Vec::len), Some(1), "{report}");
    phase_of(&report["targets"][0], name)
}

/// The part of a target's report on a phase.
pub fn phase_of<'a>(target: &'a Value, name: &str) -> &'a Value {
    let phases = target["phases"].as_array().unwrap();
    phases.iter().find(|phase| phase["phase"] == name).unwrap_or_else(|| panic!("no {name} in {target}"))
}

/// The doubts that a report has.
pub fn warnings(report: &Value) -> String {
    let warnings = report["warnings"].as_array().unwrap();
    warnings.iter().map(|warning| warning.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The names of what is in a directory, in order.
pub fn files_in(dir: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = std::fs::read_dir(dir).unwrap().map(name).collect();
    names.sort();
    names
}
