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

/// Asserts that a reason not to serve an application is one line that says all of this.
#[track_caller]
pub fn assert_says(e: &host::Error, words: &[&str]) {
    let message = e.to_string();
    assert!(!message.contains('\n') && !message.is_empty(), "{message:?}");
    for word in words {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
}
