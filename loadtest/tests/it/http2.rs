//! Over HTTP/2, which shares connections wherever it may.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::common::at_once;
use crate::common::certificate::Certificate;
use crate::common::program::{Loadtest, phase};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

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

/// What becomes of the requests of one connection after the first few.
#[derive(Clone, Copy)]
enum After {
    /// They are answered.
    Nothing,
    /// The server begins with so many on a connection, and then closes it, as nginx does after `keepalive_requests`.
    GoAway(usize),
    /// The server does not begin with one in so many.
    Refused(usize),
}

impl Http2Server {
    async fn start() -> Self {
        Self::with(After::Nothing).await
    }

    async fn with(after: After) -> Self {
        let (certificate, seen) = (Certificate::new(), Arc::<Seen>::default());
        let mut config = certificate.server_config(&rustls::version::TLS13);
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        let shared = seen.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(serve(tcp, acceptor.clone(), shared.clone(), after));
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

async fn serve(tcp: TcpStream, acceptor: TlsAcceptor, seen: Arc<Seen>, after: After) {
    let tls = acceptor.accept(tcp).await.unwrap();
    seen.connections.fetch_add(1, Ordering::SeqCst);
    if let After::GoAway(most) = after {
        // The client may be gone at any time.
        let _ = frame_by_frame(tls, most).await;
        return;
    }
    let mut connection = h2::server::handshake(tls).await.unwrap();
    let mut accepted = 0;
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        accepted += 1;
        if matches!(after, After::Refused(n) if accepted % n == 0) {
            respond.send_reset(h2::Reason::REFUSED_STREAM);
            continue;
        }
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

const SETTINGS: u8 = 4;
const PING: u8 = 6;
const HEADERS: u8 = 1;
const GOAWAY: u8 = 7;

/// Answers `most` requests on the connection. To the next one it says (GOAWAY) that it has not begun with it.
async fn frame_by_frame(mut tls: TlsStream<TcpStream>, most: usize) -> io::Result<()> {
    tls.read_exact(&mut [0; 24]).await?;
    send(&mut tls, SETTINGS, 0, 0, &[]).await?;
    let (mut begun, mut last) = (0, 0_u32);
    loop {
        let mut head = [0; 9];
        tls.read_exact(&mut head).await?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        tls.read_exact(&mut payload).await?;
        match kind {
            SETTINGS | PING if flags == 0 => {
                let echo = if kind == PING { &payload[..] } else { &[] };
                send(&mut tls, kind, 1, 0, echo).await?;
            }
            HEADERS if begun < most => {
                (begun, last) = (begun + 1, u32::from_be_bytes(stream));
                // The end of the headers and of the stream; a status of 200.
                send(&mut tls, HEADERS, 5, last, &[0x88]).await?;
            }
            HEADERS => {
                send(&mut tls, GOAWAY, 0, 0, &[last.to_be_bytes(), [0; 4]].concat()).await?;
                tls.read_to_end(&mut Vec::new()).await?;
                return Ok(());
            }
            _ => {}
        }
    }
}

async fn send(
    tls: &mut TlsStream<TcpStream>,
    kind: u8,
    flags: u8,
    stream: u32,
    payload: &[u8],
) -> io::Result<()> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend_from_slice(payload);
    tls.write_all(&frame).await?;
    tls.flush().await
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

#[tokio::test]
async fn a_request_that_the_server_has_not_begun_with_is_sent_again_and_is_no_failure() {
    for after in [After::GoAway(10), After::Refused(10)] {
        let server = Http2Server::with(after).await;
        let load = Loadtest::new(format!("load --url {} -c 4 -n 400 --output-format json", server.url));
        let report = load.env("SSL_CERT_FILE", server.certificate.file()).run().await.report();
        let load = phase(&report, "load");
        assert_eq!((&load["counted"], &load["failures"]), (&json!(400), &json!({})), "{load}");
        assert!(server.connections() > 36, "{}", server.connections());
        let server = Http2Server::with(after).await;
        let report = server.loadtest("--warm -n 200").run().await.report();
        assert_eq!(phase(&report, "warm")["failures"], json!({}));
    }
}
