//! An application, ready to be served: its routes, and what answers at each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

use crate::component_log;
use crate::componentize;
use crate::engine;
use crate::error::{Error, one_line};
use crate::executor::Executor;
use crate::instance::{self, Instances, State};
use crate::manifest::{Entry, ExecutorKind, Manifest, StaticResponse};
use crate::options::Options;
use crate::router::{Route, Router};
use crate::variables;

/// An application, ready to be served.
pub struct App {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) router: Router,
    /// One for each route, in the router's order.
    pub(crate) targets: Vec<Target>,
    pub(crate) options: Arc<Options>,
}

/// What answers at a route.
pub(crate) enum Target {
    Component { id: String, description: String, executor: Arc<Executor> },
    Static { trigger: String, response: StaticResponse },
}

impl Target {
    /// As `spin up` lists it.
    pub fn name(&self) -> &str {
        match self {
            Self::Component { id, .. } => id,
            Self::Static { trigger, .. } => trigger,
        }
    }
}

impl App {
    /// Reads a manifest and prepares every component that it routes to. `manifest` may also be a directory with a
    /// `spin.toml`, or a `.wasm` file.
    ///
    /// # Errors
    ///
    /// When the manifest or one of its components is refused; see [`Error`].
    pub fn load(manifest: &Path, options: &Options) -> Result<Self, Error> {
        let manifest = Manifest::load_only(manifest, &options.components)?;
        let options = Arc::new(options.clone());
        for warning in &manifest.warnings {
            (options.log)(warning);
        }
        let routes = manifest.entries.iter().map(|entry| Route::new(entry.route())).collect();
        let router = Router::new(routes).map_err(|message| Error::Config {
            path: manifest.path.clone(),
            line: None,
            message,
        })?;
        let mut loader = Loader::new(&manifest, &options)?;
        for (id, kind) in &manifest.private {
            loader.executor(id, kind)?;
        }
        let targets = manifest.entries.iter().map(|entry| loader.target(entry)).collect::<Result<_, _>>()?;
        Ok(Self { name: manifest.name.clone(), version: manifest.version.clone(), router, targets, options })
    }
}

/// Compiles each component once, for all of its routes.
struct Loader<'a> {
    manifest: &'a Manifest,
    options: &'a Arc<Options>,
    engine: Engine,
    linker: Linker<State>,
    variables: BTreeMap<String, String>,
    executors: Vec<(String, ExecutorKind, Arc<Executor>)>,
}

impl<'a> Loader<'a> {
    fn new(manifest: &'a Manifest, options: &'a Arc<Options>) -> Result<Self, Error> {
        let variables = variables::values(manifest, options)?;
        let engine = engine::new(options)?;
        let linker = instance::linker(&engine).map_err(Error::engine)?;
        Ok(Self { manifest, options, engine, linker, variables, executors: Vec::new() })
    }

    fn target(&mut self, entry: &Entry) -> Result<Target, Error> {
        match entry {
            Entry::Component(trigger) => Ok(Target::Component {
                id: trigger.component.clone(),
                description: self.manifest.components[&trigger.component].description.clone(),
                executor: self.executor(&trigger.component, &trigger.executor)?,
            }),
            Entry::Static { id, response, .. } => {
                Ok(Target::Static { trigger: id.clone(), response: response.clone() })
            }
        }
    }

    fn executor(&mut self, id: &str, kind: &ExecutorKind) -> Result<Arc<Executor>, Error> {
        let same = |(known, of, _): &&(String, ExecutorKind, _)| known == id && of == kind;
        if let Some((.., executor)) = self.executors.iter().find(same) {
            return Ok(executor.clone());
        }
        let refused = |message| Error::component(id, message);
        let component = &self.manifest.components[id];
        let instances = Instances {
            pre: self.instance_pre(id)?,
            component: id.to_owned(),
            environment: component.environment.clone(),
            variables: variables::of_component(&component.variables, &self.variables)
                .map_err(refused)?
                .into(),
            log_dir: component_log::directory(self.manifest, self.options),
            options: self.options.clone(),
        };
        let executor = Arc::new(Executor::new(kind, instances).map_err(refused)?);
        self.executors.push((id.to_owned(), kind.clone(), executor.clone()));
        Ok(executor)
    }

    fn instance_pre(&self, id: &str) -> Result<InstancePre<State>, Error> {
        let component = &self.manifest.components[id];
        let path = self.manifest.source(component);
        let refused = |message: String| Error::component(id, format!("{} {message}", path.display()));
        let wasm = fs::read(&path).map_err(|e| match (&component.build, e.kind()) {
            (Some(build), std::io::ErrorKind::NotFound) => {
                refused(format!("does not exist; build it: {}", build.commands().join(" && ")))
            }
            _ => refused(format!("cannot be read: {e}")),
        })?;
        let wasm = componentize::component(&wasm).map_err(refused)?;
        let component = Component::new(&self.engine, &wasm)
            .map_err(|e| refused(format!("is not valid WebAssembly: {}", one_line(format!("{e:#}")))))?;
        self.linker.instantiate_pre(&component).map_err(|e| {
            let e = one_line(format!("{e:#}"));
            Error::component(
                id,
                format!("{e}; an interface beyond WASI needs Spin itself: serve it with `spin up`"),
            )
        })
    }
}
