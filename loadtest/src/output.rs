//! Where the report goes: a file that is whole or not there, or standard output.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::args::{CommonArgs, Format};
use crate::error::Error;
use crate::report::{Report, json, markdown, text};

/// Where the report goes, and as what. Made before anything is measured.
pub struct Output {
    format: Format,
    file: Option<Destination>,
}

enum Destination {
    /// Becomes the file at once, when it is complete.
    Replacing(NamedTempFile, PathBuf),
    /// A pipe or a device, which cannot be replaced.
    Special(std::fs::File, PathBuf),
}

impl Output {
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn open(args: &CommonArgs) -> Result<Self, Error> {
        let format =
            args.output_format.or_else(|| by_ending(args.output.as_deref()?)).unwrap_or(Format::Text);
        Ok(Self { format, file: args.output.as_deref().map(Destination::open).transpose()? })
    }

    /// Writes the report into the file, and what a person wants to see to standard output.
    ///
    /// # Errors
    ///
    /// When the file does not take it.
    pub fn write(self, report: &Report) -> Result<(), Error> {
        let rendered = match self.format {
            Format::Text => text::render(report),
            Format::Json => json::render(report),
            Format::Markdown => markdown::render(report),
        };
        match self.file {
            None => print(&rendered),
            Some(file) => {
                // What was measured is not lost with the file.
                print(&text::render(report));
                file.write(&rendered)?;
            }
        }
        Ok(())
    }
}

fn by_ending(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()? {
        "json" => Some(Format::Json),
        "md" => Some(Format::Markdown),
        _ => None,
    }
}

/// A reader that has gone away, like `head`, is no error.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

impl Destination {
    fn open(path: &Path) -> Result<Self, Error> {
        let wrong = |e: io::Error| {
            Error::Usage(format!("cannot write {}: {e}; name another file with -o", path.display()))
        };
        if path.metadata().is_ok_and(|m| !m.is_file()) {
            let file = OpenOptions::new().write(true).open(path).map_err(wrong)?;
            return Ok(Self::Special(file, path.to_owned()));
        }
        if path.exists() {
            // Replacing would go past the file's own permissions.
            OpenOptions::new().append(true).open(path).map_err(wrong)?;
        }
        // The file that a link leads to is the one to replace.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self::Replacing(NamedTempFile::new_in(dir).map_err(wrong)?, path))
    }

    fn write(self, text: &str) -> Result<(), Error> {
        let failed =
            |path: &Path, e: io::Error| Error::Usage(format!("cannot write {}: {e}", path.display()));
        match self {
            Self::Special(mut file, path) => file.write_all(text.as_bytes()).map_err(|e| failed(&path, e)),
            Self::Replacing(mut file, path) => {
                file.write_all(text.as_bytes()).map_err(|e| failed(&path, e))?;
                make_readable(&file).map_err(|e| failed(&path, e))?;
                file.persist(&path).map(drop).map_err(|e| failed(&path, e.error))
            }
        }
    }
}

/// Temporary files are private; a report is an ordinary file.
#[cfg(unix)]
fn make_readable(file: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &NamedTempFile) -> io::Result<()> {
    Ok(())
}
