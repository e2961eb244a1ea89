//! Components that export an HTTP handler of WASI preview 3. wasmtime-wasi-http's own handler reuses their instances.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep, timeout};
use tracing::{Level, instrument};
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{
    ExpirationError, HandlerState, Instance, InstantiationError, Proxy, ProxyHandler, ShouldAccept,
    WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use super::{Answer, Failure, Permit, RoutedRequest};
use crate::error::one_line;
use crate::instance::{Instances, PATIENCE, State};

pub(super) fn handler(service: ServicePre<State>, instances: &Arc<Instances>) -> ProxyHandler<Workers> {
    ProxyHandler::new(Workers { service, instances: instances.clone() })
}

#[instrument(name = "execute_wasm", skip_all, err(level = Level::INFO), fields(component = %instances.component))]
pub async fn execute(
    instances: &Instances,
    handler: &ProxyHandler<Workers>,
    routed: RoutedRequest<'_>,
) -> Answer {
    let limit = instances.options.request_timeout;
    let (request, permit) = routed.into_request(instances.options.max_body_size)?;
    let begun = Instant::now();
    // The handler's own time limit does not reach a guest that never gives way.
    match timeout(limit, handler.handle(permit, request)).await {
        Ok(Ok(response)) => Ok(response),
        // An instance that its time limit ended leaves only word that it gave no response.
        Ok(Err(_)) if begun.elapsed() >= limit => Err(Failure::Timeout),
        Ok(Err(e)) if e.is::<ExpirationError>() => Err(Failure::Timeout),
        Ok(Err(e)) => Err(match e.downcast_ref::<InstantiationError<Permit>>() {
            Some(e) => Failure::guest(&e.error),
            None => Failure::guest(&e),
        }),
        Err(_) => Err(Failure::Timeout),
    }
}

/// Makes the instances of one component, and their workers.
pub(super) struct Workers {
    service: ServicePre<State>,
    instances: Arc<Instances>,
}

impl HandlerState for Workers {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Expiration, Worker>> {
        let mut store = self.instances.store(self.instances.wasi().build());
        let proxy = Proxy::P3(self.service.instantiate_async(&mut store).await?);
        let worker = Worker { instances: self.instances.clone(), last: LastPermit::default() };
        let expiration = Expiration { worker: worker.clone(), alarm: Box::pin(sleep(Duration::MAX)) };
        Ok(Instance { store, proxy, view: State::http, expiration, state: worker })
    }
}

/// The permit of an instance's last request, until the instance is idle: one that works on after its last response
/// counts as a request in flight.
#[derive(Clone, Default)]
struct LastPermit(Arc<Mutex<Option<Permit>>>);

impl LastPermit {
    fn set(&self, permit: Option<Permit>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = permit;
    }
}

/// Ends an instance that has been idle, or at one request, for too long.
pub(super) struct Expiration {
    worker: Worker,
    alarm: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        let options = &self.worker.instances.options;
        let patience = match status {
            WorkerStatus::Idle => {
                self.worker.last.set(None);
                options.reuse.idle
            }
            WorkerStatus::Requests | WorkerStatus::PostReturn => options.request_timeout,
        };
        let Some(deadline) = since.checked_add(patience) else { return Poll::Pending };
        let deadline = tokio::time::Instant::from_std(deadline);
        if self.alarm.deadline() != deadline {
            self.alarm.as_mut().reset(deadline);
        }
        self.alarm.as_mut().poll(cx)
    }
}

/// Says how many requests an instance answers, and how long each may take.
#[derive(Clone)]
pub(super) struct Worker {
    instances: Arc<Instances>,
    last: LastPermit,
}

impl WorkerState for Worker {
    type StoreData = State;
    type RequestData = Permit;

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        let reuse = &self.instances.options.reuse;
        if total >= reuse.count {
            ShouldAccept::Never
        } else if concurrent >= reuse.concurrent {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        mut store: StoreContextMut<'_, State>,
        permit: Permit,
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        self.last.set(Some(permit.clone()));
        // The time since the last request was none of the guest's computing.
        store.set_epoch_deadline(PATIENCE);
        let limit = self.instances.options.request_timeout;
        Box::pin(async move {
            sleep(limit).await;
            drop(permit);
        })
    }

    fn drop(&self, _: Store<State>, ended: Result<(), wasmtime::Error>) {
        // One that a stopping server leaves behind is reported as if its thread had panicked.
        let left = |e: &wasmtime::Error| !thread::panicking() && e.to_string() == "worker panicked";
        if let Some(e) = ended.err().filter(|e| !left(e)) {
            self.instances.log(format_args!("has an instance that ended: {}", one_line(format!("{e:#}"))));
        }
    }
}
