//! The summary of a job in GitHub Actions: a file that Markdown is added to, and which the job's page shows.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::output;

const VARIABLE: &str = "GITHUB_STEP_SUMMARY";
/// GitHub shows nothing of a step's summary that is longer, in bytes.
const MOST: usize = 1 << 20;
const HEADING: &str = "### loadtest\n\n";
const SHORTENED: &str = "\n*Shortened: GitHub takes 1 MiB for each step. `-o report.md` writes all of it.*\n";

pub struct JobSummary {
    path: PathBuf,
    file: File,
}

impl JobSummary {
    /// # Errors
    ///
    /// When this is no job, or its file cannot be written.
    pub fn open() -> Result<Self, Error> {
        let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from) else {
            return Err(Error::Usage(format!(
                "--github needs the file that {VARIABLE} names in a job of GitHub Actions, and it is not set: elsewhere, \
                 -o report.md writes the same"
            )));
        };
        let file = OpenOptions::new().append(true).create(true).open(&path);
        let file = file.map_err(|e| cannot_write(&path, &e))?;
        Ok(Self { path, file })
    }

    /// Adds Markdown after what was written before, as much of it as GitHub takes.
    pub fn add(mut self, markdown: &[u8]) -> Result<(), Error> {
        let markdown = String::from_utf8_lossy(markdown);
        let (length, is_line) = end(&self.path).unwrap_or((0, true));
        let text = text(&markdown, is_line, MOST.saturating_sub(length));
        let Some(text) = text else {
            output::note(
                "nothing was added to the job's summary, which is as long as GitHub takes (1 MiB): -o report.md writes it \
                 elsewhere",
            );
            return Ok(());
        };
        self.file.write_all(text.as_bytes()).map_err(|e| cannot_write(&self.path, &e))
    }
}

/// How long a file is, and whether its last line is whole. What is no file, like a pipe, has no end to look at.
fn end(path: &Path) -> io::Result<(usize, bool)> {
    if !path.metadata()?.is_file() {
        return Ok((0, true));
    }
    let mut file = File::open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    Ok((usize::try_from(length).unwrap_or(usize::MAX), last == [b'\n']))
}

/// What is added after a line that is whole or not, in so many bytes; `None` where there is no room.
fn text(markdown: &str, after_a_line: bool, room: usize) -> Option<String> {
    let heading = format!("{}{HEADING}", if after_a_line { "" } else { "\n\n" });
    let room = room.checked_sub(heading.len() + 1)?;
    if markdown.len() <= room {
        return Some(format!("{heading}{markdown}\n"));
    }
    let room = room.checked_sub(SHORTENED.len())?;
    let kept = &markdown[..markdown.floor_char_boundary(room)];
    let whole_lines = kept.rfind('\n').map_or("", |end| &kept[..=end]);
    Some(format!("{heading}{whole_lines}{SHORTENED}"))
}

fn cannot_write(path: &Path, e: &io::Error) -> Error {
    Error::Usage(format!("cannot write the job's summary to {}, which {VARIABLE} names: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heading_is_on_a_line_of_its_own() {
        assert_eq!(text("a\n", true, MOST).unwrap(), "### loadtest\n\na\n\n");
        assert_eq!(text("a\n", false, MOST).unwrap(), "\n\n### loadtest\n\na\n\n");
    }

    #[test]
    fn what_is_too_long_is_cut_after_a_whole_line_and_says_so() {
        let markdown = "| äöü | b |\n".repeat(100_000);
        for room in [MOST, 4096, 4097, 4098] {
            let text = text(&markdown, false, room).unwrap();
            assert!(text.len() <= room && text.len() + 40 > room, "{room}: {}", text.len());
            let (kept, told) = text.split_at(text.len() - SHORTENED.len());
            assert!(kept.ends_with("b |\n") && told.contains("1 MiB"), "{told}");
        }
    }

    #[test]
    fn where_there_is_no_room_nothing_is_added() {
        for room in [0, 20, SHORTENED.len()] {
            assert_eq!(text(&"a\n".repeat(1000), false, room), None);
        }
    }

    #[test]
    fn the_end_of_a_file_is_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        for (before, expected) in [("", (0, true)), ("a\n", (2, true)), ("a\nb", (3, false))] {
            std::fs::write(&path, before).unwrap();
            assert_eq!(end(&path).unwrap(), expected);
        }
    }
}
