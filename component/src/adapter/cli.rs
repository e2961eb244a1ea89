//! The one-shot command.

use alloc::string::String;

use crate::clock::MoscowTime;
use crate::process::{self, Process};
use crate::service::Platform;

/// Prints the time as indented JSON.
///
/// # Errors
///
/// When standard output does not take it.
pub fn print_once() -> Result<(), String> {
    process::print((MoscowTime::at(Process::unix_now()).to_json_pretty() + "\n").as_bytes())
}
