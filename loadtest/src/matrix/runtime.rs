//! How large the program is that Wasm needs beside it.

use std::env;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::packaging::Why;

/// Of the program that a command of this name starts.
///
/// # Errors
///
/// Why that is not known.
pub fn on_path(program: &str) -> Result<u64, Why> {
    let path = env::var_os("PATH").unwrap_or_default();
    let file = found(program, env::split_paths(&path));
    of_file(&file.ok_or_else(|| format!("the file of {program} is not found"))?)
}

/// Whether a command of this name would be found.
pub fn is_on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    found(program, env::split_paths(&path)).is_some()
}

/// Of the program in a file.
///
/// # Errors
///
/// When it cannot be read, or starts another one, whose size is not known then.
pub fn of_file(file: &Path) -> Result<u64, Why> {
    let unreadable = |e: std::io::Error| format!("{} cannot be read: {e}", file.display());
    let mut opened = File::open(file).map_err(unreadable)?;
    let mut first = [0; 2];
    let is_script = opened.read_exact(&mut first).is_ok() && &first == b"#!";
    let bytes = opened.metadata().map_err(unreadable)?.len();
    if is_script { Err("its runtime is started by a script, and not counted".into()) } else { Ok(bytes) }
}

/// The first file of this name that can be executed.
pub fn found(program: &str, mut dirs: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let is_program = |file: &PathBuf| {
        file.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    dirs.find_map(|dir| Some(dir.join(program)).filter(is_program))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_first_that_can_be_executed_is_the_runtime() {
        let dirs = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let files = dirs.each_ref().map(|dir| dir.path().join("wasmtime"));
        for (file, bytes) in files[1..].iter().zip([7, 9]) {
            fs::write(file, vec![0; bytes]).unwrap();
        }
        let mode = |file, mode| fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
        mode(&files[1], 0o644);
        mode(&files[2], 0o755);
        let paths = || dirs.iter().map(|dir| dir.path().to_owned());
        assert_eq!(found("wasmtime", paths()).as_ref(), Some(&files[2]));
        assert_eq!(of_file(&files[2]), Ok(9));
        assert_eq!(found("spin", paths()), None);
    }

    #[test]
    fn a_script_is_no_runtime() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("spin");
        fs::write(&file, "#!/bin/sh\nexec /opt/spin\n").unwrap();
        assert!(of_file(&file).unwrap_err().contains("script"));
    }
}
