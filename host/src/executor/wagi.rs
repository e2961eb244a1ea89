//! Commands that answer one request by CGI/1.1: modules of WASI preview 1, or components of preview 2.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use wasmtime::component::Component;
use wasmtime::{InstancePre, Linker, Module, PoolConcurrencyLimitError, Store, StoreLimits};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::{I32Exit, WasiCtxBuilder};

use super::environment::{self, Environment};
use super::{Answer, Asked, Failure};
use crate::cgi::{self, Variables};
use crate::guest::{self, Guest};
use crate::options::Options;
use crate::respond;

/// The most that a program may print.
const MAX_OUTPUT: usize = 64 << 20;

/// A command, and the arguments it is given.
pub(crate) struct WagiExecutor {
    program: Program,
    argv: String,
    environment: BTreeMap<String, String>,
    options: Arc<Options>,
}

enum Program {
    Module(InstancePre<Preview1>),
    Command(CommandPre<Guest>),
}

struct Preview1 {
    wasi: WasiP1Ctx,
    environment: Environment,
    limits: StoreLimits,
}

impl WagiExecutor {
    /// # Errors
    ///
    /// When the module is no command, or imports what is not provided.
    pub fn from_module(
        module: &Module,
        argv: &str,
        environment: &BTreeMap<String, String>,
        options: &Arc<Options>,
    ) -> Result<Self, String> {
        if module.get_export("_start").is_none() {
            return Err("it is no command (it exports no _start), so it cannot answer by WAGI".into());
        }
        let mut linker = Linker::new(module.engine());
        let pre = wasmtime_wasi::p1::add_to_linker_async(&mut linker, |state: &mut Preview1| &mut state.wasi)
            .and_then(|()| environment::add_to_linker(&mut linker, |state| &state.environment))
            .and_then(|()| linker.instantiate_pre(module))
            .map_err(|e| format!("{e:#}"))?;
        Ok(Self::new(Program::Module(pre), argv, environment, options))
    }

    /// # Errors
    ///
    /// When the component is no command, or imports what is not provided.
    pub fn from_component(
        component: &Component,
        argv: &str,
        environment: &BTreeMap<String, String>,
        options: &Arc<Options>,
    ) -> Result<Self, String> {
        // Asked first, since an HTTP handler also imports what a command is not given.
        if !component
            .component_type()
            .exports(component.engine())
            .any(|(name, _)| name.starts_with("wasi:cli/run@0.2"))
        {
            return Err("it exports no wasi:cli/run@0.2, so it cannot answer by WAGI; leave `executor` out if it exports \
                 an HTTP handler"
                .into());
        }
        let mut linker = wasmtime::component::Linker::new(component.engine());
        let pre = wasmtime_wasi::p2::add_to_linker_async(&mut linker)
            .and_then(|()| linker.instantiate_pre(component))
            .map_err(|e| format!("{e:#}"))?;
        let command = CommandPre::new(pre).map_err(|e| format!("{e:#}"))?;
        Ok(Self::new(Program::Command(command), argv, environment, options))
    }

    fn new(
        program: Program,
        argv: &str,
        environment: &BTreeMap<String, String>,
        options: &Arc<Options>,
    ) -> Self {
        let (argv, environment, options) = (argv.to_owned(), environment.clone(), options.clone());
        Self { program, argv, environment, options }
    }

    pub async fn execute(&self, asked: Asked<'_>) -> Answer {
        let answered = tokio::time::timeout(self.options.request_timeout, self.answer(asked)).await;
        answered.unwrap_or(Err(Failure::Timeout))
    }

    async fn answer(&self, Asked { request, matched, client, permit: _permit, .. }: Asked<'_>) -> Answer {
        let (parts, body) = request.into_parts();
        let body = read(body, self.options.max_body_size).await?;
        let request = Request::from_parts(parts, ());
        let output = MemoryOutputPipe::new(MAX_OUTPUT);
        let mut wasi = guest::wasi(&BTreeMap::new());
        wasi.args(&cgi::arguments(&self.argv, &request));
        wasi.stdin(MemoryInputPipe::new(body.clone())).stdout(output.clone());
        // A variable that stood twice would mean something else to each guest: the manifest's own word wins.
        let mut variables = cgi::variables(&request, body.len(), matched, client);
        variables.retain(|(name, _)| !self.environment.contains_key(&**name));
        variables.extend(self.environment.iter().map(|(name, value)| (name.into(), value.into())));
        self.run(wasi, &variables).await.map_err(failure)?;
        let output = output.try_into_inner().map(|output| output.freeze()).unwrap_or_default();
        let response = cgi::response(request.method(), output).map_err(Failure::Guest)?;
        Ok(response.map(respond::full))
    }

    async fn run(&self, mut wasi: WasiCtxBuilder, variables: &Variables<'_>) -> wasmtime::Result<()> {
        match &self.program {
            Program::Module(pre) => self.run_module(pre, wasi, variables).await,
            Program::Command(pre) => {
                wasi.envs(variables);
                self.run_command(pre, wasi).await
            }
        }
    }

    async fn run_module(
        &self,
        pre: &InstancePre<Preview1>,
        mut wasi: WasiCtxBuilder,
        variables: &Variables<'_>,
    ) -> wasmtime::Result<()> {
        let environment = variables.iter().map(|(name, value)| (&**name, &**value)).collect();
        let state = Preview1 { wasi: wasi.build_p1(), environment, limits: guest::limits(&self.options) };
        let mut store = Store::new(pre.module().engine(), state);
        store.limiter(|state| &mut state.limits);
        guest::yield_on_tick(&mut store);
        let instance = pre.instantiate_async(&mut store).await?;
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
        unless_exited_well(start.call_async(&mut store, ()).await)
    }

    async fn run_command(&self, pre: &CommandPre<Guest>, mut wasi: WasiCtxBuilder) -> wasmtime::Result<()> {
        let mut store = Guest::store(pre.engine(), move || wasi.build(), &self.options);
        let command = pre.instantiate_async(&mut store).await?;
        let ended = command.wasi_cli_run().call_run(&mut store).await;
        unless_exited_well(ended.and_then(|ended| ended.map_err(|()| I32Exit(1).into())))
    }
}

async fn read(body: Incoming, limit: usize) -> Result<Bytes, Failure> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Failure::BodyTooLarge);
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(e) if e.is::<LengthLimitError>() => Err(Failure::BodyTooLarge),
        Err(_) => Err(Failure::BodyBroken),
    }
}

/// `exit(0)` is a trap to wasmtime, and a good end to everyone else.
fn unless_exited_well(ended: wasmtime::Result<()>) -> wasmtime::Result<()> {
    match ended {
        Err(e) if e.downcast_ref::<I32Exit>().is_some_and(|exit| exit.0 == 0) => Ok(()),
        ended => ended,
    }
}

fn failure(e: wasmtime::Error) -> Failure {
    match e.downcast_ref::<I32Exit>() {
        Some(exit) => Failure::Guest(format!("it ended with {}", exit.0)),
        None if e.is::<PoolConcurrencyLimitError>() => Failure::Overloaded,
        None => Failure::Guest(crate::error::one_line(format!("{e:#}"))),
    }
}
