//! Components that export an HTTP handler of WASI preview 3. The reuse of their instances is
//! wasmtime-wasi-http's own; what is decided here is how often and how long.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep};
use wasmtime::component::{GuestTaskId, InstancePre};
use wasmtime::{PoolConcurrencyLimitError, Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{
    ExpirationError, HandlerState, Instance, InstantiationError, Proxy, ProxyHandler, ShouldAccept,
    WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use super::{Answer, Asked, Failure, http};
use crate::guest::{self, Guest};
use crate::lanes;
use crate::options::{Options, Reuse};

/// A component with an HTTP handler of preview 3.
pub(crate) struct Preview3Executor {
    /// One for each lane: a request that stays on its thread wakes no other.
    handlers: Vec<ProxyHandler<Instances>>,
    in_flight: AtomicUsize,
    options: Arc<Options>,
}

impl Preview3Executor {
    /// # Errors
    ///
    /// When the component exports no handler.
    pub fn new(
        pre: InstancePre<Guest>,
        environment: &BTreeMap<String, String>,
        options: &Arc<Options>,
    ) -> wasmtime::Result<Self> {
        let pre = ServicePre::new(pre)?;
        let environment = Arc::new(environment.clone());
        let handler = |_| {
            let (environment, options) = (environment.clone(), options.clone());
            ProxyHandler::new(Instances { pre: pre.clone(), environment, options, alive: Arc::default() })
        };
        let handlers = (0..lanes::count()).map(handler).collect();
        Ok(Self { handlers, in_flight: AtomicUsize::new(0), options: options.clone() })
    }

    /// That of the lane, but that a request which is alone goes where an instance is: a client that sends one
    /// after the other finds the one instance again, whatever the connection.
    fn handler(&self, lane: usize, alone: bool) -> &ProxyHandler<Instances> {
        let own = &self.handlers[lane];
        if !alone || own.state().are_there() {
            return own;
        }
        self.handlers.iter().find(|handler| handler.state().are_there()).unwrap_or(own)
    }

    pub async fn execute(&self, asked: Asked<'_>) -> Answer {
        let timeout = self.options.request_timeout;
        let lane = asked.lane;
        let request = http::prepare(asked, self.options.max_body_size)?;
        let (begun, counted) = (Instant::now(), Counted::one_more(&self.in_flight));
        let handler = self.handler(lane, counted.alone);
        // The handler's own time limit does not reach a guest that never gives way.
        match tokio::time::timeout(timeout, handler.handle((), request)).await {
            // An instance ended by its time limit leaves only word that it gave no answer.
            Ok(Err(_)) if begun.elapsed() >= timeout => Err(Failure::Timeout),
            Ok(answered) => answered.map_err(failure),
            Err(_) => Err(Failure::Timeout),
        }
    }
}

/// A request in flight, as long as this lives.
struct Counted<'a> {
    count: &'a AtomicUsize,
    alone: bool,
}

impl<'a> Counted<'a> {
    fn one_more(count: &'a AtomicUsize) -> Self {
        Self { count, alone: count.fetch_add(1, Ordering::Relaxed) == 0 }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
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

/// Makes the instances of one component.
struct Instances {
    pre: ServicePre<Guest>,
    environment: Arc<BTreeMap<String, String>>,
    options: Arc<Options>,
    /// How many there are.
    alive: Arc<AtomicUsize>,
}

impl Instances {
    fn are_there(&self) -> bool {
        self.alive.load(Ordering::Relaxed) > 0
    }
}

impl HandlerState for Instances {
    type StoreData = Guest;
    type WorkerExpiration = Expiration;
    type WorkerState = Usage;

    async fn instantiate(&self) -> wasmtime::Result<Instance<Guest, Expiration, Usage>> {
        let wasi = guest::handlers_wasi(&self.environment);
        let mut store = Guest::store(self.pre.engine(), wasi, &self.options);
        let proxy = Proxy::P3(self.pre.instantiate_async(&mut store).await?);
        self.alive.fetch_add(1, Ordering::Relaxed);
        let (reuse, request) = (self.options.reuse, self.options.request_timeout);
        Ok(Instance {
            store,
            proxy,
            view: Guest::http,
            expiration: Expiration { idle: reuse.idle, request, alarm: None },
            state: Usage { reuse, timeout: request, log: self.options.log, alive: self.alive.clone() },
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
    alive: Arc<AtomicUsize>,
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
        self.alive.fetch_sub(1, Ordering::Relaxed);
        // One that a stopping server leaves behind is reported as if its thread had panicked.
        let left = |e: &wasmtime::Error| !thread::panicking() && e.to_string() == "worker panicked";
        if let Some(e) = ended.err().filter(|e| !left(e)) {
            (self.log)(&format!("an instance ended: {}", crate::error::one_line(format!("{e:#}"))));
        }
    }
}
