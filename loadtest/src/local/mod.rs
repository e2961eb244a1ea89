//! What this directory serves: found, built, and each part of it started alone in a process of its own.

pub(crate) mod application;
pub mod artefact;
pub(crate) mod build;
mod launch;

use std::path::PathBuf;

use host::Manifest;
use tokio_util::sync::CancellationToken;

use crate::args::HostArg;
use crate::error::Error;
use crate::participant::{Launch, Participant};
use crate::probe::Probe;
use crate::target::Target;
use crate::usage;

use application::{Applications, Route};
pub use build::bring_up_to_date;
pub use launch::{HostKind, Launcher};

/// What is to be measured of the manifests here, and by what it is served.
pub struct Here<'a> {
    /// The manifests, or none for those of this directory.
    pub manifests: &'a [PathBuf],
    pub path: &'a str,
    pub host: Option<HostArg>,
}

pub struct Local {
    pub participants: Vec<Participant>,
    /// The application's name.
    pub application: String,
    pub host: String,
    pub skipped: Vec<String>,
}

/// Finds and builds what is to be measured; `probe` asks a target.
///
/// # Errors
///
/// When there is nothing to measure, or it cannot be built or served.
pub async fn prepare(
    here: &Here<'_>,
    probe: impl Fn(Target) -> Result<Probe, Error>,
    cancel: &CancellationToken,
) -> Result<Local, Error> {
    let (host, too_old) = HostKind::choose(here.host).await?;
    let manifests = manifests(here.manifests)?;
    let manifests = manifests.iter().map(|path| Manifest::load(path)).collect::<Result<Vec<_>, _>>()?;
    cancel.run_until_cancelled(build::all(&manifests)).await.ok_or(Error::Interrupted)??;
    let application = manifests.first().map(|manifest| manifest.name.clone()).unwrap_or_default();
    let Applications { launchers, routes, mut skipped } = Applications::of(manifests, &host, here.path);
    if routes.is_empty() {
        let why = skipped.first().map_or("name another manifest with --from", String::as_str);
        return Err(Error::Usage(format!("there is nothing here that could be measured: {why}")));
    }
    skipped.extend(too_old);
    let participant = |route: &Route| {
        let launcher = &launchers[route.launcher];
        // It moves to the real address when there is one.
        let target = Target::new(&route.name, &format!("http://127.0.0.1{}", route.path))?;
        let target = Target {
            command: Some(launcher.written(&route.component)),
            size_bytes: route.wasm.metadata().ok().map(|file| file.len()),
            ..target
        };
        let serve = launcher.serve(&route.component, target.url.as_str());
        Ok(Participant::started(probe(target)?, Launch::Hosted(serve), None))
    };
    let participants = routes.iter().map(participant).collect::<Result<_, Error>>()?;
    Ok(Local { participants, application, host: host.description(), skipped })
}

pub(crate) fn manifests(asked: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    asked.iter().try_for_each(|path| usage::check_manifest(path))?;
    if !asked.is_empty() {
        return Ok(asked.to_vec());
    }
    let here: Vec<PathBuf> =
        ["spin.toml", "spin-p3.toml"].map(PathBuf::from).into_iter().filter(|p| p.exists()).collect();
    if here.is_empty() {
        return Err(Error::Usage(
            "there is no spin.toml here: go where one is, name one with --from, or measure a URL with --url"
                .into(),
        ));
    }
    Ok(here)
}
