//! Over TLS, trusted by the program alone.

use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use crate::common::certificate::Certificate;
use crate::common::program::{Loadtest, phase};
use crate::common::server::{OK, Server, Stream};
use crate::common::{at_once, until};
use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion, version};

/// A server that remembers how its connections were made.
struct TlsServer {
    server: Server,
    handshakes: Arc<Mutex<Vec<HandshakeKind>>>,
    certificate: Certificate,
}

impl TlsServer {
    fn new(version: &'static SupportedProtocolVersion) -> Self {
        Self::with(Certificate::new(), version)
    }

    fn with(certificate: Certificate, version: &'static SupportedProtocolVersion) -> Self {
        let (config, handshakes) =
            (Arc::new(certificate.server_config(version)), Arc::<Mutex<Vec<_>>>::default());
        let seen = handshakes.clone();
        let server = Server::over(
            move |tcp| {
                let (stream, kind) = accepted(tcp, config.clone())?;
                seen.lock().unwrap().push(kind);
                Some(stream)
            },
            |connection| while connection.request() && connection.send(OK).is_ok() {},
        );
        Self { server, handshakes, certificate }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/", self.server.port())
    }

    fn handshakes(&self) -> Vec<HandshakeKind> {
        self.handshakes.lock().unwrap().clone()
    }

    /// A run that trusts it.
    fn loadtest(&self, args: &str) -> Loadtest {
        Loadtest::new(format!("--url {} --output-format json {}", self.url(), at_once(args)))
            .env("SSL_CERT_FILE", self.certificate.file())
    }
}

fn accepted(mut tcp: TcpStream, config: Arc<ServerConfig>) -> Option<(Box<dyn Stream>, HandshakeKind)> {
    let mut tls = ServerConnection::new(config).unwrap();
    while tls.is_handshaking() {
        tls.complete_io(&mut tcp).ok()?;
    }
    let kind = tls.handshake_kind()?;
    Some((Box::new(StreamOwned::new(tls, tcp)), kind))
}

#[tokio::test]
async fn every_cold_request_pays_for_a_whole_handshake() {
    for version in [&version::TLS13, &version::TLS12] {
        let server = TlsServer::new(version);
        let report = server.loadtest("--cold -n 4").run().await.report();
        let cold = phase(&report, "cold");
        assert_eq!(cold["counted"], 4, "{cold}");
        for part in ["dns_us", "connect_us", "tls_us", "first_byte_us", "body_us"] {
            assert!(cold[part]["min"].as_f64().is_some_and(|us| us > 0.0), "{part} of {cold}");
        }
        assert_eq!(server.handshakes(), [HandshakeKind::Full; 4]);
    }
}

#[tokio::test]
async fn warm_requests_share_one_handshake() {
    let server = TlsServer::new(&version::TLS13);
    let report = server.loadtest("--warm -n 5").run().await.report();
    let warm = phase(&report, "warm");
    assert_eq!((&warm["counted"], &warm["tls_us"]), (&5.into(), &serde_json::Value::Null));
    assert_eq!(server.handshakes(), [HandshakeKind::Full]);
}

#[tokio::test]
async fn a_machine_without_certificates_asks_what_needs_none_and_refuses_the_rest_with_the_reason() {
    let plain = Server::new(|connection| while connection.request() && connection.send(OK).is_ok() {});
    let secured = TlsServer::new(&version::TLS13);
    for args in ["--cold -n 1 --idle 0s --url", "load -c 1 -n 1 --url"] {
        let run = |url: String| {
            let none = Loadtest::new(format!("{args} {url}")).env("SSL_CERT_FILE", "/dev/null");
            none.env("SSL_CERT_DIR", "/dev/null").run()
        };
        run(format!("http://127.0.0.1:{}/", plain.port())).await.well();
        run(secured.url()).await.refused(3, &["not trusted", "No CA certificates"]);
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let server = TlsServer::new(&version::TLS13);
    let url = format!("https://127.0.0.1:{}/", server.server.port());
    let run = Loadtest::new(format!("--url {url}")).env("SSL_CERT_FILE", server.certificate.file());
    run.run().await.refused(3, &[&url, "certificate is not trusted here", "only valid for DnsName", "-k"]);
}

#[tokio::test]
async fn whatever_is_against_a_certificate_is_told_with_the_switch() {
    let other = Certificate::new();
    let (expired, signed) = (Certificate::expired(), Certificate::of_an_authority());
    let trusted = expired.file();
    for (certificate, trusted, words) in [
        (expired, trusted, ["certificate expired", "not trusted here"]),
        (signed, other.file(), ["not trusted here", "SSL_CERT_FILE"]),
        (Certificate::new(), other.file(), ["not trusted here", "SSL_CERT_FILE"]),
    ] {
        let server = TlsServer::with(certificate, &version::TLS13);
        for args in ["--cold -n 1 --idle 0s --url", "load -c 1 -n 1 --url"] {
            let run = |more: &str| {
                let run = Loadtest::new(format!("{args} {}{more}", server.url()));
                run.env("SSL_CERT_FILE", &trusted).run()
            };
            run("").await.refused(3, &[&words[..], &["-k"]].concat());
            run(" -k").await.well();
        }
    }
}

#[tokio::test]
async fn a_load_shares_one_handshake_a_connection() {
    let server = TlsServer::new(&version::TLS13);
    let load = |certificate: &Certificate| {
        let load = Loadtest::new(format!("load --url {} -c 3 -n 60 --output-format json", server.url()));
        load.env("SSL_CERT_FILE", certificate.file())
    };
    let report = load(&server.certificate).run().await.report();
    assert_eq!(phase(&report, "load")["counted"], 60);
    // One more learns what an answer looks like. The server may still be at one over which nothing was asked.
    until(|| server.handshakes().len() >= 4).await;
    assert_eq!(server.handshakes(), [HandshakeKind::Full; 4]);
    load(&Certificate::new()).run().await.refused(3, &["not trusted", "SSL_CERT_FILE"]);
}

#[tokio::test]
async fn another_address_is_connected_to_under_the_name_in_the_url() {
    let server = TlsServer::new(&version::TLS13);
    let to = format!("--connect-to localhost:443:127.0.0.1:{}", server.server.port());
    for args in ["--cold -n 1 --idle 0s", "load -c 1 -n 1"] {
        let run = Loadtest::new(format!("{args} --url https://localhost/ {to}"));
        run.env("SSL_CERT_FILE", server.certificate.file()).run().await.well();
    }
    assert!(server.server.requests().iter().all(|head| head.contains("host: localhost\r\n")));
    let to = format!("--connect-to localhost:9:127.0.0.1:{}", server.server.port());
    let run = Loadtest::new(format!("--cold -n 1 --idle 0s --url https://localhost:9/ {to}"));
    run.env("SSL_CERT_FILE", server.certificate.file()).run().await.well();
    assert!(server.server.requests().last().unwrap().contains("host: localhost:9\r\n"));
}
