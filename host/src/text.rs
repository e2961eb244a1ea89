//! Files of text, as people write them.

use std::fs;
use std::io;
use std::path::Path;

use crate::error::Error;

/// Reads a file of UTF-8; `if_missing` is the remedy where there is none.
///
/// # Errors
///
/// When it cannot be read, or is in another encoding.
pub(crate) fn read(path: &Path, if_missing: &str) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Error::unreadable(path, format!("{e}; {if_missing}")),
        io::ErrorKind::IsADirectory => Error::unreadable(path, format!("{e}; name the file in it")),
        _ => Error::unreadable(path, e),
    })?;
    if is_utf16(&bytes) {
        return Err(Error::unreadable(path, "it is UTF-16 text; save it as UTF-8"));
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        Error::unreadable(path, format!("it is not UTF-8 text ({}); save it as UTF-8", e.utf8_error()))
    })?;
    // Some editors begin UTF-8 with a byte order mark.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// By its byte order mark, or without one by the zeros of what is in ASCII too.
fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || matches!(bytes, [1..=255, 0, 1..=255, 0, ..] | [0, 1..=255, 0, 1..=255, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(bytes: &[u8]) -> Result<String, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spin.toml");
        fs::write(&path, bytes).unwrap();
        read(&path, "go where one is").map_err(|e| e.to_string())
    }

    #[test]
    fn another_encoding_is_named_and_a_mark_is_no_text() {
        assert_eq!(read_as("\u{feff}a = 1".as_bytes()).unwrap(), "a = 1");
        for text in ["\u{feff}a = 1", "a = 1"] {
            for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                let refused = read_as(&text.encode_utf16().flat_map(bytes).collect::<Vec<_>>()).unwrap_err();
                assert!(refused.ends_with("it is UTF-16 text; save it as UTF-8"), "{refused}");
            }
        }
        assert!(read_as(b"name = \"caf\xe9\"").unwrap_err().contains("not UTF-8"));
    }

    #[test]
    fn only_a_file_that_is_missing_is_to_be_looked_for_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let told = |path: &Path| read(path, "go where one is").unwrap_err().to_string();
        assert!(told(&dir.path().join("spin.toml")).contains("go where one is"));
        assert!(!told(dir.path()).contains("go where"));
    }
}
