//! A real target: the native server of this project.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::tool;

/// The native server, until it is dropped.
pub struct Native {
    child: Child,
    url: String,
}

impl Native {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// When it is not there, or does not serve.
    pub fn start() -> Self {
        let mut command = Command::new(tool::beside("moscow-time"));
        command.envs([("MODE", "server"), ("HOST", "127.0.0.1"), ("PORT", "0")]).stdout(Stdio::piped());
        let build = "build it: cargo build --release --package moscow-time";
        let mut child =
            command.spawn().unwrap_or_else(|e| panic!("{:?}: {e}; {build}", command.get_program()));
        let mut line = String::new();
        let stdout = child.stdout.take().expect("standard output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it serves");
        let base =
            line.split_whitespace().find(|word| word.starts_with("http")).expect("it says where it serves");
        Self { url: format!("{base}/api/time"), child }
    }

    /// Where it tells the time.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
