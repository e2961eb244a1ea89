//! The server itself: its routes, its end, and clients that misbehave.

use std::time::Duration;

use crate::common::client::{Connection, request, text};
use crate::common::guests;
use crate::common::handlers;
use crate::common::site::{Served, Site};
use crate::common::{soon, until};
use http::Method;
use tokio::net::TcpStream;

async fn echoing() -> Served {
    Site::new().wagi("echo", "/...", &guests::echo()).serve().await
}

#[tokio::test]
async fn the_announcement_is_spins() {
    let hello = guests::hello();
    let site = Site::new().wagi("moscow-time-wagi", "/wagi/...", &hello).wagi("b", "/exact", &hello);
    let site = site.toml("description = \"the second\"").route("b", "/...", "wagi");
    let server = site.serve().await;
    let base = format!("http://{}", server.address);
    assert_eq!(
        server.announcement,
        format!(
            "Serving {base}\nAvailable Routes:\n  b: {base}/exact\n    the second\n  moscow-time-wagi: {base}/wagi \
             (wildcard)\n  b: {base} (wildcard)\n    the second\n"
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
    let site = Site::new().wagi("echo", "/...", &guests::echo());
    let server = site.with(|options| options.drain_timeout = Duration::from_millis(200)).serve().await;
    let in_flight = server.unfinished("/", 5).await;
    server.stop().await;
    drop(in_flight);
}

#[tokio::test]
async fn told_to_stop_it_finishes_requests_to_preview_3() {
    let server = Site::new().http("a", "/...", &handlers::waiting(3000)).serve().await;
    let mut in_flight = Vec::new();
    for _ in 0..4 {
        let mut connection = server.connect().await;
        connection.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
        in_flight.push(connection);
    }
    // The server has long read the requests by then, and no guest has answered yet.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let stopped = server.stop();
    for connection in in_flight {
        assert_eq!(connection.answer().await.status(), 200);
    }
    stopped.await;
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
        b"GET example.org:80 HTTP/1.1\r\nhost: example.org:80\r\nconnection: close\r\n\r\n",
        b"CONNECT example.org:80 HTTP/1.1\r\nhost: example.org:80\r\nconnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\nmany\r\n",
    ] {
        assert_eq!(server.raw(garbage).await.status(), 400, "{:?}", String::from_utf8_lossy(garbage));
    }
    other.send("hello").await;
    assert_eq!(text(&other.answer().await), "hello");
}

#[tokio::test]
async fn a_request_without_one_valid_host_is_a_400() {
    let server = Site::new().wagi("a", "/...", &guests::hello()).serve().await;
    for hosts in
        ["", "host: a\r\nhost: a\r\n", "host: a b\r\n", "host: \r\n", "host: a@b\r\n", "host: a:b\r\n"]
    {
        let request = format!("GET / HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
        assert_eq!(server.raw(request.as_bytes()).await.status(), 400, "{hosts:?}");
    }
    for request in
        ["GET / HTTP/1.0\r\n\r\n", "GET http://a/ HTTP/1.1\r\nhost: b\r\nconnection: close\r\n\r\n"]
    {
        assert_eq!(server.raw(request.as_bytes()).await.status(), 200, "{request:?}");
    }
}

#[tokio::test]
async fn info_is_the_name_and_the_version() {
    let server = Site::new().wagi("a", "/...", &guests::hello()).serve().await;
    let info = server.get("/.well-known/spin/info").await;
    assert_eq!(info.headers()["content-type"], "application/json");
    assert_eq!(text(&info), "{\n  \"name\": \"app\"\n}");
}

#[tokio::test]
async fn http_2_is_served_to_a_client_that_knows() {
    let server = Site::new().wagi("a", "/...", &guests::environment()).serve().await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(stream);
    let executor = hyper_util::rt::TokioExecutor::new();
    let (mut sender, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    tokio::spawn(connection);
    let uri = format!("http://{}/x?y", server.address);
    let request = http::Request::get(&uri).body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
    let answer = soon(sender.send_request(request)).await.unwrap();
    assert_eq!(answer.status(), 200);
    let body = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    for variable in ["SERVER_PROTOCOL=HTTP/2.0".to_owned(), format!("X_FULL_URL={uri}")] {
        assert!(body.split_terminator('\0').any(|known| known == variable), "{variable}: {body:?}");
    }
}

#[tokio::test]
async fn a_connection_is_closed_when_it_has_been_idle() {
    let site = Site::new().wagi("a", "/...", &guests::hello());
    let server = site.with(|options| options.idle_timeout = Duration::from_millis(200)).serve().await;
    let silent = server.connect().await;
    assert!(silent.rest().await.is_empty());
    let mut kept = server.connect().await;
    kept.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(kept.rest().await.starts_with(b"HTTP/1.1 200 OK"));
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
