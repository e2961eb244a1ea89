//! The real `loadtest`, as a user runs it.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// Where the tool is.
#[derive(clap::Args, Clone)]
pub struct Tool {
    /// The program to hold to the truth [default: loadtest beside this program; `cargo build --release` makes it]
    #[arg(long, value_name = "FILE")]
    loadtest: Option<PathBuf>,
}

impl Tool {
    /// A command with these arguments, separated by spaces.
    pub fn command(&self, args: &str) -> Command {
        let mut command = Command::new(self.path());
        command.args(args.split_whitespace()).env_remove("SPIN_URL");
        command
    }

    /// The JSON report of a measurement with these arguments.
    ///
    /// # Panics
    ///
    /// When the tool is not there, or does not measure: then there is no experiment.
    pub fn report(&self, args: &str) -> Value {
        report(self.command(args))
    }

    fn path(&self) -> PathBuf {
        self.loadtest.clone().unwrap_or_else(|| beside("loadtest"))
    }
}

/// Of a command of the tool.
///
/// # Panics
///
/// When the tool is not there, or does not measure.
pub fn report(mut command: Command) -> Value {
    let output = command.args(["--quiet", "--output-format", "json"]).output();
    let output = output
        .unwrap_or_else(|e| panic!("{:?}: {e}; build it: cargo build --release", command.get_program()));
    let complaint = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("no report ({e}): {complaint}"))
}

/// Another program of this workspace.
pub fn beside(name: &str) -> PathBuf {
    std::env::current_exe().map(|path| path.with_file_name(name)).unwrap_or_else(|_| name.into())
}
