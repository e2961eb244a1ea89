//! Every sample as it comes, one JSON object a line, flushed: what was measured survives what comes after.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sample::Sample;

/// A file of samples.
pub struct SampleLog {
    file: File,
    path: PathBuf,
}

impl SampleLog {
    /// # Errors
    ///
    /// When the file cannot be written; found before anything is measured.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let file = File::create(path).map_err(|e| {
            Error::Usage(format!("cannot write samples to {}: {e}; name another file", path.display()))
        })?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// # Errors
    ///
    /// When the file does not take it: the disk may be full.
    pub fn append(&mut self, sample: &Sample) -> Result<(), Error> {
        let mut line = serde_json::to_vec(sample).expect("samples serialize");
        line.push(b'\n');
        // One write for a line: a reader never sees half of one, and nothing is left to be flushed.
        self.file
            .write_all(&line)
            .map_err(|e| Error::Usage(format!("cannot write samples to {}: {e}", self.path.display())))
    }
}
