//! Why an application is not served. Each message is one line: what is wrong, where, and the remedy.

use std::fmt;
use std::path::PathBuf;

/// Why an application is not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The manifest or the runtime configuration cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The manifest or the runtime configuration says something it cannot say.
    #[error("{}{}: {message}", path.display(), line.map(|l| format!(":{l}")).unwrap_or_default())]
    Config {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1, where it is known.
        line: Option<usize>,
        /// What is wrong, and the remedy.
        message: String,
    },
    /// A component cannot be prepared.
    #[error("component {id:?}: {message}")]
    Component {
        /// Its name in the manifest.
        id: String,
        /// What is wrong, and the remedy.
        message: String,
    },
    /// The address cannot be listened on.
    #[error("{0}")]
    Listen(String),
    /// The Wasm engine does not start.
    #[error("cannot start wasmtime: {0}")]
    Engine(String),
}

impl Error {
    pub(crate) fn component(id: &str, message: impl fmt::Display) -> Self {
        Self::Component { id: id.to_owned(), message: one_line(message) }
    }

    pub(crate) fn engine(e: impl fmt::Display) -> Self {
        Self::Engine(one_line(e))
    }
}

/// Errors of wasmtime and toml may span lines; ours never do.
pub(crate) fn one_line(message: impl fmt::Display) -> String {
    message.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
