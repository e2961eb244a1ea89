//! Commands that answer one request by CGI/1.1, through their `wasi:cli/run`.

use bytes::{Bytes, BytesMut};
use http::Request;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use tokio::time::timeout;
use tracing::{Level, instrument};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::{I32Exit, WasiCtx};

use super::{Answer, Failure, RoutedRequest, refuse_long};
use crate::cgi;
use crate::instance::{Instances, State};
use crate::respond;

/// Most bytes that a program may print.
const MAX_OUTPUT: usize = 64 << 20;

#[instrument(name = "execute_wagi", skip_all, err(level = Level::INFO), fields(component = %instances.component))]
pub async fn execute(
    instances: &Instances,
    command: &CommandPre<State>,
    argv: &str,
    routed: RoutedRequest<'_>,
) -> Answer {
    let answer = answer(instances, command, argv, routed);
    timeout(instances.options.request_timeout, answer).await.unwrap_or(Err(Failure::Timeout))
}

async fn answer(
    instances: &Instances,
    command: &CommandPre<State>,
    argv: &str,
    RoutedRequest { request, matched, client, permit: _permit }: RoutedRequest<'_>,
) -> Answer {
    let (parts, body) = request.into_parts();
    let body = read(body, instances.options.max_body_size).await?;
    let request = Request::from_parts(parts, ());
    let output = MemoryOutputPipe::new(MAX_OUTPUT);
    let mut wasi = instances.wasi();
    for (name, value) in cgi::variables(&request, body.len(), matched, client) {
        // The manifest's variables win: libraries find the first of two that have one name.
        if !instances.environment.contains_key(&name) {
            wasi.env(name, value);
        }
    }
    wasi.args(&cgi::arguments(argv, &request)).stdin(MemoryInputPipe::new(body)).stdout(output.clone());
    run(instances, command, wasi.build()).await.map_err(|e| Failure::guest(&e))?;
    let output = output.try_into_inner().map(BytesMut::freeze).unwrap_or_default();
    if output.len() == MAX_OUTPUT {
        return Err(Failure::Guest(format!("it printed {MAX_OUTPUT} bytes or more, which are too many")));
    }
    let response = cgi::response(request.method(), output).map_err(Failure::Guest)?;
    Ok(response.map(respond::full))
}

async fn run(instances: &Instances, command: &CommandPre<State>, wasi: WasiCtx) -> wasmtime::Result<()> {
    let mut store = instances.store(wasi);
    let command = command.instantiate_async(&mut store).await?;
    match command.wasi_cli_run().call_run(&mut store).await {
        Ok(Ok(())) => Ok(()),
        // As in Spin, what it printed is its response all the same.
        Ok(Err(())) => {
            instances.log("ended without success");
            Ok(())
        }
        Err(e) if matches!(e.downcast_ref(), Some(I32Exit(0))) => Ok(()),
        Err(e) => Err(e),
    }
}

async fn read(body: Incoming, limit: usize) -> Result<Bytes, Failure> {
    refuse_long(&body, limit)?;
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(e) if e.is::<LengthLimitError>() => Err(Failure::BodyTooLarge),
        Err(_) => Err(Failure::BodyBroken),
    }
}
