//! A command as it is run: without a shell, so that none is timed.

use std::ffi::{OsStr, OsString};
use std::process::Stdio;

use tokio::process::Command;

use crate::plain_output;
use crate::process_group::ProcessGroup;

/// What the application looks at: whatever this program was started with, it is not meant for it.
const NOT_INHERITED: [&str; 5] = ["MODE", "PORT", "HOST", "REQUEST_METHOD", "SPIN_HTTP_LISTEN_ADDR"];
/// What has programs in Rust walk up their stack for every error that they make, be it one that nobody sees: wasmtime makes one
/// for each component that it drops.
pub(crate) const BACKTRACES: [&str; 2] = ["RUST_BACKTRACE", "RUST_LIB_BACKTRACE"];

/// A program, what it is told, and what its environment has besides this program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(String, OsString)>,
    stdin_held: bool,
    shown: Option<String>,
}

impl CommandLine {
    /// Of a program on the `PATH`, or at a path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref().to_owned();
        Self { program, args: Vec::new(), env: Vec::new(), stdin_held: false, shown: None }
    }

    /// With another argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// With these arguments besides.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// With a variable besides.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// With a standard input that closes when this program ends, however that ends.
    pub fn stdin_held(self) -> Self {
        Self { stdin_held: true, ..self }
    }

    /// The same, but this is what messages call it.
    pub fn shown_as(self, shown: String) -> Self {
        Self { shown: Some(shown), ..self }
    }

    /// As it would be written in a shell, for messages.
    pub fn written(&self) -> String {
        if let Some(shown) = &self.shown {
            return shown.clone();
        }
        let words = std::iter::once(&self.program).chain(&self.args);
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    /// Ready to be spawned. Nothing is set for which the standard library would have to fork instead of `posix_spawn`.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for variable in NOT_INHERITED.iter().chain(&BACKTRACES) {
            command.env_remove(variable);
        }
        command.stdin(if self.stdin_held { Stdio::piped() } else { Stdio::null() });
        command.args(&self.args).envs(self.env.iter().map(|(name, value)| (name, value)));
        plain_output::ask(&mut command);
        ProcessGroup::prepare(&mut command);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_slows_programs_down_or_is_not_meant_for_them_is_not_inherited() {
        let command = CommandLine::new("true").env("PORT", "80").command();
        let told =
            |name: &str| command.as_std().get_envs().find(|(told, _)| *told == name).map(|(_, value)| value);
        assert_eq!(told("RUST_BACKTRACE"), Some(None));
        assert_eq!(told("MODE"), Some(None));
        assert_eq!(told("PORT"), Some(Some(OsStr::new("80"))));
        assert_eq!(told("PATH"), None);
    }
}
