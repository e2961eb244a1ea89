//! The summary of a job in GitHub Actions: a file that Markdown is added to, and which the job's page shows.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use crate::error::Error;

/// Names the file.
const VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// The file, open before anything is measured.
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

    /// After what other steps have written.
    ///
    /// # Errors
    ///
    /// When the file does not take it.
    pub fn add(mut self, markdown: &[u8]) -> Result<(), Error> {
        let text = [b"### loadtest\n\n", markdown, b"\n"].concat();
        self.file.write_all(&text).map_err(|e| cannot_write(&self.path, &e))
    }
}

fn cannot_write(path: &std::path::Path, e: &std::io::Error) -> Error {
    Error::Usage(format!("cannot write the job's summary to {}, which {VARIABLE} names: {e}", path.display()))
}
