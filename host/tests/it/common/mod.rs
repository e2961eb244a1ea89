//! What the tests share: applications to serve, guests to serve in them, and a client that may misbehave.

pub mod artefacts;
pub mod client;
pub mod guests;
pub mod handlers;
pub mod site;

use std::future::Future;
use std::time::Duration;

/// What `future` gives; fails the test if it takes longer than anything here should on any machine.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(300), future).await.expect("it should have ended by now")
}

/// Waits until `happened` says so.
pub async fn until(mut happened: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !happened().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon(wait).await;
}
