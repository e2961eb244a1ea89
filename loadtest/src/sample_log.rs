//! Every sample as it comes, one JSON object a line, flushed: what was measured survives what comes after.
//!
//! The first line says what is measured, the last one how that ended; [`crate::saved`] reads both.

use std::path::Path;

use serde::Serialize;

use crate::error::Error;
use crate::experiment::Ended;
use crate::line_file::LineFile;
use crate::sample::Sample;
use crate::saved::{End, Header, Saved};

/// A file of samples, or a stream. Until the first one comes, a file is as it was, or not there.
pub struct SampleLog {
    file: LineFile,
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
        Ok(Self { file: LineFile::create(path)?, header: None, described: None, resumed: None })
    }

    /// Goes on after the samples of `saved`, in its file.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn resume(saved: &Saved) -> Result<Self, Error> {
        let mut log = Self::create(&saved.path)?;
        log.file.check_length(saved.length)?;
        log.described = Some(saved.header.clone());
        log.resumed = Some(Resumed { samples: saved.ends.clone(), header_ends: saved.header_ends });
        log.keep(saved.samples.len());
        Ok(log)
    }

    pub fn name(&self) -> &Path {
        self.file.name()
    }

    /// Keeps the first samples of an earlier measurement. The rest is cut off when there is something to be written.
    pub fn keep(&mut self, samples: usize) {
        let Some(resumed) = &self.resumed else { return };
        let [first_header, last_header] = resumed.header_ends;
        let kept =
            samples.checked_sub(1).map_or(first_header, |last| resumed.samples[last]).max(first_header);
        self.file.keep(kept);
        if kept < last_header {
            self.described = None;
        }
    }

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
    pub fn finish(mut self, header: Header, ended: Ended) -> Result<(), Error> {
        if !self.file.is_begun() && self.resumed.is_none() {
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
        self.file.write(&lines)
    }
}

pub fn add_line(lines: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(&mut *lines, value).expect("what is measured serializes");
    lines.push(b'\n');
}
