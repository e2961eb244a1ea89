//! A file that is whole or not there, or a stream.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Screen;
use crate::error::Error;
use crate::place::{self, Place};

pub struct Destination {
    name: PathBuf,
    kind: Kind,
}

enum Kind {
    /// Becomes the file at once, when it is complete.
    Replacing(NamedTempFile, PathBuf),
    /// A pipe, a device or a descriptor, which cannot be replaced.
    Stream(File),
}

impl Destination {
    /// Nothing if it is where the report would be printed anyway.
    pub fn open(path: &Path, samples: Option<&Place>, screen: Screen) -> Result<Option<Self>, Error> {
        let place = Place::of(path);
        let (name, another) = (path.display(), "name another file with -o");
        let wrong = |why: String| Error::Usage(format!("cannot write {name}: {why}; {another}"));
        if samples.is_some_and(|samples| samples.is_same(&place)) {
            return Err(Error::Usage(format!(
                "the report and the samples would both go to {name}: {another}"
            )));
        }
        if place == screen.place() {
            return Ok(None);
        }
        let kind = match place {
            Place::File(file) if !names_a_directory(path) => Kind::replacing(file).map_err(wrong)?,
            Place::File(_) => return Err(wrong("it is a directory".into())),
            stream => Kind::Stream(stream.open().map_err(|e| wrong(e.to_string()))?),
        };
        Ok(Some(Self { name: path.to_owned(), kind }))
    }

    /// All of it at once.
    ///
    /// # Errors
    ///
    /// When it does not take it.
    pub fn write(self, bytes: &[u8]) -> Result<(), Error> {
        let written = match self.kind {
            Kind::Stream(stream) => place::write_all(&stream, bytes),
            Kind::Replacing(mut file, path) => file
                .write_all(bytes)
                .and_then(|()| file.persist(path).map(drop).map_err(|e| io::Error::from(e.error.kind()))),
        };
        written.map_err(|e| Error::Usage(format!("cannot write {}: {e}", self.name.display())))
    }
}

fn names_a_directory(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().last().is_some_and(|last| std::path::is_separator((*last).into()))
}

impl Kind {
    /// Whatever can go wrong before something is measured goes wrong here.
    fn replacing(path: PathBuf) -> Result<Self, String> {
        let dir = place::directory(&path);
        place::check_directory(&path).map_err(|e| e.to_string())?;
        let earlier = match path.metadata() {
            Ok(metadata) => Some(metadata),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(e.to_string()),
        };
        if earlier.is_some() {
            // Replacing would go past the file's own permissions.
            OpenOptions::new().append(true).open(&path).map_err(|e| e.to_string())?;
        }
        // Only the kind of an error is told, since the rest of it names a file that nobody knows of.
        let in_dir = |e: io::Error| format!("no file can be made in {} ({})", dir.display(), e.kind());
        let file = temporary(dir, earlier.as_ref()).map_err(in_dir)?;
        Ok(Self::Replacing(file, path))
    }
}

/// Temporary files are private; a report is an ordinary file, or for those who could read the one before.
#[cfg(unix)]
fn temporary(dir: &Path, earlier: Option<&Metadata>) -> io::Result<NamedTempFile> {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let Some(earlier) = earlier else {
        return tempfile::Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(dir);
    };
    let file = NamedTempFile::new_in(dir)?;
    // Only root may give files away, and only root has to.
    let _ = fchown(file.as_file(), Some(earlier.uid()), Some(earlier.gid()));
    file.as_file().set_permissions(earlier.permissions())?;
    Ok(file)
}

#[cfg(not(unix))]
fn temporary(dir: &Path, _: Option<&Metadata>) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(dir)
}
