//! The limit on requests in flight. A request counts until its response body has ended and its guest is done.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
