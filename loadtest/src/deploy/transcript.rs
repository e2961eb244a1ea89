//! What a command printed, line by line, with the moments at which it came.

use std::time::Duration;

use crate::plain_output;

/// The longest line that is kept whole, in bytes, and the most lines.
const LONGEST: usize = 4096;
const MOST: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When its first byte was read.
    pub begun: Duration,
    /// When its end was read. The same moment means the same read: nothing is known of the time between.
    pub ended: Duration,
    /// Without its end, and without what would command a terminal.
    pub text: String,
}

#[derive(Clone, Debug, Default)]
pub struct Transcript {
    lines: Vec<Line>,
    open: Option<(Duration, Vec<u8>)>,
    /// Whether the last line ended with a return, which a newline may belong to.
    returned: bool,
}

impl Transcript {
    /// Takes what one read gave, at that moment. A return without a newline ends a line too: what is written over it is
    /// another one.
    pub fn hear(&mut self, at: Duration, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let is_rest = std::mem::replace(&mut self.returned, part.ends_with(b"\r")) && part == b"\n";
            if is_rest {
                continue;
            }
            let (_, line) = self.open.get_or_insert_with(|| (at, Vec::new()));
            let room = LONGEST.saturating_sub(line.len());
            line.extend_from_slice(&part[..part.len().min(room)]);
            if part.ends_with(b"\n") || part.ends_with(b"\r") {
                self.end(at);
            }
        }
    }

    /// Ends the last line, if it has no end of its own.
    pub fn end(&mut self, at: Duration) {
        let Some((begun, bytes)) = self.open.take().filter(|_| self.lines.len() < MOST) else { return };
        self.lines.push(Line { begun, ended: at, text: plain_output::line(&bytes) });
    }

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_line_that_comes_in_pieces_has_the_moments_of_its_ends() {
        let mut transcript = Transcript::default();
        transcript.hear(at(1), b"one\ntw");
        transcript.hear(at(2), b"o");
        transcript.hear(at(3), b" \r\nthree");
        transcript.end(at(9));
        let line = |begun, ended, text: &str| Line { begun: at(begun), ended: at(ended), text: text.into() };
        assert_eq!(transcript.lines(), [line(1, 1, "one"), line(1, 3, "two"), line(3, 9, "three")]);
    }

    #[test]
    fn what_is_written_over_a_line_is_another_line() {
        let mut transcript = Transcript::default();
        transcript.hear(at(1), b"\x1b[33mUploading a\x1b[0m\rDeploying...\r");
        transcript.hear(at(2), b"\nb\r\n\n");
        let texts: Vec<_> = transcript.lines().iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["Uploading a", "Deploying...", "b", ""]);
    }

    #[test]
    fn what_would_command_a_terminal_or_fill_the_memory_is_left_out() {
        let mut transcript = Transcript::default();
        transcript.hear(at(1), b"\x1b[2Ja\n");
        transcript.hear(at(1), &[b'x'; 9999]);
        transcript.end(at(1));
        assert_eq!(transcript.lines()[0].text, "a");
        assert_eq!(transcript.lines()[1].text.len(), LONGEST);
    }
}
