//! A component of a manifest, served by Spin or by the embedded host as a process of its own.

use async_trait::async_trait;
use host::Packaging as Interface;

use super::artefacts::size;
use super::{Code, Missing, Packaging, Prepared, Serve, Shared, Shipped, Turn, Why};
use crate::args::HostArg;
use crate::local::{HostKind, Launcher};
use crate::server::command_line::CommandLine;
use crate::spin::{self, NoSpin};

/// A component, served alone.
#[derive(Debug)]
pub struct Hosted {
    name: String,
    by: HostArg,
    interface: Interface,
    /// Once it is detected.
    host: Option<HostKind>,
    /// Once it is prepared.
    serve: Option<Serve>,
}

impl Hosted {
    /// Every interface in every host.
    pub fn all() -> impl Iterator<Item = Self> {
        let interfaces = [Interface::Wagi, Interface::Preview2, Interface::Preview3];
        let hosts = [(HostArg::Spin, "spin"), (HostArg::Embedded, "host")];
        hosts.into_iter().flat_map(move |(by, host)| {
            interfaces.map(|interface| Self {
                name: format!("{interface} in {host}"),
                by,
                interface,
                host: None,
                serve: None,
            })
        })
    }
}

#[async_trait(?Send)]
impl Packaging for Hosted {
    fn name(&self) -> &str {
        &self.name
    }

    async fn detect(&mut self) -> Result<String, Missing> {
        let host = match self.by {
            HostArg::Spin => match spin::version().await {
                Ok(version) => HostKind::Spin { version },
                Err(NoSpin { what, remedy }) => return Err(Missing::new(what, remedy)),
            },
            HostArg::Embedded => HostKind::embedded()
                .map_err(|e| Missing::new(e.to_string(), "start it by the path of its file"))?,
        };
        let (by, newer) = (host.description(), "install a newer one from https://spinframework.dev");
        if self.interface == Interface::Preview3 && !host.serves_preview_3() {
            return Err(Missing::new(format!("{by} has no preview 3, which Spin 4.1 has"), newer));
        }
        if !host.starts_components() {
            return Err(Missing::new(format!("{by} starts no component alone, as Spin 3.0 does"), newer));
        }
        self.host = Some(host);
        Ok(by)
    }

    async fn prepare(&mut self, shared: &Shared) -> Result<Prepared, Why> {
        let host = self.host.clone().ok_or("it was not detected")?;
        let route = shared.artefacts.route(self.interface);
        let route =
            route.ok_or_else(|| format!("no manifest here has a component for {}", self.interface))?;
        let launcher = Launcher::of(host, route.manifest.clone());
        self.serve = Some(launcher.serve(&route.component, &format!("http://127.0.0.1{}", route.path)));
        Ok(Prepared {
            size: size(&route.wasm)?,
            path: route.path.clone(),
            shipped: Shipped::file(Code::Wasm),
            written: launcher.written(&route.component),
        })
    }

    fn once(&self, _: &Turn) -> Option<CommandLine> {
        None
    }

    fn serve(&self, _: &Turn) -> Option<Serve> {
        self.serve.clone()
    }
}
