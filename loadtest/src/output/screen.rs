//! Where a person reads, and its look.

use std::io::{self, IsTerminal};
#[cfg(feature = "serve")]
use std::path::Path;

use crate::error::Error;
use crate::look::Look;
use crate::place::{self, Place};

#[derive(Clone, Copy)]
pub enum Screen {
    Stdout,
    /// Where samples or a file have standard output for themselves.
    Stderr,
}

impl Screen {
    pub(super) fn look(self) -> Look {
        match self {
            Self::Stdout => Look::of_stdout(),
            Self::Stderr => Look::of_stderr(),
        }
    }

    pub(super) fn place(self) -> Place {
        match self {
            Self::Stdout => Place::Stdout,
            Self::Stderr => Place::Stderr,
        }
    }

    pub(super) fn is_terminal(self) -> bool {
        match self {
            Self::Stdout => io::stdout().is_terminal(),
            Self::Stderr => io::stderr().is_terminal(),
        }
    }

    /// What is left to a person where a file is written there.
    #[cfg(feature = "serve")]
    pub fn beside(file: &Path) -> Self {
        if Place::of(file) == Place::Stdout { Self::Stderr } else { Self::Stdout }
    }

    /// # Errors
    ///
    /// When it does not take what is printed.
    pub fn print(self, bytes: &[u8]) -> Result<(), Error> {
        let name = match self {
            Self::Stdout => "standard output",
            Self::Stderr => "standard error",
        };
        let written = self.place().open().and_then(|stream| place::write_all(&stream, bytes));
        written.map_err(|e| Error::Usage(format!("cannot write the report to {name}: {e}; -o names a file")))
    }
}
