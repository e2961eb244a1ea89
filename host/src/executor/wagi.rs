//! Commands that answer one request by CGI/1.1, through their `wasi:cli/run`.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use tracing::{Level, instrument};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

use super::{Answer, Failure, RoutedRequest, refuse_long};
use crate::cgi;
use crate::instance::{Instances, State};
use crate::respond;

/// Most bytes that a program may print.
const MAX_OUTPUT: usize = 64 << 20;

pub(crate) struct WagiExecutor {
    pre: CommandPre<State>,
    argv: String,
    instances: Arc<Instances>,
}

impl WagiExecutor {
    /// # Errors
    ///
    /// When the component is no command.
    pub fn new(instances: &Arc<Instances>, argv: &str) -> Result<Self, String> {
        let pre = CommandPre::new(instances.pre.clone()).map_err(|_| {
            "it exports no wasi:cli/run@0.2, so it cannot answer by WAGI; leave `executor` out if it exports an HTTP \
             handler"
        })?;
        Ok(Self { pre, argv: argv.to_owned(), instances: instances.clone() })
    }

    #[instrument(name = "execute_wagi", skip_all, err(level = Level::INFO), fields(component = %self.instances.component))]
    pub async fn execute(&self, routed: RoutedRequest<'_>) -> Answer {
        let limit = self.instances.options.request_timeout;
        tokio::time::timeout(limit, self.answer(routed)).await.unwrap_or(Err(Failure::Timeout))
    }

    async fn answer(
        &self,
        RoutedRequest { request, matched, client, permit: _permit }: RoutedRequest<'_>,
    ) -> Answer {
        let (parts, body) = request.into_parts();
        let body = read(body, self.instances.options.max_body_size).await?;
        let request = Request::from_parts(parts, ());
        // The manifest's variables win: libraries find the first of two that have one name.
        let mut variables = cgi::variables(&request, body.len(), matched, client);
        variables.retain(|name, _| !self.instances.environment.contains_key(name));
        let output = self.run(&cgi::arguments(&self.argv, &request), &variables, body).await;
        let output = output.map_err(|e| failure(&e))?;
        if output.len() == MAX_OUTPUT {
            return Err(Failure::Guest(format!("it printed {MAX_OUTPUT} bytes or more, which are too many")));
        }
        let response = cgi::response(request.method(), output).map_err(Failure::Guest)?;
        Ok(response.map(respond::full))
    }

    async fn run(
        &self,
        arguments: &[String],
        variables: &cgi::Variables,
        input: Bytes,
    ) -> wasmtime::Result<Bytes> {
        let output = MemoryOutputPipe::new(MAX_OUTPUT);
        let mut wasi = self.instances.wasi();
        wasi.args(arguments).stdin(MemoryInputPipe::new(input)).stdout(output.clone());
        for (name, value) in variables {
            wasi.env(name, value);
        }
        let mut store = self.instances.store(wasi.build());
        let command = self.pre.instantiate_async(&mut store).await?;
        match command.wasi_cli_run().call_run(&mut store).await {
            Ok(Ok(())) => {}
            // As in Spin, what it printed is its response all the same.
            Ok(Err(())) => (self.instances.options.log)(&format!(
                "component {:?} ended without success",
                self.instances.component
            )),
            Err(e) if exit_code(&e) == Some(0) => {}
            Err(e) => return Err(e),
        }
        drop(store);
        Ok(output.try_into_inner().map(|output| output.freeze()).unwrap_or_default())
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

/// A program that exits traps.
fn exit_code(e: &wasmtime::Error) -> Option<i32> {
    e.downcast_ref::<I32Exit>().map(|exit| exit.0)
}

fn failure(e: &wasmtime::Error) -> Failure {
    match exit_code(e) {
        Some(code) => Failure::Guest(format!("it exited with code {code}")),
        None => Failure::guest(e),
    }
}
