//! Every sample as it comes, one JSON object a line, flushed: what was measured survives what comes after.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sample::Sample;

/// A file of samples. Until the first one comes, the file is as it was, or not there.
pub struct SampleLog {
    file: File,
    path: PathBuf,
    existed: bool,
    begun: bool,
}

impl SampleLog {
    /// # Errors
    ///
    /// When the file cannot be written; found before anything is measured.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let existed = path.exists();
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(|e| {
            Error::Usage(format!("cannot write samples to {}: {e}; name another file", path.display()))
        })?;
        Ok(Self { file, path: path.to_owned(), existed, begun: false })
    }

    /// # Errors
    ///
    /// When the file does not take it: the disk may be full.
    pub fn append(&mut self, sample: &Sample) -> Result<(), Error> {
        let mut line = serde_json::to_vec(sample).expect("samples serialize");
        line.push(b'\n');
        self.write(&line)
            .map_err(|e| Error::Usage(format!("cannot write samples to {}: {e}", self.path.display())))
    }

    /// In one write: a reader never sees half a line, and nothing is left to be flushed.
    fn write(&mut self, line: &[u8]) -> std::io::Result<()> {
        if !self.begun && self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.begun = true;
        self.file.write_all(line)
    }
}

impl Drop for SampleLog {
    fn drop(&mut self) {
        if !self.existed && !self.begun {
            let _ = fs::remove_file(&self.path);
        }
    }
}
