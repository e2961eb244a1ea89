//! Why an application is not served.

use std::fmt;
use std::path::Path;

/// Why an application is not served: one line that says what is wrong, where, and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub(crate) String);

impl Error {
    /// A file cannot be read.
    pub(crate) fn unreadable(path: &Path, reason: impl fmt::Display) -> Self {
        Self(format!("cannot read {}: {reason}", path.display()))
    }

    /// The manifest or the runtime configuration is refused.
    pub(crate) fn config(path: &Path, message: impl fmt::Display) -> Self {
        Self(format!("{}: {message}", path.display()))
    }

    /// A component cannot be prepared.
    pub(crate) fn component(id: &str, message: impl fmt::Display) -> Self {
        Self(format!("component {id:?}: {}", one_line(message)))
    }

    /// The Wasm engine does not start.
    pub(crate) fn engine(e: impl fmt::Display) -> Self {
        Self(format!("cannot start wasmtime: {}", one_line(e)))
    }
}

/// Errors of wasmtime and toml may span lines; ours never do.
pub(crate) fn one_line(message: impl fmt::Display) -> String {
    message.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
