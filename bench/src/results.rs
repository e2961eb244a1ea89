//! Files that are kept in the repository.

use std::io::Write;
use std::path::Path;

use loadtest::error::Error;

/// Puts `text` in the place of a file, at once: nobody finds half of it.
///
/// # Errors
///
/// When it cannot be written.
pub fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |e: std::io::Error| Error::Usage(format!("{} cannot be written: {e}", path.display()));
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}
