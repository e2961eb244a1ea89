//! Components that export an HTTP handler, of WASI preview 2 or 3. The reuse of preview 3 instances is
//! wasmtime-wasi-http's own; what is decided here is how often and how long.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::Request;
use http::uri::{Authority, Scheme, Uri};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Incoming};
use tokio::time::{Sleep, sleep};
use wasmtime::component::{Component, GuestTaskId, Linker};
use wasmtime::{Engine, PoolConcurrencyLimitError, Store, StoreContextMut};
use wasmtime_wasi_http::handler::{
    ExpirationError, HandlerState, Instance, InstantiationError, ProxyHandler, ProxyPre, ShouldAccept,
    WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::{WasiBody, WasiHttpView, p2, p3};

use super::{Answer, Asked, Failure};
use crate::guest::{self, Guest};
use crate::options::{Options, Reuse};
use crate::spin_headers;

/// A component with an HTTP handler.
pub(crate) struct HttpExecutor {
    handler: ProxyHandler<Instances>,
    max_body_size: usize,
    timeout: Duration,
}

impl HttpExecutor {
    /// # Errors
    ///
    /// When the component exports no handler, or imports what is not provided.
    pub fn new(
        engine: &Engine,
        component: &Component,
        environment: &BTreeMap<String, String>,
        options: &Arc<Options>,
    ) -> Result<Self, String> {
        let pre = linker(engine)
            .and_then(|linker| linker.instantiate_pre(component))
            .map_err(|e| format!("{e:#}; what Spin provides beyond WASI needs Spin itself"))?;
        let (pre, reuse) = match p3::bindings::ServicePre::new(pre.clone()) {
            Ok(service) => (ProxyPre::P3(service), options.reuse),
            Err(_) => {
                let proxy = p2::bindings::ProxyPre::new(pre).map_err(|_| {
                    "it exports neither wasi:http/incoming-handler@0.2 nor wasi:http/handler@0.3; a command needs \
                     executor = { type = \"wagi\" }"
                        .to_owned()
                })?;
                (ProxyPre::P2(proxy), Reuse { count: 1, concurrent: 1, ..options.reuse })
            }
        };
        let instances = Instances {
            engine: engine.clone(),
            pre,
            environment: environment.clone(),
            reuse,
            options: options.clone(),
        };
        Ok(Self {
            handler: ProxyHandler::new(instances),
            max_body_size: options.max_body_size,
            timeout: options.request_timeout,
        })
    }

    pub async fn execute(&self, asked: Asked<'_>) -> Answer {
        if asked.request.body().size_hint().lower() > self.max_body_size as u64 {
            return Err(Failure::BodyTooLarge);
        }
        let request = self.prepare(asked);
        let begun = Instant::now();
        // The handler's own time limit does not reach a guest that never gives way.
        match tokio::time::timeout(self.timeout, self.handler.handle((), request)).await {
            // An instance ended by its time limit leaves only word that it gave no answer.
            Ok(Err(_)) if begun.elapsed() >= self.timeout => Err(Failure::Timeout),
            Ok(answered) => answered.map_err(failure),
            Err(_) => Err(Failure::Timeout),
        }
    }

    fn prepare(&self, Asked { request, matched, client }: Asked) -> Request<WasiBody> {
        let facts = spin_headers::facts(&request, matched, client);
        let uri = absolute(&request);
        let (mut parts, body) = request.into_parts();
        spin_headers::set(&mut parts.headers, facts, &matched.path_info);
        parts.uri = uri;
        let body = Limited::new(body, self.max_body_size)
            .map_err(|_| wasmtime_wasi_http::Error::HttpRequestBodySize(None))
            .boxed_unsync();
        Request::from_parts(parts, body)
    }
}

/// WASI requests have a scheme and an authority.
fn absolute(request: &Request<Incoming>) -> Uri {
    let authority = spin_headers::authority(request).parse();
    let mut parts = request.uri().clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority.unwrap_or_else(|_| Authority::from_static("localhost")));
    Uri::from_parts(parts).unwrap_or_default()
}

fn failure(e: wasmtime::Error) -> Failure {
    if e.is::<ExpirationError>() {
        return Failure::Timeout;
    }
    match e.downcast_ref::<InstantiationError<()>>() {
        Some(e) if e.error.is::<PoolConcurrencyLimitError>() => Failure::Overloaded,
        _ => Failure::Guest(crate::error::one_line(format!("{e:#}"))),
    }
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    p2::add_only_http_to_linker_async(&mut linker)?;
    p3::add_to_linker(&mut linker)?;
    Ok(linker)
}

/// Makes the instances of one component.
struct Instances {
    engine: Engine,
    pre: ProxyPre<Guest>,
    environment: BTreeMap<String, String>,
    reuse: Reuse,
    options: Arc<Options>,
}

impl HandlerState for Instances {
    type StoreData = Guest;
    type WorkerExpiration = Expiration;
    type WorkerState = Usage;

    async fn instantiate(&self) -> wasmtime::Result<Instance<Guest, Expiration, Usage>> {
        let wasi = guest::wasi(&self.environment).build();
        let mut store = Guest::store(&self.engine, wasi, &self.options);
        let proxy = self.pre.instantiate_async(&mut store).await?;
        let request = self.options.request_timeout;
        Ok(Instance {
            store,
            proxy,
            view: Guest::http,
            expiration: Expiration { idle: self.reuse.idle, request, alarm: None },
            state: Usage { reuse: self.reuse, timeout: request, log: self.options.log },
        })
    }
}

/// Ends an instance that has been idle, or at one request, for too long.
struct Expiration {
    idle: Duration,
    request: Duration,
    /// Made when first needed: an instance that answers at once never is waited for.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        let patience = match status {
            WorkerStatus::Idle => self.idle,
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.request,
        };
        let Some(deadline) = since.checked_add(patience) else { return Poll::Pending };
        let deadline = tokio::time::Instant::from_std(deadline);
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if alarm.deadline() != deadline {
            alarm.as_mut().reset(deadline);
        }
        alarm.as_mut().poll(cx)
    }
}

/// Says how many requests an instance answers, and how long each may take.
struct Usage {
    reuse: Reuse,
    timeout: Duration,
    log: fn(&str),
}

impl WorkerState for Usage {
    type StoreData = Guest;
    type RequestData = ();

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.reuse.count {
            ShouldAccept::Never
        } else if concurrent >= self.reuse.concurrent {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, Guest>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        Box::pin(sleep(self.timeout))
    }

    fn drop(&self, _: Store<Guest>, ended: Result<(), wasmtime::Error>) {
        if let Err(e) = ended {
            (self.log)(&format!("an instance ended: {}", crate::error::one_line(format!("{e:#}"))));
        }
    }
}
