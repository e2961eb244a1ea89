//! Components that export an HTTP handler of WASI preview 2: an instance for each request, on a task of its own.

use std::sync::Arc;

use http::Request;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tracing::{Instrument, Level, instrument};
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::{WasiBody, WasiHttpView};

use super::{Answer, Failure, Permit, RoutedRequest};
use crate::error::one_line;
use crate::instance::{Instances, State};

type Guest = JoinHandle<Result<wasmtime::Result<()>, Elapsed>>;
type Response = oneshot::Receiver<Result<http::Response<HyperOutgoingBody>, ErrorCode>>;

#[instrument(name = "execute_wasm", skip_all, err(level = Level::INFO), fields(component = %instances.component))]
pub async fn execute(
    instances: &Arc<Instances>,
    proxy: &ProxyPre<State>,
    routed: RoutedRequest<'_>,
) -> Answer {
    let (request, permit) = routed.into_request(instances.options.max_body_size)?;
    let (guest, response) = start(instances, proxy, request, permit).await.map_err(|e| Failure::guest(&e))?;
    let Ok(response) = response.await else {
        return ended(guest).await.and_then(|()| Err(Failure::Guest("it set no response".into())));
    };
    let instances = instances.clone();
    tokio::spawn(async move {
        if let Err(e) = ended(guest).await {
            instances.log(format_args!("failed after its response began: {e}"));
        }
    });
    response.map_err(|code| Failure::Guest(one_line(format!("it answered with an error: {code:?}"))))
}

/// Makes an instance, and calls it on a task of its own.
async fn start(
    instances: &Instances,
    proxy: &ProxyPre<State>,
    request: Request<WasiBody>,
    permit: Permit,
) -> wasmtime::Result<(Guest, Response)> {
    let mut store = instances.store(instances.wasi().build());
    let proxy = proxy.instantiate_async(&mut store).await?;
    let (sender, response) = oneshot::channel();
    let mut http = store.data_mut().http();
    let request = http.new_incoming_request(Scheme::Http, request)?;
    let out = http.new_response_outparam(sender)?;
    let call = async move {
        let handler = proxy.wasi_http_incoming_handler();
        let ended = handler.call_handle(&mut store, request, out).in_current_span().await;
        drop(permit);
        ended
    };
    let limited = timeout(instances.options.request_timeout, call);
    Ok((tokio::spawn(limited.in_current_span()), response))
}

async fn ended(guest: Guest) -> Result<(), Failure> {
    match guest.await {
        Ok(Ok(ended)) => ended.map_err(|e| Failure::guest(&e)),
        Ok(Err(_)) => Err(Failure::Timeout),
        Err(e) => Err(Failure::Guest(one_line(e))),
    }
}
