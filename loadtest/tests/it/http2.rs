//! Over HTTP/2, which shares connections wherever it may.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::common::at_once;
use crate::common::certificate::Certificate;
use crate::common::program::{Loadtest, phase};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A server that speaks HTTP/2 and nothing else.
struct Http2Server {
    url: String,
    certificate: Certificate,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<http::Request<()>>>,
}

impl Http2Server {
    async fn start() -> Self {
        let (certificate, seen) = (Certificate::new(), Arc::<Seen>::default());
        let mut config = certificate.server_config(&rustls::version::TLS13);
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        let shared = seen.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(serve(tcp, acceptor.clone(), shared.clone()));
            }
        });
        Self { url, certificate, seen }
    }

    fn loadtest(&self, args: &str) -> Loadtest {
        Loadtest::new(format!("--url {} --output-format json {}", self.url, at_once(args)))
            .env("SSL_CERT_FILE", self.certificate.file())
    }

    fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    fn requests(&self) -> Vec<http::Request<()>> {
        self.seen.requests.lock().unwrap().clone()
    }
}

async fn serve(tcp: TcpStream, acceptor: TlsAcceptor, seen: Arc<Seen>) {
    let tls = acceptor.accept(tcp).await.unwrap();
    let mut connection = h2::server::handshake(tls).await.unwrap();
    seen.connections.fetch_add(1, Ordering::SeqCst);
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let served = {
            let mut requests = seen.requests.lock().unwrap();
            requests.push(request.map(drop));
            requests.len() + 1
        };
        let timing = format!(r#"instance;desc="a", served;desc="{served}""#);
        let answer = http::Response::builder().header("server-timing", timing).body(()).unwrap();
        respond.send_response(answer, true).unwrap();
    }
}

#[tokio::test]
async fn every_cold_request_opens_a_connection() {
    let server = Http2Server::start().await;
    let report = server.loadtest("--cold -n 4").run().await.report();
    let cold = phase(&report, "cold");
    assert_eq!((&cold["samples"], &cold["failures"]), (&json!(4), &json!({})));
    assert_eq!((server.connections(), server.requests().len()), (4, 4));
    assert!(server.requests().iter().all(|request| request.version() == http::Version::HTTP_2));
}

#[tokio::test]
async fn warm_requests_share_one_connection() {
    let server = Http2Server::start().await;
    let report = server.loadtest("--warm -n 19").run().await.report();
    let warm = phase(&report, "warm");
    assert_eq!((&warm["counted"], &warm["tls_us"]), (&json!(19), &json!(null)));
    // Three requests warm up.
    assert_eq!((server.connections(), server.requests().len()), (1, 22));
}

#[tokio::test]
async fn the_evidence_is_read_alike() {
    let report = Http2Server::start().await.loadtest("--warm -n 2").run().await.report();
    assert_eq!(phase(&report, "warm")["evidence"]["reused"], 2);
}

/// As curl does.
#[tokio::test]
async fn a_host_header_is_the_authority_and_a_port_stays_in_it() {
    let server = Http2Server::start().await;
    let port = server.url.trim_end_matches('/').rsplit(':').next().unwrap();
    let to = format!("--connect-to localhost:9:127.0.0.1:{port}");
    for args in ["--cold -n 1 --idle 0s", "--warm -n 1", "load -c 1 -n 1"] {
        let asked_as = |authority: &str| {
            server.requests().iter().all(|request| {
                request.uri().authority().is_some_and(|is| is == authority)
                    && !request.headers().contains_key("host")
            })
        };
        let run = |rest: &str, header: Option<&str>| {
            server.seen.requests.lock().unwrap().clear();
            let run = Loadtest::new(format!("{args} {rest}")).env("SSL_CERT_FILE", server.certificate.file());
            header.into_iter().fold(run, |run, header| run.arg("-H").arg(header)).run()
        };
        run(&format!("--url {}", server.url), Some("Host: other.test")).await.well();
        assert!(asked_as("other.test"), "{args}: {:?}", server.requests());
        run(&format!("--url https://localhost:9/ {to}"), None).await.well();
        assert!(asked_as("localhost:9"), "{args}: {:?}", server.requests());
    }
}

#[tokio::test]
async fn a_load_has_as_many_connections_as_it_is_told() {
    let server = Http2Server::start().await;
    let load = Loadtest::new(format!("load --url {} -c 2 -n 40 --output-format json", server.url));
    let report = load.env("SSL_CERT_FILE", server.certificate.file()).run().await.report();
    assert_eq!(phase(&report, "load")["counted"], 40);
    // One more learns what an answer looks like.
    assert_eq!((server.connections(), server.requests().len()), (3, 41));
}
