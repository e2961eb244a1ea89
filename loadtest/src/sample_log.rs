//! Every sample as it comes, one JSON object a line, flushed: what was measured survives what comes after.
//!
//! The first line says what is measured, the last one how that ended; [`crate::saved`] reads both.

use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::Error;
use crate::place::{self, Place};
use crate::sample::Sample;
use crate::saved::{End, Header, Saved};
use crate::scenario::Ended;

/// A file of samples, or a stream. Until the first one comes, a file is as it was, or not there.
pub struct SampleLog {
    name: PathBuf,
    place: Place,
    file: File,
    existed: bool,
    /// In bytes, of whole lines that stay.
    written: u64,
    begun: bool,
    header: Option<Header>,
    /// The header that stands in the file already.
    described: Option<Header>,
    resumed: Option<Resumed>,
}

/// Where in the file the lines of an earlier measurement end.
struct Resumed {
    samples: Vec<u64>,
    header_ends: [u64; 2],
}

impl SampleLog {
    /// # Errors
    ///
    /// When the file cannot be written; found before anything is measured.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let place = Place::of(path);
        let existed = matches!(&place, Place::File(path) if path.exists());
        let file = place.open().map_err(|e| unwritable(path, &e, "name another file"))?;
        if matches!(place, Place::File(_)) {
            reserve(&file, path)?;
        }
        Ok(Self {
            name: path.to_owned(),
            place,
            file,
            existed,
            written: 0,
            begun: false,
            header: None,
            described: None,
            resumed: None,
        })
    }

    /// Goes on after the samples of `saved`, in its file.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn resume(saved: &Saved) -> Result<Self, Error> {
        let mut log = Self::create(&saved.path)?;
        if log.file.metadata().is_ok_and(|file| file.len() != saved.length) {
            return Err(in_use(&saved.path));
        }
        log.described = Some(saved.header.clone());
        log.resumed = Some(Resumed { samples: saved.ends.clone(), header_ends: saved.header_ends });
        log.keep(saved.samples.len());
        Ok(log)
    }

    /// As it was given.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Keeps the first samples of an earlier measurement. The rest is cut off when there is something to be written.
    pub fn keep(&mut self, samples: usize) {
        let Some(resumed) = &self.resumed else { return };
        let [first_header, last_header] = resumed.header_ends;
        self.written =
            samples.checked_sub(1).map_or(first_header, |last| resumed.samples[last]).max(first_header);
        if self.written < last_header {
            self.described = None;
        }
    }

    /// Says what the samples from now on are of.
    pub fn describe(&mut self, header: Header) {
        self.header = Some(header);
    }

    /// # Errors
    ///
    /// When the file does not take it: the disk may be full.
    pub fn append(&mut self, sample: &Sample) -> Result<(), Error> {
        self.write(sample)
    }

    /// Says what the samples are of, as is known in the end, and how the measurement ended; nothing where nothing was
    /// measured.
    ///
    /// # Errors
    ///
    /// As [`SampleLog::append`].
    pub fn finish(mut self, header: Header, ended: Ended) -> Result<(), Error> {
        if !self.begun && self.resumed.is_none() {
            return Ok(());
        }
        self.describe(header);
        self.write(&End { ended })
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), Error> {
        let mut lines = Vec::new();
        if self.header != self.described {
            add_line(&mut lines, &self.header);
            self.described = self.header.clone();
        }
        add_line(&mut lines, line);
        self.write_whole(&lines).map_err(|e| {
            self.cut_half_a_line();
            unwritable(&self.name, &e, "measuring ended there; make room, or name another file")
        })
    }

    /// In one write: a reader never sees half a line, and nothing is left to be flushed.
    fn write_whole(&mut self, lines: &[u8]) -> io::Result<()> {
        if !self.begun && self.is_file() {
            self.file.set_len(self.written)?;
            self.file.seek(SeekFrom::Start(self.written))?;
        }
        self.begun = true;
        place::write_all(&self.file, lines)?;
        self.written += lines.len() as u64;
        Ok(())
    }

    /// A disk takes what it has room for.
    fn cut_half_a_line(&self) {
        if self.is_file() {
            let _ = self
                .file
                .set_len(self.written)
                .and_then(|()| (&self.file).seek(SeekFrom::Start(self.written)));
        }
    }

    fn is_file(&self) -> bool {
        matches!(self.place, Place::File(_))
    }
}

/// Two measurements in one file would spoil both. A file system that knows no locks is trusted.
fn reserve(file: &File, path: &Path) -> Result<(), Error> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(in_use(path)),
        _ => Ok(()),
    }
}

fn in_use(path: &Path) -> Error {
    let path = path.display();
    Error::Usage(format!(
        "another measurement writes its samples to {path}: let it end, or name another file"
    ))
}

fn add_line(lines: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(&mut *lines, value).expect("what is measured serializes");
    lines.push(b'\n');
}

fn unwritable(path: &Path, e: &io::Error, remedy: &str) -> Error {
    Error::Usage(format!("cannot write samples to {}: {e}; {remedy}", path.display()))
}

impl Drop for SampleLog {
    fn drop(&mut self) {
        if let Place::File(path) = &self.place
            && !self.existed
            && !self.begun
        {
            let _ = fs::remove_file(path);
        }
    }
}
