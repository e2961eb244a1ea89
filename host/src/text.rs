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

    #[test]
    fn what_cannot_be_read_is_named_with_the_remedy_and_a_mark_is_no_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spin.toml");
        let told = |path: &Path| read(path, "go where one is").map_err(|e| e.to_string());
        let read_as = |bytes: &[u8]| fs::write(&path, bytes).map(|()| told(&path)).unwrap();
        assert!(told(&path).unwrap_err().contains("go where one is"));
        assert!(told(dir.path()).unwrap_err().ends_with("name the file in it"));
        assert_eq!(read_as("\u{feff}a = 1".as_bytes()).unwrap(), "a = 1");
        assert!(read_as(b"name = \"caf\xe9\"").unwrap_err().contains("not UTF-8"));
        for text in ["\u{feff}a = 1", "a = 1"] {
            for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                let refused = read_as(&text.encode_utf16().flat_map(bytes).collect::<Vec<_>>()).unwrap_err();
                assert!(refused.ends_with("it is UTF-16 text; save it as UTF-8"), "{refused}");
            }
        }
    }
}
