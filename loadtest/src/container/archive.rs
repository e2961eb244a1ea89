//! The image of a packaging: packed, and written where a daemon can read it.

use std::path::PathBuf;

use crate::args::ImageKind;
use crate::image::{self, Reference};
use crate::matrix::packaging::{Shared, Sizes, Why};

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
    /// What it takes.
    pub sizes: Sizes,
}

impl Archive {
    /// Packs a file, unless there is none.
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

    /// Packs a program, under a name that says whose it is; `who` is distinct among those who pack.
    ///
    /// # Errors
    ///
    /// When the archive cannot be written.
    pub fn pack(kind: ImageKind, program: &[u8], who: &str, shared: &Shared) -> Result<Self, Why> {
        let who = who.replace(' ', "-");
        let reference = Reference::of(&shared.session, &who);
        let (canonical, familiar) = (reference.canonical(), reference.familiar());
        let image = image::pack(kind, program, reference);
        let path = shared.dir.join(format!("{who}.tar"));
        std::fs::write(&path, image.archive())
            .map_err(|e| format!("{} cannot be written: {e}", path.display()))?;
        let sizes = Sizes {
            artefact: Ok(image.unpacked),
            image_compressed: Ok(image.compressed()),
            image_unpacked: Ok(image.unpacked),
            runtime: Err("what runs containers is several programs, which are not counted".into()),
            base: Ok("scratch".into()),
        };
        Ok(Self { canonical, familiar, platform: image.platform, path, sizes })
    }
}
