//! How a component answers a request: one file per way.

mod environment;
pub(crate) mod http;
mod preview2;
mod preview3;
pub(crate) mod wagi;

use ::http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime_wasi_http::WasiBody;

use crate::client::Client;
use crate::respond;
use crate::router::Match;

/// A component, ready to answer.
pub(crate) enum Executor {
    Preview2(preview2::Preview2Executor),
    Preview3(preview3::Preview3Executor),
    Wagi(wagi::WagiExecutor),
}

/// A request, what it matched, and who sent it.
pub(crate) struct Asked<'r> {
    pub request: Request<Incoming>,
    pub matched: &'r Match<'r>,
    pub client: &'r Client,
    /// The lane of its connection, counted from 0.
    pub lane: usize,
    /// Held while the request is in flight, longer than the answer where its instance goes on.
    pub permit: Option<OwnedSemaphorePermit>,
}

pub(crate) type Answer = Result<Response<WasiBody>, Failure>;

/// Why a component gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("it took longer than it may")]
    Timeout,
    #[error("the request's body is longer than it may be")]
    BodyTooLarge,
    #[error("the request's body is incomplete")]
    BodyBroken,
    #[error("there is no room for another instance")]
    Overloaded,
    /// It trapped, or did not keep to its protocol.
    #[error("{0}")]
    Guest(String),
}

impl Executor {
    pub async fn execute(&self, asked: Asked<'_>) -> Answer {
        match self {
            Self::Preview2(executor) => executor.execute(asked).await,
            Self::Preview3(executor) => executor.execute(asked).await,
            Self::Wagi(executor) => executor.execute(asked).await,
        }
    }
}

impl Failure {
    pub fn response(&self) -> Response<WasiBody> {
        match self {
            Self::Timeout => respond::text(StatusCode::GATEWAY_TIMEOUT, "the component took too long\n"),
            Self::BodyTooLarge => {
                respond::text(StatusCode::PAYLOAD_TOO_LARGE, "the request's body is too large\n")
            }
            Self::BodyBroken => respond::text(StatusCode::BAD_REQUEST, "the request's body is incomplete\n"),
            Self::Overloaded => respond::overloaded(),
            Self::Guest(_) => respond::text(StatusCode::INTERNAL_SERVER_ERROR, "the component failed\n"),
        }
    }
}
