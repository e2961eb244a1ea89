//! An application, ready to be served: its routes, and what answers at each.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

use crate::component_log;
use crate::componentize;
use crate::engine;
use crate::error::{Error, one_line};
use crate::executor::Executor;
use crate::instance::{self, Instances, State};
use crate::manifest::{ExecutorKind, Manifest, StaticResponse, Work};
use crate::options::Options;
use crate::router::Router;
use crate::variables;

/// An application, ready to be served.
pub struct App {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) router: Router<Target>,
    pub(crate) options: Arc<Options>,
}

/// What answers at a route.
pub(crate) struct Target {
    /// As `spin up` lists it: the name of the component, or of the trigger of a static response.
    pub name: String,
    pub description: String,
    pub answer: Answer,
}

pub(crate) enum Answer {
    Component(Arc<Executor>),
    Static(StaticResponse),
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
        manifest.warnings.iter().for_each(|warning| (options.log)(warning));
        let mut loader = Loader::new(&manifest, &options)?;
        let mut router = Router::new();
        for entry in &manifest.entries {
            let target = loader.target(&entry.work)?;
            // A component without a route is private.
            if let Some(route) = &entry.route {
                router.add(route, target).map_err(|e| Error::config(&manifest.path, e))?;
            }
        }
        Ok(Self { name: manifest.name, version: manifest.version, router, options })
    }
}

/// Compiles each component once, for all of its routes.
struct Loader<'a> {
    manifest: &'a Manifest,
    options: &'a Arc<Options>,
    engine: Engine,
    linker: Linker<State>,
    variables: BTreeMap<String, String>,
    log_dir: Option<PathBuf>,
    executors: BTreeMap<(&'a str, &'a ExecutorKind), Arc<Executor>>,
}

impl<'a> Loader<'a> {
    fn new(manifest: &'a Manifest, options: &'a Arc<Options>) -> Result<Self, Error> {
        let variables = variables::values(manifest, options)?;
        let engine = engine::new(options)?;
        let linker = instance::linker(&engine).map_err(Error::engine)?;
        let log_dir = component_log::directory(manifest, options);
        Ok(Self { manifest, options, engine, linker, variables, log_dir, executors: BTreeMap::new() })
    }

    fn target(&mut self, work: &'a Work) -> Result<Target, Error> {
        Ok(match work {
            Work::Component(id, kind) => Target {
                name: id.clone(),
                description: self.manifest.components[id].description.clone(),
                answer: Answer::Component(self.executor(id, kind)?),
            },
            Work::Static(trigger, response) => Target {
                name: trigger.clone(),
                description: String::new(),
                answer: Answer::Static(response.clone()),
            },
        })
    }

    fn executor(&mut self, id: &'a str, kind: &'a ExecutorKind) -> Result<Arc<Executor>, Error> {
        if let Some(executor) = self.executors.get(&(id, kind)) {
            return Ok(executor.clone());
        }
        let refused = |message| Error::component(id, message);
        let component = &self.manifest.components[id];
        let variables = variables::of_component(&component.variables, &self.variables).map_err(refused)?;
        let instances = Instances {
            pre: self.instance_pre(id)?,
            component: id.to_owned(),
            environment: component.environment.clone(),
            variables: variables.into(),
            log_dir: self.log_dir.clone(),
            options: self.options.clone(),
        };
        let executor = Arc::new(Executor::new(kind, instances).map_err(refused)?);
        self.executors.insert((id, kind), executor.clone());
        Ok(executor)
    }

    fn instance_pre(&self, id: &str) -> Result<InstancePre<State>, Error> {
        let component = &self.manifest.components[id];
        let path = self.manifest.source(component);
        let refused = |message: String| Error::component(id, format!("{} {message}", path.display()));
        let wasm = fs::read(&path).map_err(|e| match (&component.build, e.kind()) {
            (Some(build), ErrorKind::NotFound) => {
                refused(format!("does not exist; build it: {}", build.commands().join(" && ")))
            }
            _ => refused(format!("cannot be read: {e}")),
        })?;
        let wasm = componentize::component(&wasm).map_err(refused)?;
        let component = Component::new(&self.engine, &wasm)
            .map_err(|e| refused(format!("is not valid WebAssembly: {e:#}")))?;
        self.linker.instantiate_pre(&component).map_err(|e| {
            let remedy = "an interface beyond WASI needs Spin itself: serve it with `spin up`";
            Error::component(id, format!("{}; {remedy}", one_line(format!("{e:#}"))))
        })
    }
}
