//! Files that are kept in the repository.

use std::fs;
use std::io::Write;
use std::path::Path;

use loadtest::error::Error;

use crate::workspace;

/// What the file of results begins with.
const TITLE: &str = "# Results\n\nWritten by the bench; what no command wrote, it leaves as it is.\n";

/// Puts a section of `bench/RESULTS.md` in the place of the one that had its heading.
///
/// # Errors
///
/// When it cannot be written.
pub fn keep(heading: &str, text: &str) -> Result<(), Error> {
    let path = workspace::root().join("bench/RESULTS.md");
    let document = fs::read_to_string(&path).unwrap_or_else(|_| TITLE.into());
    replace(&path, &with_section(&document, heading, text))
}

/// The document with this section in the place of the one that had its heading, or at the end.
fn with_section(document: &str, heading: &str, text: &str) -> String {
    let section = format!("## {heading}\n\n{}\n", text.trim_end());
    let begin = document.match_indices("## ").map(|(at, _)| at).find(|at| {
        let starts_line = *at == 0 || document[..*at].ends_with('\n');
        starts_line && document[at + 3..].lines().next() == Some(heading)
    });
    let Some(begin) = begin else { return format!("{}\n\n{section}", document.trim_end()) };
    match document[begin + 3..].find("\n## ") {
        Some(end) => format!("{}{section}\n{}", &document[..begin], &document[begin + 3 + end + 1..]),
        None => format!("{}{section}", &document[..begin]),
    }
}

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
    #[cfg(unix)]
    {
        // As others may read what is in a repository, which a temporary file forbids.
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644)).map_err(failed)?;
    }
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_takes_the_place_of_the_last_one_and_others_stay() {
        let document = "# Results\n\nText.\n\n## Goals\n\nold\n\n## Limits\n\nby hand\n";
        let goals = with_section(document, "Goals", "new\n");
        assert_eq!(goals, "# Results\n\nText.\n\n## Goals\n\nnew\n\n## Limits\n\nby hand\n");
        let limits = with_section(document, "Limits", "none");
        assert_eq!(limits, "# Results\n\nText.\n\n## Goals\n\nold\n\n## Limits\n\nnone\n");
    }

    #[test]
    fn a_new_section_comes_last() {
        let document = with_section("# Results\n", "Growth", "| a |");
        assert_eq!(document, "# Results\n\n## Growth\n\n| a |\n");
        assert_eq!(with_section(&document, "Growth", "| a |"), document);
    }
}
