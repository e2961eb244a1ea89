//! Where something is written: a file, or a stream of this process, under whatever name leads to it.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// More links than this are a loop.
const MAX_LINKS: usize = 40;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `-`, a name of standard output, or the file that it goes to.
    Stdout,
    Stderr,
    /// A pipe, a device, a descriptor: what can be neither emptied nor replaced.
    Special(PathBuf),
    /// A file where links lead to, which need not be there yet.
    File(PathBuf),
}

impl Place {
    pub fn of(path: &Path) -> Self {
        if path == Path::new("-") {
            return Self::Stdout;
        }
        let path = follow(path);
        match (descriptor(&path), path.metadata()) {
            (Some(1), _) => Self::Stdout,
            (Some(2), _) => Self::Stderr,
            (Some(_), _) => Self::Special(path),
            (None, Ok(metadata)) if !metadata.is_file() => Self::Special(path),
            (None, Ok(metadata)) if is_stdout(&metadata) => Self::Stdout,
            _ => Self::File(path),
        }
    }

    /// Whether what is written to both would be mixed up. Who names a device twice knows it to bear that.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Special(a), Self::Special(b)) if is_device(a) && is_device(b) => false,
            (Self::Special(a) | Self::File(a), Self::Special(b) | Self::File(b)) => {
                a == b || matches!((a.metadata(), b.metadata()), (Ok(a), Ok(b)) if is_same_file(&a, &b))
            }
            _ => self == other,
        }
    }

    /// What can be written, without emptying it.
    pub fn open(&self) -> io::Result<File> {
        match self {
            Self::Stdout => duplicate(&io::stdout()),
            Self::Stderr => duplicate(&io::stderr()),
            // A descriptor may lead to a file, which others write too.
            Self::Special(path) => OpenOptions::new().append(true).open(path),
            Self::File(path) => {
                check_directory(path)?;
                OpenOptions::new().write(true).create(true).truncate(false).open(path)
            }
        }
    }
}

/// Writes in one piece. A reader that has gone away, like `head` or a terminal that was closed, is no error.
pub fn write_all(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    match file.write_all(bytes) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe || is_closed_terminal(file, &e) => Ok(()),
        written => written,
    }
}

/// Where links lead to, but not past a descriptor: the file behind that is not to be opened anew.
fn follow(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            Ok(target) if descriptor(&path).is_none() => path = directory(&path).join(target),
            _ => break,
        }
    }
    match (directory(&path).canonicalize(), path.file_name()) {
        (Ok(dir), Some(name)) => dir.join(name),
        _ => path,
    }
}

/// The number of the descriptor that this is a name of.
fn descriptor(path: &Path) -> Option<u32> {
    let number = path.file_name()?.to_str()?.parse().ok()?;
    let dir = directory(path).canonicalize().ok()?;
    let is_dir = |name: &&str| Path::new(name).canonicalize().is_ok_and(|descriptors| descriptors == dir);
    ["/proc/self/fd", "/dev/fd"].iter().any(is_dir).then_some(number)
}

/// The directory that a file is in, or would be.
pub fn directory(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// # Errors
///
/// When the directory of a file is missing: the system's own error does not say what is.
pub fn check_directory(path: &Path) -> io::Result<()> {
    let dir = directory(path);
    if dir.exists() {
        return Ok(());
    }
    Err(io::Error::other(format!("there is no directory {}", dir.display())))
}

fn is_stdout(metadata: &Metadata) -> bool {
    let stdout = duplicate(&io::stdout()).and_then(|stdout| stdout.metadata());
    stdout.is_ok_and(|stdout| is_same_file(&stdout, metadata))
}

#[cfg(unix)]
fn duplicate(stream: &impl std::os::fd::AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(unix)]
fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(unix)]
fn is_closed_terminal(file: &File, e: &io::Error) -> bool {
    use std::os::unix::fs::FileTypeExt;
    e.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
        && file.metadata().is_ok_and(|metadata| metadata.file_type().is_char_device())
}

#[cfg(unix)]
fn is_device(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    path.metadata().is_ok_and(|metadata| metadata.file_type().is_char_device())
}

#[cfg(windows)]
fn duplicate(stream: &impl std::os::windows::io::AsHandle) -> io::Result<File> {
    stream.as_handle().try_clone_to_owned().map(File::from)
}

#[cfg(not(unix))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_closed_terminal(_: &File, _: &io::Error) -> bool {
    false
}

#[cfg(not(unix))]
fn is_device(_: &Path) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn every_name_of_a_stream_is_known() {
        for name in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
            assert_eq!(Place::of(Path::new(name)), Place::Stdout, "{name}");
        }
        for name in ["/dev/stderr", "/dev/fd/2", "/dev/../dev/stderr"] {
            assert_eq!(Place::of(Path::new(name)), Place::Stderr, "{name}");
        }
    }

    #[test]
    fn a_file_is_the_same_by_every_path_also_before_it_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| Place::of(&dir.path().join(name));
        fs::create_dir(dir.path().join("sub")).unwrap();
        symlink("new", dir.path().join("link")).unwrap();
        assert!(file("new").is_same(&file("sub/../new")) && file("new").is_same(&file("link")));
        assert!(!file("new").is_same(&file("other")) && !file("new").is_same(&Place::Stdout));
        fs::write(dir.path().join("new"), "").unwrap();
        fs::hard_link(dir.path().join("new"), dir.path().join("hard")).unwrap();
        assert!(file("new").is_same(&file("hard")));
    }

    #[test]
    fn links_in_a_circle_end() {
        let dir = tempfile::tempdir().unwrap();
        symlink("circle", dir.path().join("circle")).unwrap();
        assert!(matches!(Place::of(&dir.path().join("circle")), Place::File(_)));
    }
}
