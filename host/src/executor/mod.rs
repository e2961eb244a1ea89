//! How a component answers a request: a file for each interface.

mod preview2;
mod preview3;
mod wagi;

use std::net::SocketAddr;
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Incoming};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::PoolConcurrencyLimitError;
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use self::preview3::{Workers, handler};
use crate::error::one_line;
use crate::instance::{Instances, State};
use crate::manifest::ExecutorKind;
use crate::respond;
use crate::router::Match;
use crate::spin_headers;

/// A component, ready to answer.
pub(crate) struct Executor {
    instances: Arc<Instances>,
    interface: Interface,
}

/// What the component exports.
enum Interface {
    Preview2(ProxyPre<State>),
    Preview3(ProxyHandler<Workers>),
    /// With the template of its arguments.
    Wagi(CommandPre<State>, String),
}

/// A request with an absolute target, what it matched, and who sent it.
pub(crate) struct RoutedRequest<'r> {
    pub request: Request<Incoming>,
    pub matched: &'r Match<'r>,
    pub client: SocketAddr,
    pub permit: Permit,
}

/// Held by whatever still works for a request: it is in flight until its response body has ended and its guest is done.
pub(crate) type Permit = Arc<OwnedSemaphorePermit>;

pub(crate) type Answer = Result<Response<WasiBody>, Failure>;

/// Why a component gave no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("it took longer than --request-timeout allows")]
    Timeout,
    #[error("the request body is longer than --max-body-size allows")]
    BodyTooLarge,
    #[error("the request body is incomplete")]
    BodyBroken,
    #[error(
        "all instances of the pool are in use: raise --max-instances, or lower --max-concurrent-requests"
    )]
    PoolExhausted,
    /// It trapped, or broke its protocol.
    #[error("{0}")]
    Guest(String),
}

impl Executor {
    /// # Errors
    ///
    /// When the component does not export what `kind` needs.
    pub fn new(kind: &ExecutorKind, instances: Instances) -> Result<Self, String> {
        let instances = Arc::new(instances);
        let pre = || instances.pre.clone();
        let interface = match (kind, ProxyPre::new(pre()), ServicePre::new(pre())) {
            (ExecutorKind::Wagi { argv, .. }, ..) => {
                let command = CommandPre::new(pre()).map_err(|_| {
                    "it exports no wasi:cli/run@0.2, so it cannot answer by WAGI; leave `executor` out if it exports \
                     an HTTP handler"
                })?;
                Interface::Wagi(command, argv.clone())
            }
            (ExecutorKind::Http, Ok(proxy), Err(_)) => Interface::Preview2(proxy),
            (ExecutorKind::Http, Err(_), Ok(service)) => Interface::Preview3(handler(service, &instances)),
            (ExecutorKind::Http, Ok(_), Ok(_)) => {
                return Err("it exports an HTTP handler of preview 2 and one of preview 3: export one".into());
            }
            (ExecutorKind::Http, Err(_), Err(_)) => {
                return Err(
                    "it exports neither wasi:http/incoming-handler@0.2 nor wasi:http/handler@0.3; a \
                            command needs executor = { type = \"wagi\" }"
                        .into(),
                );
            }
        };
        Ok(Self { instances, interface })
    }

    pub async fn execute(&self, routed: RoutedRequest<'_>) -> Answer {
        let instances = &self.instances;
        match &self.interface {
            Interface::Preview2(proxy) => preview2::execute(instances, proxy, routed).await,
            Interface::Preview3(handler) => preview3::execute(instances, handler, routed).await,
            Interface::Wagi(command, argv) => wagi::execute(instances, command, argv, routed).await,
        }
    }
}

impl RoutedRequest<'_> {
    /// The request as an HTTP handler gets it, and its permit.
    fn into_request(mut self, max_body_size: usize) -> Result<(Request<WasiBody>, Permit), Failure> {
        refuse_long(self.request.body(), max_body_size)?;
        spin_headers::append(&mut self.request, self.matched, self.client);
        let limited = self.request.map(|body| {
            let body = Limited::new(body, max_body_size);
            body.map_err(|_| wasmtime_wasi_http::Error::HttpRequestBodySize(None)).boxed_unsync()
        });
        Ok((limited, self.permit))
    }
}

/// A body that announces too great a length is not waited for.
fn refuse_long(body: &Incoming, max_size: usize) -> Result<(), Failure> {
    if body.size_hint().lower() > max_size as u64 { Err(Failure::BodyTooLarge) } else { Ok(()) }
}

impl Failure {
    fn guest(e: &wasmtime::Error) -> Self {
        match e.downcast_ref::<I32Exit>() {
            // A program that exits traps.
            Some(I32Exit(code)) => Self::Guest(format!("it exited with code {code}")),
            None if e.is::<PoolConcurrencyLimitError>() => Self::PoolExhausted,
            None => Self::Guest(one_line(format!("{e:#}"))),
        }
    }

    pub fn response(&self) -> Response<WasiBody> {
        let (status, text) = match self {
            Self::PoolExhausted => return respond::overloaded("all instances of the pool are in use\n"),
            Self::Timeout => (StatusCode::GATEWAY_TIMEOUT, "the component took too long\n"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the request body is too large\n"),
            Self::BodyBroken => (StatusCode::BAD_REQUEST, "the request body is incomplete\n"),
            Self::Guest(_) => (StatusCode::INTERNAL_SERVER_ERROR, "the component failed\n"),
        };
        respond::text(status, text)
    }
}
