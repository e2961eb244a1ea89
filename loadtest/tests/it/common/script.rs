//! Programs that are scripts.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes a program that can be run at once.
///
/// A process of its own writes it: while this one had the file open, so would every process that another test starts just
/// then, until that has become its program; and what somebody may write to, Linux does not run ("Text file busy").
pub fn script(path: &Path, text: &str) {
    let mut shell = Command::new("/bin/sh")
        .args(["-c", "PATH=/usr/bin:/bin; cat > \"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    shell.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success(), "{}", path.display());
}
