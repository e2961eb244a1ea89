//! What ends a measurement, with the exit code it means. Each message is one line that names the remedy.

use std::process::ExitCode;

use crate::exit::INTERRUPTED;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Wrong usage or configuration, found before anything is measured: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The target gave no usable answer: exit code 3.
    #[error("{0}")]
    Target(String),
    /// Interrupted before anything was measured: exit code 130.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Target(_) => ExitCode::from(3),
            Self::Interrupted => ExitCode::from(INTERRUPTED),
        }
    }
}

#[cfg(feature = "serve")]
impl From<host::Error> for Error {
    fn from(e: host::Error) -> Self {
        Self::Usage(e.to_string())
    }
}
