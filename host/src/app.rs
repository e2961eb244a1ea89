//! An application, ready to be served: its routes, and for each an executor.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use wasmtime::component::Component;
use wasmtime::{Engine, Module};

use crate::compile_cache::CompileCache;
use crate::engine::{self, Guests};
use crate::error::Error;
use crate::executor::Executor;
use crate::executor::http;
use crate::executor::wagi::WagiExecutor;
use crate::manifest::{ExecutorKind, Manifest, Trigger};
use crate::options::Options;
use crate::packaging::uses_preview_3;
use crate::router::Router;

/// An application, ready to be served.
pub struct App {
    pub(crate) router: Router,
    /// One for each route, in the router's order.
    pub(crate) executors: Vec<Executor>,
    pub(crate) options: Arc<Options>,
}

/// Compiled code of one Wasm file, which several routes may share.
#[derive(Clone)]
enum Code {
    Module(Module),
    Component(Component),
}

impl App {
    /// Reads a manifest and prepares every component that it routes to.
    ///
    /// # Errors
    ///
    /// When the manifest or one of its components is not as it must be; see [`Error`].
    pub fn load(manifest: &Path, options: &Options) -> Result<Self, Error> {
        let manifest = Manifest::load_only(manifest, &options.components)?;
        let router = Router::new(&manifest)?;
        let options = Arc::new(options.clone());
        let mut engines = Engines::new(&options);
        let mut code = BTreeMap::new();
        for Trigger { component, .. } in &manifest.triggers {
            if !code.contains_key(component) {
                code.insert(component.clone(), load(&mut engines, &manifest, component)?);
            }
        }
        let executors = manifest.triggers.iter().map(|trigger| {
            let environment = &manifest.components[&trigger.component].environment;
            executor(&code[&trigger.component], &trigger.executor, environment, &options)
                .map_err(|message| Error::component(&trigger.component, message))
        });
        let executors = executors.collect::<Result<_, _>>()?;
        Ok(Self { router, executors, options })
    }
}

/// The engines that the components need, made when the first one does.
struct Engines<'a> {
    options: &'a Options,
    made: Vec<(Guests, Engine)>,
}

impl<'a> Engines<'a> {
    fn new(options: &'a Options) -> Self {
        Self { options, made: Vec::new() }
    }

    fn get(&mut self, guests: Guests) -> Result<Engine, Error> {
        if let Some((_, engine)) = self.made.iter().find(|(of, _)| *of == guests) {
            return Ok(engine.clone());
        }
        let engine = engine::new(guests, self.options)?;
        self.made.push((guests, engine.clone()));
        Ok(engine)
    }
}

fn load(engines: &mut Engines, manifest: &Manifest, id: &str) -> Result<Code, Error> {
    let component = &manifest.components[id];
    let path = manifest.source(component);
    let error = |message: String| Error::component(id, format!("{} {message}", path.display()));
    let wasm = fs::read(&path).map_err(|e| match (&component.build, e.kind()) {
        (Some(build), std::io::ErrorKind::NotFound) => {
            error(format!("does not exist; build it: {}", build.commands().join(" && ")))
        }
        _ => error(format!("cannot be read: {e}")),
    })?;
    let engine = &engines.get(if uses_preview_3(&wasm) { Guests::Concurrent } else { Guests::Sequential })?;
    let cache = CompileCache::new(engine, engines.options.cache_dir.as_deref());
    match wasm.get(..8) {
        // The version is 1 for a module; a component has another, and a 1 for its layer.
        Some(b"\0asm\x01\0\0\0") => {
            let code =
                cache.get_or(&wasm, || engine.precompile_module(&wasm)).map_err(|e| error(invalid(&e)))?;
            // SAFETY: the code was compiled by this engine's settings just now, or is a cache entry that has
            // the digest it was written with.
            unsafe { Module::deserialize(engine, &code) }.map(Code::Module).map_err(Error::engine)
        }
        Some([b'\0', b'a', b's', b'm', _, _, 1, 0]) => {
            let code =
                cache.get_or(&wasm, || engine.precompile_component(&wasm)).map_err(|e| error(invalid(&e)))?;
            // SAFETY: as above.
            unsafe { Component::deserialize(engine, &code) }.map(Code::Component).map_err(Error::engine)
        }
        _ if wasm.is_empty() => Err(error("is empty; build it again".into())),
        _ => Err(error("is not WebAssembly; `source` must name a .wasm file".into())),
    }
}

fn invalid(e: &wasmtime::Error) -> String {
    format!("is not valid WebAssembly: {e:#}")
}

fn executor(
    code: &Code,
    kind: &ExecutorKind,
    environment: &BTreeMap<String, String>,
    options: &Arc<Options>,
) -> Result<Executor, String> {
    match (kind, code) {
        (ExecutorKind::Http, Code::Component(component)) => http::executor(component, environment, options),
        (ExecutorKind::Http, Code::Module(_)) => {
            Err("it is a core module, and an HTTP handler is a component: build \
             it for wasm32-wasip2, or, if it is a command, say executor = { type = \"wagi\" }"
                .into())
        }
        (ExecutorKind::Wagi { argv }, Code::Module(module)) => {
            WagiExecutor::from_module(module, argv, environment, options).map(Executor::Wagi)
        }
        (ExecutorKind::Wagi { argv }, Code::Component(component)) => {
            WagiExecutor::from_component(component, argv, environment, options).map(Executor::Wagi)
        }
    }
}
