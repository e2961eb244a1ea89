//! What is built once, and packaged in every way.

use std::path::{Path, PathBuf};

use host::{Manifest, Packaging};

use super::Why;
use crate::error::Error;
use crate::local::application::measured_path;
use crate::local::build;

/// What the build command of a module for WASI preview 1 names, where another target can be put in its place.
const MODULE_TARGET: &str = "wasm32-wasip1";

/// The application, in each form that it is built in; where it is not, why.
#[derive(Clone, Debug)]
pub struct Artefacts {
    /// For the processor; on Linux linked statically.
    pub native: Result<PathBuf, Why>,
    /// For WASI preview 1: a command.
    pub module: Result<PathBuf, Why>,
    /// For WASI preview 2: what handles HTTP.
    pub preview2: Result<PathBuf, Why>,
    /// For WASI preview 3: the same.
    pub preview3: Result<PathBuf, Why>,
    /// Each of the three Wasm ones as a manifest routes to it, in this order.
    pub routes: Vec<Route>,
}

/// A component, as a manifest routes to it.
#[derive(Clone, Debug)]
pub struct Route {
    /// What it is packaged as.
    pub packaging: Packaging,
    /// The `spin.toml`.
    pub manifest: PathBuf,
    /// Its id in there.
    pub component: String,
    /// Where it is asked, from the root of the host.
    pub path: String,
    /// Its file.
    pub wasm: PathBuf,
}

impl Artefacts {
    /// Builds what the manifests say and the native program of the same sources, where it is out of date; `path` is asked
    /// below every route.
    ///
    /// # Errors
    ///
    /// When a manifest is not as it must be, or its own build fails.
    pub async fn build(manifests: &[PathBuf], path: &str) -> Result<Self, Error> {
        let manifests = manifests.iter().map(|path| Manifest::load(path)).collect::<Result<Vec<_>, _>>()?;
        build::all(&manifests).await?;
        let routes = routes(&manifests, path);
        let of = |packaging| {
            let route = routes.iter().find(|route| route.packaging == packaging);
            route
                .map(|route| route.wasm.clone())
                .ok_or_else(|| format!("no manifest here has a component for {packaging}"))
        };
        Ok(Self {
            native: native(&manifests, &routes).await,
            module: of(Packaging::Wagi),
            preview2: of(Packaging::Preview2),
            preview3: of(Packaging::Preview3),
            routes,
        })
    }

    /// The first component that is packaged so.
    pub fn route(&self, packaging: Packaging) -> Option<&Route> {
        self.routes.iter().find(|route| route.packaging == packaging)
    }
}

/// The first route to each packaging.
fn routes(manifests: &[Manifest], path: &str) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    for manifest in manifests {
        for trigger in manifest.triggers.iter().filter(|trigger| !trigger.route.contains("/:")) {
            let Some(packaging) = Packaging::of(manifest, trigger) else { continue };
            if routes.iter().all(|route| route.packaging != packaging) {
                routes.push(Route {
                    packaging,
                    manifest: manifest.path.clone(),
                    component: trigger.component.clone(),
                    path: measured_path(&trigger.route, path),
                    wasm: manifest.source(&manifest.components[&trigger.component]),
                });
            }
        }
    }
    routes.sort_by_key(|route| route.packaging);
    routes
}

/// The program for the processor, by the command that builds the module, with another target.
async fn native(manifests: &[Manifest], routes: &[Route]) -> Result<PathBuf, Why> {
    let Some(triple) = triple() else {
        return Err("it is not known what to build it for on this system".into());
    };
    let module = routes.iter().find(|route| route.packaging == Packaging::Wagi);
    let Some(route) = module else {
        return Err("no manifest here has a command that could be built natively".into());
    };
    let of_route = |manifest: &&Manifest| manifest.path == route.manifest;
    let Some(manifest) = manifests.iter().find(of_route) else { return Err("its manifest is gone".into()) };
    match build::for_target(manifest, &route.component, MODULE_TARGET, &triple).await {
        Ok(Some(program)) if program.is_file() => Ok(absolute(&program)),
        Ok(Some(program)) => Err(format!("its build makes no {}", program.display())),
        Ok(None) => Err(format!("the build command of {:?} names no {MODULE_TARGET}", route.component)),
        Err(e) => Err(e.to_string()),
    }
}

/// Of a file, in bytes.
///
/// # Errors
///
/// When it cannot be read.
pub fn size(file: &Path) -> Result<u64, Why> {
    let metadata = file.metadata().map_err(|e| format!("{} cannot be read: {e}", file.display()))?;
    Ok(metadata.len())
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// What runs here, and on Linux in a container with nothing else in it.
fn triple() -> Option<String> {
    let system = match std::env::consts::OS {
        "linux" => "unknown-linux-musl",
        "macos" => "apple-darwin",
        _ => return None,
    };
    Some(format!("{}-{system}", std::env::consts::ARCH))
}
