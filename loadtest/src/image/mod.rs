//! `loadtest image`: what is here, as a container image, without Docker.

mod blob;
mod layer;
mod pack;
mod reference;

use std::path::Path;

use host::Manifest;

use crate::args::{ImageArgs, ImageKind};
use crate::error::Error;
use crate::interrupt;
use crate::local::artefact::{self, Form};
use crate::output::{Destination, Screen};

pub use pack::{Image, PORT, pack};
pub use reference::Reference;

/// Builds what is to be packed, packs it, and says what came of it.
pub async fn write(args: &ImageArgs) -> Result<(), Error> {
    let manifest = Manifest::load(&args.manifest)?;
    let reference = match &args.tag {
        Some(tag) => Reference::parse(tag)?,
        None => Reference::of(&manifest.name, tag(args.kind)),
    };
    let screen = Screen::beside(&args.output);
    let file = Destination::open(&args.output, None, Screen::Stderr)?;
    let Some(file) = file else {
        return Err(Error::Usage("an image is not for the eye: name a file with -o, or - for a pipe".into()));
    };
    let built = artefact::build(&manifest, form(args.kind));
    let path = interrupt::token().run_until_cancelled(built).await.ok_or(Error::Interrupted)??;
    let image = pack(args.kind, &program(args.kind, &path)?, reference);
    file.write(&image.archive())?;
    let told = format!(
        "{} ({}): {} bytes, {} as it is sent\n",
        image.reference.familiar(),
        image.platform,
        image.unpacked,
        image.compressed()
    );
    screen.print(told.as_bytes())
}

/// The bytes of a program that is to be packed.
///
/// # Errors
///
/// When it cannot be read, has no entry point, or imports what the runtimes of Wasm containers do not have.
pub fn program(kind: ImageKind, path: &Path) -> Result<Vec<u8>, Error> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|e| Error::Usage(format!("cannot read {name}: {e}")))?;
    if kind == ImageKind::Wasm && !host::is_command(&bytes) {
        return Err(Error::Usage(format!(
            "{name} has no entry point: a command exports _start, or as a component wasi:cli/run; build it as a program, \
             not as a library"
        )));
    }
    let foreign = if kind == ImageKind::Native { Vec::new() } else { host::imports_beyond_wasi(&bytes) };
    match foreign.first() {
        None => Ok(bytes),
        Some(import) => Err(Error::Usage(format!(
            "{name} imports {import}, which only its own host has, and no runtime of Wasm containers: leave that out, or \
             pack another component"
        ))),
    }
}

pub fn form(kind: ImageKind) -> Form {
    match kind {
        ImageKind::Native => Form::Native,
        ImageKind::Wasm => Form::Module,
        ImageKind::WasmHttp => Form::Preview2,
    }
}

fn tag(kind: ImageKind) -> &'static str {
    match kind {
        ImageKind::Native => "native",
        ImageKind::Wasm => "wasm",
        ImageKind::WasmHttp => "wasm-http",
    }
}
