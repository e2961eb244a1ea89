//! A file that cannot be read, told in one line with its remedy.

use std::io;
use std::path::Path;

use crate::error::Error;

pub fn unreadable(path: &Path, e: &io::Error) -> Error {
    let remedy = match e.kind() {
        io::ErrorKind::NotFound => "; is its name right? --samples FILE.ndjson writes such a file",
        io::ErrorKind::IsADirectory => "; name the files in it",
        io::ErrorKind::PermissionDenied => "; let whoever wrote it give leave to read it",
        io::ErrorKind::UnexpectedEof => "; the file breaks off: copy it again",
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => "; the file is damaged: copy it again",
        _ => "",
    };
    Error::Usage(format!("cannot read {}: {}{remedy}", path.display(), e))
}
