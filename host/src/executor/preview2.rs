//! Components that export an HTTP handler of WASI preview 2: an instance for each request.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::oneshot;
use wasmtime::PoolConcurrencyLimitError;
use wasmtime::component::InstancePre;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::{WasiBody, WasiHttpView};

use super::{Answer, Asked, Failure, http};
use crate::error::one_line;
use crate::guest::{self, Guest};
use crate::options::Options;

type Answered = Result<::http::Response<HyperOutgoingBody>, ErrorCode>;

/// A component with an HTTP handler of preview 2.
pub(crate) struct Preview2Executor {
    pre: ProxyPre<Guest>,
    environment: Arc<BTreeMap<String, String>>,
    options: Arc<Options>,
}

impl Preview2Executor {
    /// # Errors
    ///
    /// When the component exports no handler.
    pub fn new(
        pre: InstancePre<Guest>,
        environment: &BTreeMap<String, String>,
        options: &Arc<Options>,
    ) -> wasmtime::Result<Self> {
        let (environment, options) = (Arc::new(environment.clone()), options.clone());
        Ok(Self { pre: ProxyPre::new(pre)?, environment, options })
    }

    /// Most guests are done when they have answered, and have run on the task of the connection, which then
    /// finds head and body together. Those that go on get a task of their own.
    pub async fn execute(&self, mut asked: Asked<'_>) -> Answer {
        let permit = asked.permit.take();
        let request = http::prepare(asked, self.options.max_body_size)?;
        let (sender, mut receiver) = oneshot::channel();
        let wasi = guest::handlers_wasi(&self.environment);
        let guest =
            run(self.pre.clone(), Guest::store(self.pre.engine(), wasi, &self.options), request, sender);
        let guest = tokio::time::timeout(self.options.request_timeout, guest);
        let mut guest = Box::pin(async move {
            let ended = guest.await.unwrap_or(Err(Failure::Timeout));
            drop(permit);
            ended
        });
        let log = self.options.log;
        tokio::select! {
            biased;
            ended = &mut guest => match (receiver.try_recv(), ended) {
                (Ok(answered), ended) => {
                    tell_of(log, ended);
                    answer(answered)
                }
                (Err(_), Err(failure)) => Err(failure),
                (Err(_), Ok(())) => Err(Failure::Guest("it set no response".into())),
            },
            Ok(answered) = &mut receiver => {
                tokio::spawn(async move { tell_of(log, guest.await) });
                answer(answered)
            }
        }
    }
}

/// Runs a guest to its end; its answer is sent as soon as it is there.
async fn run(
    pre: ProxyPre<Guest>,
    mut store: wasmtime::Store<Guest>,
    request: ::http::Request<WasiBody>,
    answer: oneshot::Sender<Answered>,
) -> Result<(), Failure> {
    let run = async {
        let request = store.data_mut().http().new_incoming_request(Scheme::Http, request)?;
        let out = store.data_mut().http().new_response_outparam(answer)?;
        let proxy = pre.instantiate_async(&mut store).await?;
        proxy.wasi_http_incoming_handler().call_handle(&mut store, request, out).await
    };
    run.await.map_err(failure)
}

fn answer(answered: Answered) -> Answer {
    answered.map_err(|code| Failure::Guest(one_line(format!("it answered with an error: {code:?}"))))
}

/// Who has an answer already is not told what became of the instance.
fn tell_of(log: fn(&str), ended: Result<(), Failure>) {
    if let Err(failure) = ended {
        log(&format!("an instance ended: {failure}"));
    }
}

fn failure(e: wasmtime::Error) -> Failure {
    if e.is::<PoolConcurrencyLimitError>() {
        return Failure::Overloaded;
    }
    Failure::Guest(one_line(format!("{e:#}")))
}
