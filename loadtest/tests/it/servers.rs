//! Which servers the client understands, and what it sends.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::server::{OK, Server};
use crate::common::{probe_with, soon};
use loadtest::sample::Phase;

const REQUESTS: usize = 12;

/// What becomes of the requests, and whether they share a connection.
#[derive(Debug, PartialEq)]
struct Seen {
    kinds: Vec<String>,
    keeps: bool,
}

impl Seen {
    fn new(mut kinds: Vec<String>, connections: usize) -> Self {
        kinds.sort();
        kinds.dedup();
        Self { kinds, keeps: connections < REQUESTS / 2 }
    }
}

async fn asked(url: &str, headers: &[&str]) -> Seen {
    let mut probe = probe_with(url, "GET", headers);
    let (mut kinds, mut connections) = (Vec::new(), 0);
    for _ in 0..REQUESTS {
        let sample = soon(probe.warm(Phase::Warm)).await;
        kinds.push(sample.outcome.kind().into_owned());
        connections += usize::from(sample.new_connection);
    }
    Seen::new(kinds, connections)
}

/// Answers in turn, on a connection that is kept.
fn in_turn(answers: Vec<String>) -> Server {
    let count = AtomicUsize::new(0);
    Server::new(move |connection| {
        let next = || &answers[count.fetch_add(1, Ordering::SeqCst) % answers.len()];
        while connection.request() && connection.send(next()).is_ok() {}
    })
}

fn ok(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n{body}")
}

fn json(body: &str) -> String {
    ok(&format!("content-type: application/json\r\ncontent-length: {}", body.len()), body)
}

#[tokio::test]
async fn every_server_is_understood() {
    let chunks = "1\r\no\r\n1;x=y\r\nk\r\n0\r\n\r\n";
    let kept = |answer: String| in_turn(vec![answer]);
    let closing = |answer: String| Server::closing_after(answer);
    let many = format!("content-length: 2\r\n{}", vec!["x: y"; 100].join("\r\n"));
    let (right, keeps, new) = ("ok", true, false);
    let servers: Vec<(&str, Server, &str, bool)> = vec![
        ("a length", kept(OK.into()), right, keeps),
        ("capitals", kept(ok("CONTENT-TYPE: text/plain\r\nCONTENT-LENGTH: 2", "ok")), right, keeps),
        ("chunks", kept(ok("transfer-encoding: chunked", chunks)), right, keeps),
        (
            "chunks and a length",
            kept(ok("Content-Length: 9\r\nTransfer-Encoding: Chunked", chunks)),
            right,
            keeps,
        ),
        ("trailers", kept(ok("transfer-encoding: chunked", "2\r\nok\r\n0\r\na: b\r\n\r\n")), right, keeps),
        ("early hints", kept(format!("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n{OK}")), right, keeps),
        ("no content", kept("HTTP/1.1 204 No Content\r\n\r\n".into()), right, keeps),
        ("a length said twice", kept(ok("content-length: 2\r\ncontent-length: 2", "ok")), right, keeps),
        (
            "HTTP/1.0, kept",
            kept("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\ncontent-length: 2\r\n\r\nok".into()),
            right,
            keeps,
        ),
        ("HTTP/1.0", closing("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok".into()), right, new),
        ("a close", closing(ok("Connection: x, Close\r\ncontent-length: 2", "ok")), right, new),
        ("no length", closing(ok("content-type: text/plain", "ok")), right, new),
        (
            "keys in any order",
            in_turn(vec![json(r#"{"a":1,"b":2}"#), json(r#"{"b":1,"a":2}"#)]),
            right,
            keeps,
        ),
        ("keys that go", in_turn(vec![json(r#"{"cold":true,"a":1}"#), json(r#"{"a":2}"#)]), right, keeps),
        ("a growing counter", in_turn(vec![json("1"), json("1000000000")]), right, keeps),
        ("two lengths", kept(ok("content-length: 2\r\ncontent-length: 3", "okk")), "transport", new),
        ("no chunks", kept(ok("transfer-encoding: chunked", "ok\r\n")), "transport", new),
        ("too many headers", kept(ok(&many, "ok")), "transport", new),
        ("no HTTP", closing("220 smtp ready\r\n".into()), "transport", new),
        ("half an answer", closing(ok("content-length: 3", "ok")), "transport", new),
    ];
    for (name, server, kind, keeps) in servers {
        let expected = Seen { kinds: vec![kind.into()], keeps };
        assert_eq!(asked(&server.url("/"), &[]).await, expected, "{name}");
    }
}

/// Where `localhost` is `::1` first, nobody is there.
#[tokio::test]
async fn an_address_of_a_name_is_passed_over_where_nobody_is() {
    let server = Server::always(OK);
    let url = format!("http://localhost:{}/", server.port());
    let expected = Seen { kinds: vec!["ok".into()], keeps: true };
    assert_eq!(asked(&url, &[]).await, expected);
}
