//! Packing a container image.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Pack what is here as a container image.
///
/// The archive is an OCI layout, and what `docker save` writes as well: `docker load -i FILE.tar`, or `ctr images import
/// FILE.tar` (with --platform=wasi/wasm for Wasm). The same program gives the same archive, byte for byte.
#[derive(Debug, Args)]
pub struct ImageArgs {
    /// What the image holds
    #[arg(long, value_enum)]
    pub kind: ImageKind,
    /// Write the archive into this file
    #[arg(short = 'o', long, value_name = "FILE.tar")]
    pub output: PathBuf,
    /// Name of the image [default: the application's name, with the kind as its tag]
    #[arg(short = 't', long, value_name = "NAME:TAG")]
    pub tag: Option<String>,
    /// Manifest that says how the components are built
    #[arg(short = 'f', long = "from", value_name = "SPIN_TOML", default_value = "spin.toml")]
    pub manifest: PathBuf,
}

/// What an image holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImageKind {
    /// The program for Linux, static: server and command
    Native,
    /// The WAGI module: a command (MODE=once)
    Wasm,
    /// The preview 2 component, served over HTTP by the runtime
    WasmHttp,
}
