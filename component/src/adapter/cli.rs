//! The one-shot command.

use std::io::{self, Write};

use crate::clock::MoscowTime;
use crate::service::unix_now;

/// Prints the time as indented JSON.
///
/// # Errors
///
/// When standard output does not take it.
pub fn print_once() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", MoscowTime::at(unix_now()).to_json_pretty())?;
    out.flush()
}
