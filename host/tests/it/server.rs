//! The server itself: its routes, its end, and clients that misbehave.

use crate::common::client::{Connection, request, text};
use crate::common::guests;
use crate::common::site::{Served, Site};
use crate::common::until;
use http::Method;
use tokio::net::TcpStream;

async fn echoing() -> Served {
    Site::new().wagi("echo", "/...", &guests::echo()).serve().await
}

#[tokio::test]
async fn the_announcement_is_spins() {
    let hello = guests::hello();
    let site = Site::new().wagi("moscow-time-wagi", "/wagi/...", &hello).wagi("b", "/exact", &hello);
    let server = site.route("b", "/...", "wagi").serve().await;
    let base = format!("http://{}", server.address);
    assert_eq!(
        server.announcement,
        format!(
            "Serving {base}\nAvailable Routes:\n  moscow-time-wagi: {base}/wagi (wildcard)\n  b: {base}/exact\n  \
             b: {base} (wildcard)\n"
        )
    );
    assert_ne!(server.address.port(), 0);
}

#[tokio::test]
async fn health_is_the_servers_own_matter() {
    let server = echoing().await;
    let health = server.get("/.well-known/spin/health").await;
    assert_eq!((health.status().as_u16(), text(&health)), (200, "OK"));
    assert_eq!(server.get("/.well-known/spin/other").await.status(), 404);
    assert_eq!(server.ask(&request(Method::HEAD, "/.well-known/spin/health")).await.status(), 200);
}

#[tokio::test]
async fn a_path_that_no_route_matches_is_a_404() {
    let server = Site::new().wagi("a", "/only", &guests::hello()).serve().await;
    assert_eq!(server.get("/only").await.status(), 200);
    for path in ["/", "/only/more", "/onl", "/elsewhere?only"] {
        assert_eq!(server.get(path).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_connection_serves_request_after_request() {
    let server = Site::new().wagi("a", "/...", &guests::hello()).serve().await;
    let mut connection = server.connect().await;
    connection.send("GET /.well-known/spin/other HTTP/1.1\r\nhost: a\r\n\r\n").await;
    connection.expect("HTTP/1.1 404 Not Found\r\n").await;
    connection.expect("content-type: text/plain; charset=utf-8\r\ncontent-length: 0\r\n").await;
    connection.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    connection.expect("date: ").await;
}

#[tokio::test]
async fn told_to_stop_it_finishes_the_requests_in_flight_and_takes_no_more() {
    let server = echoing().await;
    let address = server.address;
    let mut in_flight = server.unfinished("/", 5).await;
    let idle = Connection::open(address).await;
    let stopped = server.stop();
    until(async || TcpStream::connect(address).await.is_err()).await;
    in_flight.send("hello").await;
    let answer = in_flight.answer().await;
    assert_eq!((answer.status().as_u16(), text(&answer)), (200, "hello"));
    stopped.await;
    drop(idle);
}

#[tokio::test]
async fn told_to_stop_it_does_not_wait_for_a_request_without_end() {
    let server = echoing().await;
    let in_flight = server.unfinished("/", 5).await;
    server.stop().await;
    drop(in_flight);
}

#[tokio::test]
async fn garbage_is_answered_with_400_and_disturbs_nobody() {
    let server = echoing().await;
    let mut other = server.unfinished("/", 5).await;
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET nowhere HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nno header\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\nmany\r\n",
    ] {
        assert_eq!(server.raw(garbage).await.status(), 400, "{:?}", String::from_utf8_lossy(garbage));
    }
    other.send("hello").await;
    assert_eq!(text(&other.answer().await), "hello");
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_disturbs_nobody() {
    let server = echoing().await;
    let mut other = server.unfinished("/", 5).await;
    for part in ["", "GET", "GET / HTTP/1.1\r\nhost: ", "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nhalf"] {
        server.connect().await.send(part).await;
    }
    assert_eq!(server.get("/").await.status(), 200);
    other.send("hello").await;
    assert_eq!(text(&other.answer().await), "hello");
}

#[tokio::test]
async fn a_client_that_leaves_gives_its_place_to_another() {
    let site = Site::new().wagi("a", "/...", &guests::echo());
    let server = site.with(|options| options.max_concurrent_requests = 1).serve().await;
    drop(server.unfinished("/", 5).await);
    until(async || server.get("/").await.status() == 200).await;
}

#[tokio::test]
async fn a_program_whose_client_leaves_is_ended() {
    let site =
        Site::new().wagi("endless", "/endless", &guests::endless()).wagi("hello", "/", &guests::hello());
    let server = site.with(|options| options.max_concurrent_requests = 1).serve().await;
    let mut clients = Vec::new();
    // Again, since what looks whether the one place is taken may itself have it when the program's request comes.
    until(async || {
        let mut client = server.connect().await;
        client.send("GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await;
        clients.push(client);
        server.get("/").await.status() == 503
    })
    .await;
    drop(clients);
    until(async || server.get("/").await.status() == 200).await;
}
