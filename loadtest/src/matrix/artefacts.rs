//! What is built once, and packaged in every way.

use std::path::PathBuf;

use super::packaging::Why;

/// The application, in each form that it is built in; where it cannot be built, why.
#[derive(Clone, Debug)]
pub struct Artefacts {
    /// For the processor, linked statically.
    pub native: Result<PathBuf, Why>,
    /// For WASI preview 1: a command.
    pub module: Result<PathBuf, Why>,
    /// For WASI preview 2: what handles HTTP.
    pub preview2: Result<PathBuf, Why>,
    /// For WASI preview 3: the same.
    pub preview3: Result<PathBuf, Why>,
}
