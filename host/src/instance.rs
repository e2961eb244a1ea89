//! The store of an instance, and what the instance is given.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use http::Request;
use wasmtime::component::{InstancePre, Linker, ResourceTable};
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView, p2, p3,
};

use crate::component_log::ComponentLog;
use crate::options::Options;
use crate::variables;

/// How many ticks of the engine a guest may compute before it has to give way. A request takes fewer: one that gave way
/// in the middle of a response would have it sent in two parts, of which TCP holds back the second for 40 ms.
pub(crate) const PATIENCE: u64 = 10;

/// What the stores of one component's instances are made of.
pub(crate) struct Instances {
    pub pre: InstancePre<State>,
    pub component: String,
    pub environment: BTreeMap<String, String>,
    pub variables: Arc<BTreeMap<String, String>>,
    pub log_dir: Option<PathBuf>,
    pub options: Arc<Options>,
}

impl Instances {
    /// Says what became of the component.
    pub fn log(&self, what: impl fmt::Display) {
        (self.options.log)(&format!("component {:?} {what}", self.component));
    }

    /// A context with the component's environment and logs.
    pub fn wasi(&self) -> WasiCtxBuilder {
        let log = |stream| ComponentLog::open(self.log_dir.as_deref(), &self.component, stream);
        let mut wasi = WasiCtxBuilder::new();
        wasi.stdout(log("stdout")).stderr(log("stderr"));
        for (name, value) in &self.environment {
            wasi.env(name, value);
        }
        wasi
    }

    pub fn store(&self, wasi: WasiCtx) -> Store<State> {
        let limits = match self.options.runtime_config.max_instance_memory {
            Some(bytes) => StoreLimitsBuilder::new().memory_size(bytes).build(),
            None => StoreLimits::default(),
        };
        let state = State {
            wasi,
            table: ResourceTable::new(),
            http: WasiHttpCtx::new(),
            hooks: NoOutboundRequests,
            variables: self.variables.clone(),
            limits,
        };
        let mut store = Store::new(self.pre.engine(), state);
        store.limiter(|state| &mut state.limits);
        // Lets a guest that computes without pause be ended by its time limit.
        store.epoch_deadline_async_yield_and_update(1);
        store.set_epoch_deadline(PATIENCE);
        store
    }
}

/// Everything that a component may import here.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    p2::add_only_http_to_linker_async(&mut linker)?;
    p3::add_to_linker(&mut linker)?;
    variables::add_to_linker(&mut linker)?;
    Ok(linker)
}

/// The state of an instance's store.
pub(crate) struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    http: WasiHttpCtx,
    hooks: NoOutboundRequests,
    pub variables: Arc<BTreeMap<String, String>>,
    limits: StoreLimits,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.hooks, table: &mut self.table, ctx: &mut self.http }
    }
}

/// The manifest may not name outbound hosts, so every outbound request is denied.
struct NoOutboundRequests;

type Completion<T> = Box<dyn Future<Output = Result<T, wasmtime_wasi_http::Error>> + Send>;

impl WasiHttpHooks for NoOutboundRequests {
    fn send_request(
        &mut self,
        _: Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Completion<()>,
    ) -> Completion<(http::Response<WasiBody>, Completion<()>)> {
        Box::new(async { Err(wasmtime_wasi_http::Error::HttpRequestDenied) })
    }
}
