//! A file of lines, each whole as soon as it is there.

use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::place::{self, Place};

/// A file of lines, or a stream. Until the first line comes, a file is as it was, or not there.
pub struct LineFile {
    name: PathBuf,
    place: Place,
    file: File,
    existed: bool,
    /// In bytes, of whole lines that stay.
    written: u64,
    begun: bool,
}

impl LineFile {
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
        Ok(Self { name: path.to_owned(), place, file, existed, written: 0, begun: false })
    }

    /// As it was given.
    pub fn name(&self) -> &Path {
        &self.name
    }

    pub fn is_begun(&self) -> bool {
        self.begun
    }

    /// # Errors
    ///
    /// When the file is no longer as long as it was read to be: somebody else writes there.
    pub fn check_length(&self, length: u64) -> Result<(), Error> {
        if self.file.metadata().is_ok_and(|file| file.len() != length) {
            return Err(in_use(&self.name));
        }
        Ok(())
    }

    /// The first `bytes` stay. The rest is cut off when there is something to be written.
    pub fn keep(&mut self, bytes: u64) {
        self.written = bytes;
    }

    /// Writes whole lines in one piece: a reader never sees half a line, and nothing is left to be flushed.
    pub fn write(&mut self, lines: &[u8]) -> Result<(), Error> {
        self.write_whole(lines).map_err(|e| {
            self.cut_half_a_line();
            unwritable(&self.name, &e, "measuring ended there; make room, or name another file")
        })
    }

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

fn unwritable(path: &Path, e: &io::Error, remedy: &str) -> Error {
    Error::Usage(format!("cannot write samples to {}: {e}; {remedy}", path.display()))
}

impl Drop for LineFile {
    fn drop(&mut self) {
        if let Place::File(path) = &self.place
            && !self.existed
            && !self.begun
        {
            let _ = fs::remove_file(path);
        }
    }
}
