//! A file in parts that are read at the same time. A line belongs to the part in which it begins.

use std::io::{self, BufRead, Read};
use std::thread;

use crate::input::Input;
use crate::saved::Lines;

/// Smaller ones would end before the next is begun, in bytes.
const LEAST: u64 = 1 << 22;
/// More would wait for the disk, and each has counters of its own.
const MOST: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Where it begins, maybe within a line.
    pub begin: u64,
    /// Where the next one does.
    pub end: u64,
}

impl Part {
    /// What lies between `begin`, where a line begins, and `end`: as many as there are cores for.
    pub fn all_of(begin: u64, end: u64) -> Vec<Self> {
        let cores = thread::available_parallelism().map_or(1, usize::from).min(MOST) as u64;
        Self::cut(begin, end, ((end.saturating_sub(begin)) / LEAST).clamp(1, cores))
    }

    fn cut(begin: u64, end: u64, parts: u64) -> Vec<Self> {
        let border = |part: u64| begin + end.saturating_sub(begin) / parts * part;
        let end_of = |part: u64| if part == parts { end } else { border(part) };
        (0..parts).map(|part| Self { begin: border(part), end: end_of(part + 1) }).collect()
    }

    /// From the first line that begins in it on. The last one may reach beyond its end.
    pub fn lines<'a>(&self, file: &'a Input) -> io::Result<Lines<'a, Box<dyn BufRead>>> {
        // The byte before may end a line.
        let before = self.begin.saturating_sub(1);
        let mut reader = file.reader_at(before)?;
        let skipped = if self.begin == 0 { 0 } else { reader.skip_until(b'\n')? };
        Ok(Lines::new(&file.path, reader).starting_at(before + skipped as u64))
    }

    /// How many lines begin before it.
    ///
    /// # Errors
    ///
    /// The file's.
    pub fn lines_before(&self, file: &Input) -> io::Result<usize> {
        let mut reader = file.reader_at(0)?.take(self.begin);
        let mut lines = 0;
        while reader.skip_until(b'\n')? > 0 {
            lines += 1;
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_line_is_of_one_part_however_it_is_cut(
            lines in prop::collection::vec("[a-c]{0,9}", 1..30), parts in 1..9u64, skipped in 0..3usize,
        ) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("x");
            let text = lines.join("\n") + "\n";
            std::fs::write(&path, &text).unwrap();
            let file = Input::open(&path).unwrap();
            let begin: usize = lines.iter().take(skipped).map(|line| line.len() + 1).sum();
            let mut read = Vec::new();
            for part in Part::cut(begin as u64, text.len() as u64, parts) {
                let mut of_part = part.lines(&file).unwrap();
                prop_assert!(of_part.offset() >= part.begin);
                let before = part.lines_before(&file).unwrap();
                prop_assert_eq!(before, skipped.min(lines.len()) + read.len());
                while of_part.offset() < part.end && let Some(line) = of_part.whole().unwrap() {
                    read.push(String::from_utf8(line.trim_ascii_end().to_vec()).unwrap());
                }
            }
            prop_assert_eq!(&read[..], &lines[skipped.min(lines.len())..]);
        }
    }

    #[test]
    fn a_small_file_is_one_part() {
        assert_eq!(Part::all_of(7, 100), [Part { begin: 7, end: 100 }]);
        assert_eq!(Part::all_of(7, 7), [Part { begin: 7, end: 7 }]);
    }
}
