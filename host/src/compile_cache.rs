//! Compiled code, kept from one start to the next.
//!
//! An entry is named `KEY-DIGEST.cwasm`: the key is what it was compiled from and by, the digest is of the
//! entry's own bytes. An entry is written under another name and moved into place, and used only if it still
//! has the digest it is named by; wasmtime would run whatever stands there.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wasmtime::Engine;

/// Entries kept; a rebuilt component leaves its old one behind.
const CAPACITY: usize = 64;

/// A directory of compiled code. Any trouble with it costs time only.
pub(crate) struct CompileCache<'a> {
    engine: &'a Engine,
    dir: Option<&'a Path>,
}

impl<'a> CompileCache<'a> {
    pub fn new(engine: &'a Engine, dir: Option<&'a Path>) -> Self {
        Self { engine, dir }
    }

    /// The sound entry for `wasm`, or what `compile` gives, which is then kept.
    pub fn get_or(
        &self,
        wasm: &[u8],
        compile: impl FnOnce() -> wasmtime::Result<Vec<u8>>,
    ) -> wasmtime::Result<Vec<u8>> {
        let Some(dir) = self.dir else { return compile() };
        let key = self.key(wasm);
        if let Some(code) = find(dir, &key) {
            return Ok(code);
        }
        let code = compile()?;
        // A full disk or a read-only home is no reason not to serve.
        let _ = keep(dir, &key, &code);
        prune(dir);
        Ok(code)
    }

    /// Of wasmtime's version and settings, and of the Wasm.
    fn key(&self, wasm: &[u8]) -> String {
        let mut hasher = ToBlake3(blake3::Hasher::new());
        self.engine.precompile_compatibility_hash().hash(&mut hasher);
        hasher.0.update(wasm);
        hasher.0.finalize().to_hex()[..32].to_owned()
    }
}

fn digest(code: &[u8]) -> String {
    blake3::hash(code).to_hex().to_string()
}

fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|e| e == "cwasm"))
}

fn find(dir: &Path, key: &str) -> Option<Vec<u8>> {
    entries(dir).find_map(|path| {
        let expected = path.file_stem()?.to_str()?.strip_prefix(key)?.strip_prefix('-')?.to_owned();
        let code = fs::read(&path).ok()?;
        if digest(&code) == expected {
            return Some(code);
        }
        let _ = fs::remove_file(&path);
        None
    })
}

fn keep(dir: &Path, key: &str, code: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(code)?;
    file.persist(dir.join(format!("{key}-{}.cwasm", digest(code))))?;
    Ok(())
}

fn prune(dir: &Path) {
    let age =
        |path: &PathBuf| fs::metadata(path).and_then(|m| m.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut entries: Vec<_> = entries(dir).collect();
    entries.sort_by_key(age);
    for old in entries.iter().rev().skip(CAPACITY) {
        let _ = fs::remove_file(old);
    }
}

/// Lets wasmtime's settings, which can only be hashed, go into a hash that is the same on every start.
struct ToBlake3(blake3::Hasher);

impl Hasher for ToBlake3 {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("only the whole digest is used")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(cache: &CompileCache, wasm: &[u8], code: &[u8]) -> (Vec<u8>, bool) {
        let mut compiled = false;
        let compile = || {
            compiled = true;
            Ok(code.to_vec())
        };
        let found = cache.get_or(wasm, compile).unwrap();
        (found, compiled)
    }

    #[test]
    fn code_is_compiled_once_for_the_same_wasm() {
        let (engine, dir) = (Engine::default(), tempfile::tempdir().unwrap());
        let cache = CompileCache::new(&engine, Some(dir.path()));
        assert_eq!(compiled(&cache, b"wasm", b"code"), (b"code".to_vec(), true));
        assert_eq!(compiled(&cache, b"wasm", b"other"), (b"code".to_vec(), false));
        assert_eq!(compiled(&cache, b"changed", b"other"), (b"other".to_vec(), true));
    }

    #[test]
    fn other_settings_are_another_entry() {
        let dir = tempfile::tempdir().unwrap();
        let (plain, ticking) =
            (Engine::default(), Engine::new(wasmtime::Config::new().epoch_interruption(true)).unwrap());
        compiled(&CompileCache::new(&plain, Some(dir.path())), b"wasm", b"plain");
        let (code, _) = compiled(&CompileCache::new(&ticking, Some(dir.path())), b"wasm", b"ticking");
        assert_eq!(code, b"ticking");
    }

    #[test]
    fn a_damaged_entry_is_never_used_and_is_replaced() {
        let (engine, dir) = (Engine::default(), tempfile::tempdir().unwrap());
        let cache = CompileCache::new(&engine, Some(dir.path()));
        for damage in [&b"c0de"[..], b"cod", b"", b"code and more"] {
            compiled(&cache, b"wasm", b"code");
            let entry = entries(dir.path()).next().unwrap();
            fs::write(&entry, damage).unwrap();
            assert_eq!(compiled(&cache, b"wasm", b"code"), (b"code".to_vec(), true));
            assert_eq!(compiled(&cache, b"wasm", b"code"), (b"code".to_vec(), false));
        }
    }

    #[test]
    fn a_directory_that_cannot_be_written_costs_only_time() {
        let (engine, dir) = (Engine::default(), tempfile::tempdir().unwrap());
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let cache = CompileCache::new(&engine, Some(&file));
        assert_eq!(compiled(&cache, b"wasm", b"code"), (b"code".to_vec(), true));
    }

    #[test]
    fn old_entries_make_room() {
        let (engine, dir) = (Engine::default(), tempfile::tempdir().unwrap());
        let cache = CompileCache::new(&engine, Some(dir.path()));
        for n in 0..CAPACITY as u32 + 5 {
            compiled(&cache, &n.to_le_bytes(), b"code");
        }
        assert_eq!(entries(dir.path()).count(), CAPACITY);
    }
}
