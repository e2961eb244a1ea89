//! The program itself, started as a process.

use std::path::PathBuf;

use async_trait::async_trait;

use super::packaging::{
    Code, Compiled, Found, Kind, Missing, Packaging, Ready, START, Serve, Shared, Sizes, Turn, Why,
};
use crate::local::artefact::Form;
use crate::server::command_line::CommandLine;

/// The native program as a process.
#[derive(Debug, Default)]
pub struct Native {
    program: PathBuf,
    path: String,
}

impl Native {
    /// Asked for `path`.
    pub fn new(path: &str) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }
}

#[async_trait(?Send)]
impl Packaging for Native {
    fn name(&self) -> &str {
        "native"
    }

    fn kind(&self) -> Kind {
        Kind { code: Code::Native, container: false, remote: false, compiled: Compiled::Before }
    }

    fn holds(&self) -> Option<Form> {
        Some(Form::Native)
    }

    async fn detect(&mut self) -> Result<Found, Missing> {
        Ok(Found { by: "the system itself".into() })
    }

    async fn prepare(&mut self, shared: &Shared) -> Result<Sizes, Why> {
        self.program = shared.artefacts.native.clone()?;
        // The system itself runs it.
        Ok(Sizes::of_file(&self.program)?.with_runtime(Ok(0)))
    }

    fn once(&self, _: &Turn) -> Result<CommandLine, Why> {
        Ok(CommandLine::new(&self.program).env("MODE", "once"))
    }

    fn serve(&self, turn: &Turn) -> Result<Serve, Why> {
        let port = turn.port.to_string();
        let command =
            CommandLine::new(&self.program).env("MODE", "server").env("HOST", "127.0.0.1").env("PORT", port);
        Ok(Serve {
            command,
            url: format!("http://127.0.0.1:{}{}", turn.port, self.path),
            ready: Ready::Answers,
            within: START,
        })
    }
}
