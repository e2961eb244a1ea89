//! The program as a process: its modes, its signals, its complaints.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_moscow-time"));
    for variable in ["MODE", "REQUEST_METHOD", "HOST", "PORT", "PATH_INFO", "X_RAW_PATH_INFO"] {
        program.env_remove(variable);
    }
    program
}

fn output(variables: &[(&str, &str)]) -> Output {
    program().envs(variables.iter().copied()).output().unwrap()
}

/// Exactly one line on standard error, and an unhappy end.
fn complaint(variables: &[(&str, &str)]) -> String {
    let output = output(variables);
    assert!(!output.status.success() && output.stdout.is_empty());
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    complaint
}

fn server() -> (Child, String) {
    let mut server =
        program().env("HOST", "127.0.0.1").env("PORT", "0").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (server, line.trim().strip_prefix("Serving http://").unwrap().to_owned())
}

fn signal(server: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &server.id().to_string()]).status().unwrap().success());
}

#[test]
fn without_a_mode_it_is_a_server_and_both_signals_end_it_well() {
    for name in ["-TERM", "-INT"] {
        let (mut server, _) = server();
        signal(&server, name);
        assert!(server.wait().unwrap().success(), "{name}");
    }
}

#[test]
fn an_idle_connection_does_not_keep_it_from_ending() {
    let (mut server, address) = server();
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(b"GET /favicon.ico HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    signal(&server, "-TERM");
    assert!(server.wait().unwrap().success());
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.trim_ascii_end().ends_with(b"</svg>"));
}

/// The status line of the answer to a request after which the connection closes.
fn status_of(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

/// RFC 9112, sections 3.2 and 3.3.
#[test]
fn an_invalid_host_or_request_target_is_a_400() {
    let (mut server, address) = server();
    for request in [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n",
        "GET / HTTP/1.0\r\nhost: a\r\nhost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: user@a\r\n\r\n",
        "GET example.com:80 HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET * HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET ftp://a/ HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET http://a/ HTTP/1.1\r\n\r\n",
    ] {
        assert!(status_of(&address, request).ends_with(" 400 Bad Request"), "{request}");
    }
    for request in [
        "GET /api/time HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nhost:\r\nconnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: [::1]:8080\r\nconnection: close\r\n\r\n",
        "GET http://example.com/api/time HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    ] {
        assert!(status_of(&address, request).ends_with(" 200 OK"), "{request}");
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_port_in_use_is_said_with_the_variable_to_set() {
    let (mut server, address) = server();
    let port = address.rsplit(':').next().unwrap();
    let complaint = complaint(&[("HOST", "127.0.0.1"), ("PORT", port)]);
    assert!(complaint.contains("already in use") && complaint.contains("PORT"), "{complaint}");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_wrong_port_host_or_mode_is_named() {
    assert!(complaint(&[("PORT", "http")]).contains("PORT=\"http\""));
    assert!(complaint(&[("PORT", "65536")]).contains("0 to 65535"));
    assert!(complaint(&[("HOST", "nowhere.invalid"), ("PORT", "0")]).contains("HOST=\"nowhere.invalid\""));
    let complaint = complaint(&[("MODE", "twice")]);
    assert!(complaint.contains("once") && complaint.contains("server"), "{complaint}");
}

#[test]
fn a_request_in_the_environment_is_answered_on_standard_output() {
    let answered = output(&[("REQUEST_METHOD", "GET"), ("PATH_INFO", "/api/time")]);
    assert!(answered.status.success());
    let text = String::from_utf8(answered.stdout).unwrap();
    let (head, body) = text.split_once("\n\n").unwrap();
    assert!(head.starts_with("status: 200\n") && head.contains("content-type: application/json"), "{head}");
    assert!(body.starts_with("{\"moscow_time\":"), "{body}");
    let encoded = [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/api/time"), ("X_RAW_PATH_INFO", "/api%2Ftime")];
    assert!(String::from_utf8(output(&encoded).stdout).unwrap().starts_with("status: 404\n"));
    let page = output(&[("REQUEST_METHOD", "GET"), ("PATH_INFO", "")]);
    assert!(String::from_utf8(page.stdout).unwrap().contains("text/html"));
}

#[test]
fn the_mode_wins_over_a_request_in_the_environment() {
    let once = output(&[("MODE", "once"), ("REQUEST_METHOD", "GET")]);
    assert!(String::from_utf8(once.stdout).unwrap().starts_with("{\n"));
}
