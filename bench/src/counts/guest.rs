//! What a request costs a guest: wasmtime's fuel, about one unit for an instruction of Wasm. Clocks stand still and
//! random numbers repeat, so that it is the same on every machine.

use std::convert::Infallible;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Result, Store};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView, p2, p3,
};

/// More than any request burns.
const FULL: u64 = 1 << 40;
/// Any time of 10 digits of seconds.
const NOW: Duration = Duration::from_secs(1_776_887_217);
/// What every form is asked.
const URL: &str = "http://127.0.0.1/api/time";

/// An engine that counts.
///
/// # Errors
///
/// Where wasmtime does not run.
pub fn engine() -> Result<Engine> {
    Engine::new(Config::new().consume_fuel(true).wasm_component_model_async(true))
}

/// Of a module for WASI preview 1, made a component as every host makes it: an instance, and its answer by WAGI.
///
/// # Errors
///
/// When it is none, or does not answer.
pub async fn wagi(engine: &Engine, file: &Path) -> Result<u64> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    let output = MemoryOutputPipe::new(1 << 20);
    let mut wasi = deterministic();
    wasi.env("REQUEST_METHOD", "GET").env("PATH_INFO", "/api/time").stdout(output.clone());
    let mut store = Guest::store(engine, wasi)?;
    let module = std::fs::read(file)?;
    let component = host::componentize(&module).map_err(wasmtime::Error::msg)?;
    let component = Component::new(engine, component)?;
    let command = Command::instantiate_async(&mut store, &component, &linker).await?;
    command.wasi_cli_run().call_run(&mut store).await?.map_err(|()| wasmtime::Error::msg("it failed"))?;
    is_the_time(&output.contents())?;
    Ok(FULL - store.get_fuel()?)
}

/// Of a component for preview 2: an instance, and its answer.
///
/// # Errors
///
/// When it is none, or does not answer.
pub async fn preview2(engine: &Engine, file: &Path) -> Result<u64> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    p2::add_only_http_to_linker_async(&mut linker)?;
    let mut store = Guest::store(engine, deterministic())?;
    let component = Component::from_file(engine, file)?;
    let proxy = p2::bindings::Proxy::instantiate_async(&mut store, &component, &linker).await?;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let scheme = p2::bindings::http::types::Scheme::Http;
    let request = store.data_mut().http().new_incoming_request(scheme, request())?;
    let out = store.data_mut().http().new_response_outparam(sender)?;
    let handling = async {
        proxy.wasi_http_incoming_handler().call_handle(&mut store, request, out).await?;
        Ok::<_, wasmtime::Error>(())
    };
    // The guest may wait for its body to be read.
    let reading = async { Ok(receiver.await??.into_body().collect().await?.to_bytes()) };
    let ((), body): ((), Bytes) = tokio::try_join!(handling, reading)?;
    is_the_time(&body)?;
    Ok(FULL - store.get_fuel()?)
}

/// Of a component for preview 3: an instance with its first answer, and what another answer of the same costs.
///
/// # Errors
///
/// When it is none, or does not answer.
pub async fn preview3(engine: &Engine, file: &Path) -> Result<[u64; 2]> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    p3::add_to_linker(&mut linker)?;
    let mut store = Guest::store(engine, deterministic())?;
    let component = Component::from_file(engine, file)?;
    let service = p3::bindings::Service::instantiate_async(&mut store, &component, &linker).await?;
    let mut left = [FULL; 3];
    for left in &mut left[1..] {
        let (request, sent) = p3::Request::from_http(store.data_mut().http().hooks, request());
        let asking = store.run_concurrent(async |accessor| -> Result<Bytes> {
            let answer = service.handle(accessor, request).await??;
            let answer = accessor.with(|access| answer.into_http(access, async { Ok(()) }))?;
            Ok(answer.into_body().collect().await?.to_bytes())
        });
        is_the_time(&asking.await??)?;
        drop(sent);
        *left = store.get_fuel()?;
    }
    Ok([left[0] - left[1], left[1] - left[2]])
}

fn request()
-> Request<impl hyper::body::Body<Data = Bytes, Error = wasmtime_wasi_http::Error> + Send + 'static> {
    let body = Empty::new().map_err(|never: Infallible| match never {});
    Request::get(URL).header("host", "127.0.0.1").body(body).expect("a request")
}

/// What answers otherwise is not counted.
fn is_the_time(answer: &[u8]) -> Result<()> {
    let answer = String::from_utf8_lossy(answer);
    let right = answer.contains(&format!(r#""timestamp":{}"#, NOW.as_secs()));
    if right { Ok(()) } else { Err(wasmtime::Error::msg(format!("a wrong answer: {answer:?}"))) }
}

fn deterministic() -> WasiCtxBuilder {
    let mut wasi = WasiCtxBuilder::new();
    wasi.wall_clock(Still).monotonic_clock(Still).insecure_random_seed(7);
    wasi.secure_random(Deterministic::new(vec![7])).insecure_random(Deterministic::new(vec![7]));
    wasi
}

/// Clocks on which it is always the same time.
struct Still;

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        NOW
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        0
    }
}

/// What the store of a component holds.
struct Guest {
    wasi: WasiCtx,
    table: ResourceTable,
    http: WasiHttpCtx,
    hooks: NoOutboundRequests,
}

impl Guest {
    fn store(engine: &Engine, mut wasi: WasiCtxBuilder) -> Result<Store<Self>> {
        let guest = Self {
            wasi: wasi.build(),
            table: ResourceTable::new(),
            http: WasiHttpCtx::new(),
            hooks: NoOutboundRequests,
        };
        let mut store = Store::new(engine, guest);
        store.set_fuel(FULL)?;
        Ok(store)
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.hooks, table: &mut self.table, ctx: &mut self.http }
    }
}

/// The application asks nobody.
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
