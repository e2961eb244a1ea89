//! By `std`.

use std::env;
use std::io::{self, Write};
use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::Process;
use crate::service::Platform;

/// The environment.
#[derive(Debug)]
pub struct Variables;

impl Variables {
    /// Those of this process.
    pub fn read() -> Self {
        Self
    }

    /// The value of a variable, if it is text.
    pub fn get(&self, name: &str) -> Option<String> {
        env::var(name).ok()
    }
}

/// Writes to standard output, in one piece.
///
/// # Errors
///
/// Why it was not taken.
pub fn print(bytes: &[u8]) -> Result<(), String> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|e| e.to_string())
}

/// Writes a line to standard error.
pub fn complain(message: &str) {
    eprintln!("{message}");
}

impl Platform for Process {
    fn unix_now() -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => since.as_secs() as i64,
            Err(before) => -(before.duration().as_secs() as i64),
        }
    }

    fn steady_nanos() -> u64 {
        static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGUN.elapsed().as_nanos() as u64
    }

    fn random() -> u64 {
        getrandom::u64().expect("the platform has randomness")
    }
}
