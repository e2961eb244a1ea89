//! How a component answers a request: one file per way.

pub(crate) mod http;
pub(crate) mod wagi;

use std::net::SocketAddr;

use ::http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use wasmtime_wasi_http::WasiBody;

use crate::respond;
use crate::router::Match;

/// A component, ready to answer.
pub(crate) enum Executor {
    Http(http::HttpExecutor),
    Wagi(wagi::WagiExecutor),
}

/// A request, what it matched, and who sent it.
pub(crate) struct Asked<'r> {
    pub request: Request<Incoming>,
    pub matched: &'r Match<'r>,
    pub client: SocketAddr,
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
            Self::Http(executor) => executor.execute(asked).await,
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
