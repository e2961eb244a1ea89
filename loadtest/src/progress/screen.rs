//! The line of a terminal that is written again and again.
//!
//! The cursor stays behind what is written, and in sight: what the terminal itself writes there, such as the `^C` of
//! Ctrl-C, is in the same line, and goes with it.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use crate::look::Look;

/// From one time to the next, on average: what changes more often flickers, and takes time from measuring.
const INTERVAL: Duration = Duration::from_millis(100);
/// How far ahead of that a few that come at once may be: a pause may follow, in which they are looked at.
const AHEAD: Duration = Duration::from_millis(400);
/// Columns for what the terminal writes itself, so that it begins no other line: `^C^C`, and none in the last column.
const SPARE: usize = 5;

pub struct Screen {
    is_shown: bool,
    /// When it is due to be written again.
    due: Instant,
    is_written: bool,
}

impl Screen {
    /// Shows nothing if `quiet`, or where there is no terminal that can go back in a line.
    pub fn new(quiet: bool) -> Self {
        let is_able = std::env::var_os("TERM").map_or(cfg!(windows), |term| term != "dumb");
        Self { is_shown: !quiet && is_able && stderr().is_terminal(), due: Instant::now(), is_written: false }
    }

    /// Shows a line that fits, if it is time to.
    pub fn show(&mut self, line: impl FnOnce(Look) -> String) {
        if !self.is_shown || !is_time(&mut self.due, Instant::now()) {
            return;
        }
        let look = Look::of_stderr();
        let line = line(Look { width: look.width - SPARE, ..look });
        self.is_written = true;
        // In one piece, so that no half of it is seen.
        let _ = stderr().write_all(format!("\r{line}\x1b[K").as_bytes());
    }

    pub fn clear(&mut self) {
        if std::mem::take(&mut self.is_written) {
            let _ = stderr().write_all(b"\r\x1b[K");
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Whether to write at this time, and if so, when it is due again.
fn is_time(due: &mut Instant, now: Instant) -> bool {
    let next = (*due).max(now);
    let is_time = next - now <= AHEAD;
    if is_time {
        *due = next + INTERVAL;
    }
    is_time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_at_once_are_written_and_many_are_not() {
        let now = Instant::now();
        let mut due = now;
        assert_eq!((0..100).filter(|_| is_time(&mut due, now)).count(), 5);
    }

    #[test]
    fn however_many_come_it_is_written_ten_times_a_second() {
        let start = Instant::now();
        let mut due = start;
        let written = (0..10_000).filter(|n| is_time(&mut due, start + Duration::from_millis(*n))).count();
        assert!((100..=105).contains(&written), "{written}");
    }
}
