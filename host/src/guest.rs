//! What a guest's store holds, and what a guest is given.

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use http::{HeaderName, Request};
use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::clocks::{WasiClocksCtx, WasiClocksCtxView};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks,
    WasiHttpView,
};

use crate::options::Options;
use crate::wasi::Random;

/// All that a guest may ask of WASI: dear to make, and few ask for what [`crate::wasi`] has not.
type Wasi = LazyCell<WasiCtx, Box<dyn FnOnce() -> WasiCtx + Send>>;

/// The state of a component's store.
pub(crate) struct Guest {
    wasi: Wasi,
    clocks: WasiClocksCtx,
    random: Random,
    table: ResourceTable,
    http: WasiHttpCtx,
    hooks: NoOutboundRequests,
    limits: StoreLimits,
}

impl Guest {
    pub fn store(
        engine: &Engine,
        wasi: impl FnOnce() -> WasiCtx + Send + 'static,
        options: &Options,
    ) -> Store<Self> {
        let guest = Self {
            wasi: LazyCell::new(Box::new(wasi)),
            clocks: WasiClocksCtx::default(),
            random: Random,
            table: ResourceTable::new(),
            http: WasiHttpCtx::new(),
            hooks: NoOutboundRequests,
            limits: limits(options),
        };
        let mut store = Store::new(engine, guest);
        store.limiter(|guest| &mut guest.limits);
        yield_on_tick(&mut store);
        store
    }
}

/// What is behind a component's handler, if it asks.
pub(crate) fn handlers_wasi(
    environment: &Arc<BTreeMap<String, String>>,
) -> impl FnOnce() -> WasiCtx + Send + use<> {
    let environment = environment.clone();
    move || wasi(&environment).build()
}

/// A guest without files, network or arguments. What it prints goes to standard error.
pub(crate) fn wasi(environment: &BTreeMap<String, String>) -> WasiCtxBuilder {
    let mut builder = WasiCtxBuilder::new();
    builder.stdout(tokio::io::stderr()).inherit_stderr();
    for (name, value) in environment {
        builder.env(name, value);
    }
    builder
}

pub(crate) fn limits(options: &Options) -> StoreLimits {
    match options.runtime_config.max_instance_memory {
        Some(bytes) => StoreLimitsBuilder::new().memory_size(bytes).build(),
        None => StoreLimits::default(),
    }
}

/// Lets a guest that computes without pause be ended by its time limit.
pub(crate) fn yield_on_tick<T>(store: &mut Store<T>) {
    store.epoch_deadline_async_yield_and_update(1);
    store.set_epoch_deadline(1);
}

/// Parts that cost little, of which `crate::wasi` makes what most guests ask for.
impl Guest {
    pub fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }

    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    pub fn clocks(&mut self) -> WasiClocksCtxView<'_> {
        WasiClocksCtxView { ctx: &mut self.clocks, table: &mut self.table }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: LazyCell::force_mut(&mut self.wasi), table: &mut self.table }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.hooks, table: &mut self.table, ctx: &mut self.http }
    }
}

/// `allowed_outbound_hosts` is refused in the manifest, so there is no host that a guest may ask.
struct NoOutboundRequests;

type Completion<T> = Box<dyn Future<Output = Result<T, wasmtime_wasi_http::Error>> + Send>;

/// A constant would be made anew for each header that is looked at.
static FORBIDDEN: [HeaderName; 9] = DEFAULT_FORBIDDEN_HEADERS;

impl WasiHttpHooks for NoOutboundRequests {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        FORBIDDEN.contains(name)
    }

    fn send_request(
        &mut self,
        _: Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Completion<()>,
    ) -> Completion<(http::Response<WasiBody>, Completion<()>)> {
        Box::new(async { Err(wasmtime_wasi_http::Error::HttpRequestDenied) })
    }
}
