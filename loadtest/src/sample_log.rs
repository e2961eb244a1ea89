//! Every sample as it comes, one JSON object a line, flushed: what was measured survives what comes after.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::place::{self, Place};
use crate::sample::Sample;

/// A file of samples, or a stream. Until the first one comes, a file is as it was, or not there.
pub struct SampleLog {
    name: PathBuf,
    place: Place,
    file: File,
    existed: bool,
    /// In bytes, of whole lines.
    written: u64,
    begun: bool,
}

impl SampleLog {
    /// # Errors
    ///
    /// When the file cannot be written; found before anything is measured.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let place = Place::of(path);
        let existed = matches!(&place, Place::File(path) if path.exists());
        let file = place.open().map_err(|e| unwritable(path, &e, "name another file"))?;
        Ok(Self { name: path.to_owned(), place, file, existed, written: 0, begun: false })
    }

    /// # Errors
    ///
    /// When the file does not take it: the disk may be full.
    pub fn append(&mut self, sample: &Sample) -> Result<(), Error> {
        let mut line = serde_json::to_vec(sample).expect("samples serialize");
        line.push(b'\n');
        self.write(&line).map_err(|e| {
            self.cut_half_a_line();
            unwritable(&self.name, &e, "measuring ended there; make room, or name another file")
        })
    }

    /// In one write: a reader never sees half a line, and nothing is left to be flushed.
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if !self.begun && self.is_file() {
            self.file.set_len(0)?;
        }
        self.begun = true;
        place::write_all(&self.file, line)?;
        self.written += line.len() as u64;
        Ok(())
    }

    /// A disk takes what it has room for.
    fn cut_half_a_line(&self) {
        if self.is_file() {
            let _ = self.file.set_len(self.written);
        }
    }

    fn is_file(&self) -> bool {
        matches!(self.place, Place::File(_))
    }
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
