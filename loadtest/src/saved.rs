//! A file of samples, read again: what was to be measured, where, and every sample.

use std::collections::HashSet;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, de};
use serde_json::Value;

use crate::environment::Environment;
use crate::error::Error;
use crate::experiment::Ended;
use crate::input::{self, Input};
use crate::plan::Plan;
use crate::sample::Sample;
use crate::target::Target;
use crate::unreadable::unreadable;

/// The version of the lines' fields. New fields may be added; none changes its meaning.
const SCHEMA_VERSION: u32 = 1;

/// What the samples are of. The first line; once more where more is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Of the lines' fields.
    pub schema_version: u32,
    /// What was to be done.
    pub plan: Plan,
    /// Where it was done.
    pub environment: Environment,
    /// What was asked.
    pub targets: Vec<Target>,
}

impl Header {
    /// Of this version.
    pub fn new(plan: Plan, environment: Environment, targets: Vec<Target>) -> Self {
        Self { schema_version: SCHEMA_VERSION, plan, environment, targets }
    }

    /// Those of the targets, in order.
    pub fn names(&self) -> Vec<&str> {
        self.targets.iter().map(|target| target.name.as_str()).collect()
    }
}

/// How the measurement ended. The last line, if it was not killed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct End {
    /// With every sample taken, or by the user or an error.
    pub ended: Ended,
}

/// A file of samples.
#[derive(Clone, Debug)]
pub struct Saved {
    /// Its name.
    pub path: PathBuf,
    /// What is known of the samples in the end.
    pub header: Header,
    /// In the order they were taken.
    pub samples: Vec<Sample>,
    /// `None` if the measurement was killed, or goes on.
    pub ended: Option<Ended>,
    /// How long the file was, with what is not whole in it, in bytes.
    pub(crate) length: u64,
    /// Where in the file each sample ends, in bytes.
    pub(crate) ends: Vec<u64>,
    /// Where the first header ends, and where the last.
    pub(crate) header_ends: [u64; 2],
}

impl Saved {
    /// What `--resume` goes on with; `None` of a file that is not there or empty.
    pub fn if_begun(path: &Path) -> Result<Option<Self>, Error> {
        match path.metadata() {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Ok(file) if file.is_file() && file.len() == 0 => Ok(None),
            Ok(file) if !file.is_file() => Err(Error::Usage(format!(
                "{} is no file, so there is nothing to resume in it",
                path.display()
            ))),
            _ => {
                let file = Input::open(path)?;
                if file.is_packed {
                    let path = path.display();
                    return Err(Error::Usage(format!(
                        "{path} is packed, so nothing can be added to it: unpack it first"
                    )));
                }
                Self::of(&file).map(Some)
            }
        }
    }

    /// Reads a file of samples.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, and as [`Saved::of`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::of(&Input::open(path)?)
    }

    /// Reads samples from a file that may still be growing: a last line without its end is not there yet.
    pub fn of(file: &Input) -> Result<Self, Error> {
        let path = file.path.as_path();
        let unreadable = |e: io::Error| unreadable(path, &e);
        let mut lines = Lines::new(path, file.reader().map_err(unreadable)?);
        let Some(first) = lines.whole().map_err(unreadable)? else {
            return Err(Error::Usage(format!(
                "{} has no samples: it ended before the first, or is no such file; name one that --samples wrote",
                path.display()
            )));
        };
        let header = Header::parse(first).map_err(|why| lines.wrong(&why))?;
        let mut saved = Self {
            path: path.to_owned(),
            header,
            samples: Vec::new(),
            ended: None,
            length: 0,
            ends: Vec::new(),
            header_ends: [lines.offset; 2],
        };
        let mut names = saved.names();
        while let Some(line) = lines.whole().map_err(unreadable)? {
            let parsed = Line::parse(line, &saved.header.plan, &names);
            match parsed.map_err(|why| lines.wrong(&why))? {
                Line::Sample(sample) => {
                    saved.samples.push(sample);
                    saved.ends.push(lines.offset);
                }
                Line::Header(header) => {
                    saved.header = header;
                    saved.header_ends[1] = lines.offset;
                    names = saved.names();
                }
                Line::End(end) => saved.ended = Some(end.ended),
            }
        }
        saved.length = lines.offset + lines.line.len() as u64;
        Ok(saved)
    }

    /// Whether every sample of the plan is there.
    pub fn is_complete(&self) -> bool {
        self.ended == Some(Ended::Completely)
    }

    fn names(&self) -> HashSet<String> {
        self.header.targets.iter().map(|target| target.name.clone()).collect()
    }
}

impl Header {
    fn parse(line: &[u8]) -> Result<Self, String> {
        let value = serde_json::from_slice(line).and_then(|value| without_controls(&value).map(|()| value));
        let header: Self =
            value.and_then(serde_json::from_value).map_err(|e| {
                match serde_json::from_slice::<Sample>(line) {
                    Ok(_) => {
                        "a sample, but what was measured is to stand there: such files cannot be read again"
                            .into()
                    }
                    Err(_) if line.starts_with(b"{\"schema_version\":1,\"load\":") => {
                        "this is of a load, which report shows, and which is compared with nothing".into()
                    }
                    Err(_) => format!(
                        "this is neither a file of samples (--samples FILE.ndjson) nor a report (-o FILE.json): {}",
                        without_line(&e)
                    ),
                }
            })?;
        let names: HashSet<_> = header.targets.iter().map(|target| &target.name).collect();
        if header.schema_version != SCHEMA_VERSION {
            Err(format!(
                "version {} of such files is not known to this loadtest: use a newer one",
                header.schema_version
            ))
        } else if names.len() < header.targets.len() {
            Err("two targets have one name".into())
        } else {
            Ok(header)
        }
    }
}

#[expect(clippy::large_enum_variant, reason = "one at a time, each for the time of a line")]
enum Line {
    Header(Header),
    Sample(Sample),
    End(End),
}

impl Line {
    fn parse(line: &[u8], plan: &Plan, names: &HashSet<String>) -> Result<Self, String> {
        let no_sample = match serde_json::from_slice::<Sample>(line) {
            Ok(sample) if names.contains(sample.target.as_ref()) => return Ok(Self::Sample(sample)),
            Ok(sample) => {
                return Err(format!("a sample of {:?}, which is not among the targets", sample.target));
            }
            Err(e) => e,
        };
        if let Ok(end) = serde_json::from_slice(line) {
            return Ok(Self::End(end));
        }
        match Header::parse(line) {
            Ok(header) if header.plan == *plan => Ok(Self::Header(header)),
            Ok(_) => Err("another measurement begins there: keep each in a file of its own".into()),
            Err(_) => {
                Err(format!("no sample ({}): delete the line, or measure again", without_line(&no_sample)))
            }
        }
    }
}

/// What stands in a file is shown on a terminal, which obeys control characters.
pub fn without_controls(value: &Value) -> Result<(), serde_json::Error> {
    match value {
        Value::String(text) if text.contains(char::is_control) => {
            Err(de::Error::custom(format!("{text:?} has a control character")))
        }
        Value::Array(items) => items.iter().try_for_each(without_controls),
        Value::Object(fields) => fields.values().try_for_each(without_controls),
        _ => Ok(()),
    }
}

/// Of a line, serde counts the lines too.
pub fn without_line(e: &serde_json::Error) -> String {
    let text = e.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    // Of a value that is read already, no column is known.
    if e.column() == 0 { what.to_owned() } else { format!("{what}, column {}", e.column()) }
}

/// The whole lines of a file.
pub struct Lines<'a, R> {
    path: &'a Path,
    reader: R,
    line: Vec<u8>,
    number: usize,
    /// Of the end of the last line, in bytes.
    offset: u64,
}

impl<'a, R: BufRead> Lines<'a, R> {
    /// Of the file at `path`, which is read through `reader`.
    pub fn new(path: &'a Path, reader: R) -> Self {
        Self { path, reader, line: Vec::new(), number: 0, offset: 0 }
    }

    /// The next one; `None` at the end, and of one that is not whole.
    pub fn whole(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let read = self.reader.read_until(b'\n', &mut self.line)?;
        if self.line.last() != Some(&b'\n') {
            return Ok(None);
        }
        if self.offset == 0 {
            self.line = input::without_mark(std::mem::take(&mut self.line));
        }
        self.number += 1;
        self.offset += read as u64;
        Ok(Some(&self.line))
    }

    /// What is wrong with the last line.
    pub fn wrong(&self, why: &str) -> Error {
        Error::Usage(format!("{}, line {}: {why}", self.path.display(), self.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{header, sample};
    use crate::sample::Phase;
    use std::fs;

    fn line(value: &impl Serialize) -> String {
        serde_json::to_string(value).unwrap() + "\n"
    }

    fn of(text: &str) -> Result<Saved, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.ndjson");
        fs::write(&path, text).unwrap();
        Saved::read(&path).map_err(|e| e.to_string().replace(path.to_str().unwrap(), "x.ndjson"))
    }

    fn sound() -> String {
        [line(&header()), line(&sample("a", Phase::Cold, 5)), line(&sample("b", Phase::Cold, 6))].concat()
    }

    #[test]
    fn what_was_written_is_read() {
        let end = line(&End { ended: Ended::Interrupted });
        let saved = of(&[sound(), end].concat()).unwrap();
        assert_eq!(saved.header, header());
        assert_eq!(saved.samples, [sample("a", Phase::Cold, 5), sample("b", Phase::Cold, 6)]);
        assert_eq!((saved.ended, saved.is_complete()), (Some(Ended::Interrupted), false));
        assert_eq!(saved.ends[1] as usize, sound().len());
    }

    #[test]
    fn wherever_the_file_breaks_off_the_whole_lines_are_read() {
        let sound = sound();
        for length in line(&header()).len()..sound.len() {
            let whole = sound[..length].matches('\n').count() - 1;
            assert_eq!(of(&sound[..length]).unwrap().samples.len(), whole, "{length}");
        }
        assert!(of(&sound[..9]).unwrap_err().contains("x.ndjson has no samples"));
    }

    #[test]
    fn a_bad_line_is_named() {
        let message =
            of(&[sound(), "{\"target\":\"a\"}\n".into(), line(&sample("a", Phase::Cold, 5))].concat())
                .unwrap_err();
        assert!(message.starts_with("x.ndjson, line 4: no sample (missing field"), "{message}");
        assert!(!message.contains("at line 1") && message.contains("delete the line"), "{message}");
        let stranger = of(&[sound(), line(&sample("c", Phase::Cold, 5))].concat()).unwrap_err();
        assert!(stranger.contains("line 4") && stranger.contains("\"c\""), "{stranger}");
    }

    #[test]
    fn a_file_without_a_header_is_refused() {
        assert!(of(&line(&sample("a", Phase::Cold, 5))).unwrap_err().contains("line 1: a sample, but"));
        assert!(of("{}\n").unwrap_err().contains("line 1: this is neither a file of samples"));
        let newer = line(&Header { schema_version: 9, ..header() });
        assert!(of(&newer).unwrap_err().contains("version 9"));
    }

    #[test]
    fn what_would_command_a_terminal_is_refused() {
        let mut hostile = header();
        hostile.targets[0].name = "a\u{1b}[2J".into();
        let refused = of(&line(&hostile)).unwrap_err();
        assert!(refused.contains("control character") && !refused.contains('\u{1b}'), "{refused}");
    }
}
