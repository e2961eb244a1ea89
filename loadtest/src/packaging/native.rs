//! The program itself, started as a process.

use std::path::PathBuf;

use async_trait::async_trait;

use super::artefacts::size;
use super::{Code, Missing, Packaging, Prepared, Ready, START, Serve, Shared, Shipped, Turn, Why};
use crate::server::command_line::CommandLine;

/// The native program as a process.
#[derive(Debug, Default)]
pub struct Native {
    program: PathBuf,
    path: String,
}

#[async_trait(?Send)]
impl Packaging for Native {
    fn name(&self) -> &str {
        "native"
    }

    async fn detect(&mut self) -> Result<String, Missing> {
        Ok("the system itself".into())
    }

    async fn prepare(&mut self, shared: &Shared) -> Result<Prepared, Why> {
        self.program = shared.artefacts.native.clone()?;
        self.path.clone_from(&shared.path);
        Ok(Prepared {
            size: size(&self.program)?,
            path: shared.path.clone(),
            shipped: Shipped::file(Code::Native),
            written: self.program.display().to_string(),
        })
    }

    fn once(&self, _: &Turn) -> Option<CommandLine> {
        Some(CommandLine::new(&self.program).env("MODE", "once"))
    }

    fn serve(&self, turn: &Turn) -> Option<Serve> {
        let port = turn.port.to_string();
        let command =
            CommandLine::new(&self.program).env("MODE", "server").env("HOST", "127.0.0.1").env("PORT", port);
        Some(Serve {
            command,
            url: format!("http://127.0.0.1:{}{}", turn.port, self.path),
            ready: Ready::Answers,
            within: START,
        })
    }
}
