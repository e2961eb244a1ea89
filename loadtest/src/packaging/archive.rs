//! The image of a packaging: packed, and written where a daemon can read it.

use std::path::PathBuf;

use super::{Code, Shared, Shipped, Why};
use crate::args::ImageKind;
use crate::image::{self, Reference};
use crate::target::Image;

/// An image in a file.
#[derive(Clone, Debug)]
pub struct Archive {
    /// Its name, as containerd knows it.
    pub canonical: String,
    /// Its name, as Docker knows it.
    pub familiar: String,
    /// Like `wasi/wasm`.
    pub platform: String,
    /// The file.
    pub path: PathBuf,
    /// The program's own file, in bytes.
    pub size: u64,
    /// What is shipped.
    pub shipped: Shipped,
}

impl Archive {
    /// Packs a file, unless there is none, under a name that says whose it is; `who` is distinct among those who pack.
    ///
    /// # Errors
    ///
    /// When there is none, it is not fit for it, or the archive cannot be written.
    pub fn of_file(
        kind: ImageKind,
        file: Result<&PathBuf, &Why>,
        who: &str,
        shared: &Shared,
    ) -> Result<Self, Why> {
        let program = image::program(kind, file.map_err(Why::clone)?).map_err(|e| e.to_string())?;
        Self::pack(kind, &program, who, shared)
    }

    fn pack(kind: ImageKind, program: &[u8], who: &str, shared: &Shared) -> Result<Self, Why> {
        let who = who.replace(' ', "-");
        let reference = Reference::of(&shared.session, &who);
        let (canonical, familiar) = (reference.canonical(), reference.familiar());
        let image = image::pack(kind, program, reference);
        let path = shared.dir.join(format!("{who}.tar"));
        std::fs::write(&path, image.archive())
            .map_err(|e| format!("{} cannot be written: {e}", path.display()))?;
        let code = if kind == ImageKind::Native { Code::Native } else { Code::Wasm };
        let sizes = Image { compressed_bytes: image.compressed(), unpacked_bytes: image.unpacked };
        let shipped = Shipped { image: Some(sizes), ..Shipped::file(code) };
        Ok(Self { canonical, familiar, platform: image.platform, path, size: program.len() as u64, shipped })
    }
}
