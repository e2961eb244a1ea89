//! What is served already, on another machine or this one: only its answers are to be seen.

use async_trait::async_trait;

use super::packaging::{Code, Compiled, Found, Kind, Missing, Packaging, Serve, Shared, Sizes, Turn, Why};
use crate::server::command_line::CommandLine;
use crate::target::Target;

const WHY: &str = "it is served elsewhere: only its answers are to be seen";

/// A URL.
#[derive(Debug)]
pub struct Elsewhere(Target);

impl Elsewhere {
    /// Under its name.
    pub fn new(target: Target) -> Self {
        Self(target)
    }
}

#[async_trait(?Send)]
impl Packaging for Elsewhere {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn kind(&self) -> Kind {
        Kind { code: Code::Unknown, container: false, remote: true, compiled: Compiled::Unknown }
    }

    fn url(&self) -> Option<&str> {
        Some(self.0.url.as_str())
    }

    async fn detect(&mut self) -> Result<Found, Missing> {
        Ok(Found { by: self.0.url.to_string() })
    }

    async fn prepare(&mut self, _: &Shared) -> Result<Sizes, Why> {
        Ok(Sizes::unknown(WHY))
    }

    fn once(&self, _: &Turn) -> Result<CommandLine, Why> {
        Err(WHY.into())
    }

    fn serve(&self, _: &Turn) -> Result<Serve, Why> {
        Err(WHY.into())
    }
}
