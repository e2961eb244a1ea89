//! How a component answers a request: a file for each interface.

mod preview2;
mod preview3;
mod wagi;

use std::net::SocketAddr;
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Incoming};
use wasmtime::PoolConcurrencyLimitError;
use wasmtime_wasi_http::WasiBody;

use crate::error::one_line;
use crate::in_flight::Permit;
use crate::instance::Instances;
use crate::manifest::ExecutorKind;
use crate::respond;
use crate::router::Match;
use crate::spin_headers;

/// A component, ready to answer.
pub(crate) enum Executor {
    Preview2(preview2::Preview2Executor),
    Preview3(preview3::Preview3Executor),
    Wagi(wagi::WagiExecutor),
}

/// A request with an absolute target, what it matched, and who sent it.
pub(crate) struct RoutedRequest<'r> {
    pub request: Request<Incoming>,
    pub matched: &'r Match<'r>,
    pub client: SocketAddr,
    pub permit: Permit,
}

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
    pub fn new(kind: &ExecutorKind, instances: &Arc<Instances>) -> Result<Self, String> {
        if let ExecutorKind::Wagi { argv, .. } = kind {
            return wagi::WagiExecutor::new(instances, argv).map(Self::Wagi);
        }
        let preview2 = preview2::Preview2Executor::new(instances);
        match (preview2, preview3::Preview3Executor::new(instances)) {
            (Some(executor), None) => Ok(Self::Preview2(executor)),
            (None, Some(executor)) => Ok(Self::Preview3(executor)),
            (Some(_), Some(_)) => {
                Err("it exports an HTTP handler of preview 2 and one of preview 3: export one".into())
            }
            (None, None) => Err("it exports neither wasi:http/incoming-handler@0.2 nor wasi:http/handler@0.3; a                                  command needs executor = { type = \"wagi\" }"
                .into()),
        }
    }

    pub async fn execute(&self, routed: RoutedRequest<'_>) -> Answer {
        match self {
            Self::Preview2(executor) => executor.execute(routed).await,
            Self::Preview3(executor) => executor.execute(routed).await,
            Self::Wagi(executor) => executor.execute(routed).await,
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
        if e.is::<PoolConcurrencyLimitError>() {
            return Self::PoolExhausted;
        }
        Self::Guest(one_line(format!("{e:#}")))
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
