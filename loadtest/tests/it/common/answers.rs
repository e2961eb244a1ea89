//! Well-formed answers, and servers that give them.

use std::sync::atomic::{AtomicUsize, Ordering};

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// What `/api/time` will answer one day: whoever sends it again later is not caught with an old answer.
pub fn time() -> ResponseTemplate {
    let body = r#"{"moscow_time":"2100-01-01 03:00:00 MSK","timestamp":4102444800}"#;
    ResponseTemplate::new(200).set_body_raw(body, "application/json")
}

/// The same, from an instance that says of itself which one it is and how many requests it has answered.
pub fn time_from(instance: &str, served: usize) -> ResponseTemplate {
    time().insert_header(
        "server-timing",
        format!("instance;desc=\"{instance}\", served;desc=\"{served}\", handler;dur=0.031"),
    )
}

/// A server that gives always the same answer.
pub async fn always(answer: ResponseTemplate) -> MockServer {
    nth(move |_| answer.clone()).await
}

/// A server whose answer depends on how many requests it has had before.
pub async fn nth(answer: impl Fn(usize) -> ResponseTemplate + Send + Sync + 'static) -> MockServer {
    let count = AtomicUsize::new(0);
    let server = MockServer::start().await;
    let respond = move |_: &Request| answer(count.fetch_add(1, Ordering::SeqCst));
    Mock::given(any()).respond_with(respond).mount(&server).await;
    server
}

/// A server that makes an instance for every request.
pub async fn fresh() -> MockServer {
    nth(|n| time_from(&format!("{n:016x}"), 1)).await
}

/// A server that has one instance.
pub async fn reused() -> MockServer {
    nth(|n| time_from("00000000000000aa", n + 2)).await
}

/// The only request that `server` has had.
pub async fn only_request(server: &MockServer) -> Request {
    let mut requests = requests(server).await;
    assert_eq!(requests.len(), 1, "{requests:?}");
    requests.remove(0)
}

/// The requests that `server` has had.
pub async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.expect("requests are recorded")
}
