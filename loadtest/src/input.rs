//! A file of text that is read. It is opened once, and can be read several times.
//!
//! A pipe, like that of `<(zcat x)`, gives its bytes only once, and gzip has to be unpacked: both are kept in memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use crate::error::Error;
use crate::unreadable::unreadable;

/// How many of the first bytes tell what a file is.
const HEAD: u64 = 4096;
/// The most that is kept in memory, in bytes.
const MOST: u64 = 2 << 30;
/// How much is read from a file at once, in bytes.
const BUFFER: usize = 1 << 18;
const GZIP: &[u8] = b"\x1f\x8b";
/// Some editors begin UTF-8 with it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Clone, Debug)]
pub struct Input {
    pub path: PathBuf,
    content: Content,
    pub is_packed: bool,
}

#[derive(Clone, Debug)]
enum Content {
    /// It can be read from the file again.
    File,
    Memory(Arc<[u8]>),
}

impl Input {
    /// Opens a file; `-` is standard input.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let unreadable = |e: io::Error| unreadable(path, &e);
        let (file, is_regular): (Box<dyn Read>, _) = if path == Path::new("-") {
            (Box::new(io::stdin()), false)
        } else {
            let file = File::open(path).map_err(unreadable)?;
            let is_regular = file.metadata().map_err(unreadable)?.is_file();
            (Box::new(file), is_regular)
        };
        let (head, all) = begun(file).map_err(unreadable)?;
        let is_packed = head.starts_with(GZIP);
        let content = if is_packed {
            let (head, all) = begun(MultiGzDecoder::new(all)).map_err(unreadable)?;
            check_text(path, &head)?;
            in_memory(path, all)?
        } else {
            check_text(path, &head)?;
            if is_regular { Content::File } else { in_memory(path, all)? }
        };
        Ok(Self { path: path.to_owned(), content, is_packed })
    }

    /// Reads it from its beginning.
    ///
    /// # Errors
    ///
    /// The file's.
    pub fn reader(&self) -> io::Result<Box<dyn BufRead>> {
        Ok(match &self.content {
            Content::File => Box::new(BufReader::with_capacity(BUFFER, File::open(&self.path)?)),
            Content::Memory(bytes) => Box::new(Cursor::new(bytes.clone())),
        })
    }

    /// All of it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn whole(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let read = self.reader().and_then(|mut reader| reader.read_to_end(&mut bytes));
        read.map_err(|e| unreadable(&self.path, &e))?;
        Ok(without_mark(bytes))
    }

    /// Its first line.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn first_line(&self) -> Result<Vec<u8>, Error> {
        let mut line = Vec::new();
        let read = self.reader().and_then(|mut reader| reader.read_until(b'\n', &mut line));
        read.map_err(|e| unreadable(&self.path, &e))?;
        Ok(without_mark(line))
    }
}

/// The beginning of a text, without a byte order mark.
pub fn without_mark(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    bytes
}

fn begun(mut reader: impl Read) -> io::Result<(Vec<u8>, impl Read)> {
    let mut head = Vec::new();
    reader.by_ref().take(HEAD).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(reader)))
}

fn in_memory(path: &Path, reader: impl Read) -> Result<Content, Error> {
    let mut bytes = Vec::new();
    reader.take(MOST + 1).read_to_end(&mut bytes).map_err(|e| unreadable(path, &e))?;
    if bytes.len() as u64 > MOST {
        return Err(Error::Usage(format!(
            "cannot read {}: it is longer than {} GiB, which is too much for memory; save it as a plain file, and name \
             that",
            path.display(),
            MOST >> 30
        )));
    }
    Ok(Content::Memory(bytes.into()))
}

fn check_text(path: &Path, head: &[u8]) -> Result<(), Error> {
    let refused = |why: String| Err(Error::Usage(format!("cannot read {}: {why}", path.display())));
    if is_utf16(head) {
        return refused(
            "it is UTF-16 text; save it as UTF-8 (PowerShell's > writes UTF-16: use -o FILE or --samples FILE)"
                .into(),
        );
    }
    if head.contains(&0) {
        return refused(
            "it is not text; name a file that --samples FILE.ndjson or -o FILE.json wrote, plain or packed with gzip".into(),
        );
    }
    Ok(())
}

/// By its mark, or without one by the zeros of what is in ASCII too.
fn is_utf16(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe")
        || head.starts_with(b"\xfe\xff")
        || matches!(head, [1..=255, 0, 1..=255, 0, ..] | [0, 1..=255, 0, 1..=255, ..])
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn input(bytes: &[u8]) -> Result<Input, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, bytes).unwrap();
        let input = Input::open(&path).map_err(|e| e.to_string())?;
        // Whoever opened it again would not find it.
        if input.is_packed {
            fs::remove_file(&path).unwrap();
        } else {
            std::mem::forget(dir);
        }
        Ok(input)
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn gzip_is_unpacked_whatever_the_file_is_called_and_a_mark_is_no_text() {
        let text = b"\xef\xbb\xbf{\"a\":1}\nb\n";
        for bytes in [text.to_vec(), packed(text)] {
            let input = input(&bytes).unwrap();
            assert_eq!(input.first_line().unwrap(), b"{\"a\":1}\n");
            assert_eq!(input.whole().unwrap(), b"{\"a\":1}\nb\n");
        }
    }

    #[test]
    fn a_packed_file_of_two_parts_is_one() {
        let both = [packed(b"a\n"), packed(b"b\n")].concat();
        assert_eq!(input(&both).unwrap().whole().unwrap(), b"a\nb\n");
    }

    #[test]
    fn what_is_no_text_is_named() {
        let utf16 = ["\u{feff}{\"a\":1}", "{\"a\":1}"].map(|text| {
            [utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes)].map(|bytes| (bytes, "UTF-16"))
        });
        let packed = packed(&utf16[0][0].0);
        let others = [(packed, "UTF-16"), (b"\0\0\n".into(), "not text")];
        for (bytes, words) in utf16.into_iter().flatten().chain(others) {
            let refused = input(&bytes).unwrap_err();
            assert!(refused.contains(words) && refused.starts_with("cannot read "), "{refused}");
        }
    }

    #[test]
    fn a_packed_file_that_breaks_off_is_refused() {
        let whole = packed(b"a\nb\nc\n");
        assert!(input(&whole[..whole.len() - 5]).unwrap_err().contains("breaks off"));
    }

    #[test]
    fn a_device_without_end_is_no_text() {
        assert!(Input::open(Path::new("/dev/zero")).unwrap_err().to_string().contains("not text"));
    }
}
