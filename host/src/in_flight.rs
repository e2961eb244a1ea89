//! The limit on requests in flight. A request counts until its response body has ended and its guest is done.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime_wasi_http::WasiBody;

/// Held by whatever still works for a request.
pub(crate) type Permit = Arc<OwnedSemaphorePermit>;

pub(crate) struct InFlight {
    permits: Arc<Semaphore>,
    limit: u32,
}

impl InFlight {
    pub fn new(limit: usize) -> Self {
        let limit = u32::try_from(limit.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        Self { permits: Arc::new(Semaphore::new(limit as usize)), limit }
    }

    /// A permit for one more request, if there is one.
    pub fn admit(&self) -> Option<Permit> {
        self.permits.clone().try_acquire_owned().ok().map(Arc::new)
    }

    /// Ready when no request is in flight.
    pub async fn none(&self) {
        let _ = self.permits.acquire_many(self.limit).await;
    }
}

/// A response body that holds its request's permit.
pub(crate) struct HeldBody {
    body: WasiBody,
    permit: Option<Permit>,
}

impl HeldBody {
    pub fn new(body: WasiBody, permit: Option<Permit>) -> Self {
        Self { body, permit }
    }
}

impl Body for HeldBody {
    type Data = Bytes;
    type Error = wasmtime_wasi_http::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(None | Some(Err(_))) = frame {
            self.permit = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
