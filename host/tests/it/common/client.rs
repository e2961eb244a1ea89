//! A client of HTTP/1.1 that sends whatever it is told to, well-formed or not.

use std::net::SocketAddr;

use http::{Method, Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::site::Served;
use super::soon;

/// An answer with its whole body.
pub type Answer = Response<Vec<u8>>;

/// One connection.
pub struct Connection(TcpStream);

impl Connection {
    /// Connects to a server that must be there.
    pub async fn open(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// Sends `bytes` as they are.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Waits for exactly `expected`.
    pub async fn expect(&mut self, expected: &str) {
        let mut read = vec![0; expected.len()];
        soon(self.0.read_exact(&mut read)).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&read), expected);
    }

    /// All that comes until the server closes the connection.
    pub async fn rest(mut self) -> Vec<u8> {
        let mut read = Vec::new();
        soon(self.0.read_to_end(&mut read)).await.unwrap();
        read
    }

    /// The answer; the server is to close the connection after it.
    pub async fn answer(self) -> Answer {
        parse(&self.rest().await)
    }
}

impl Served {
    /// Opens a connection.
    pub async fn connect(&self) -> Connection {
        Connection::open(self.address).await
    }

    /// The answer to `GET path`, whose body is whole.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(&request(Method::GET, path)).await
    }

    /// The answer to `request`, whose body is whole.
    pub async fn ask(&self, request: &Request<Vec<u8>>) -> Answer {
        let answer = self.raw(&serialised(request)).await;
        if request.method() == Method::HEAD {
            assert!(answer.body().is_empty());
        } else if let Some(length) = answer.headers().get("content-length") {
            assert_eq!(length.to_str().unwrap(), answer.body().len().to_string());
        }
        answer
    }

    /// The answer to `bytes`, which ask for the connection to be closed or are such that it will be.
    pub async fn raw(&self, bytes: &[u8]) -> Answer {
        let mut connection = self.connect().await;
        connection.send(bytes).await;
        connection.answer().await
    }

    /// A `POST` whose program has begun to read its body of `length` bytes, of which none is sent yet.
    pub async fn unfinished(&self, path: &str, length: usize) -> Connection {
        let mut connection = self.connect().await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\
             expect: 100-continue\r\n\r\n"
        );
        connection.send(head).await;
        connection.expect("HTTP/1.1 100 Continue\r\n\r\n").await;
        connection
    }
}

/// A request without headers and body.
pub fn request(method: Method, path: &str) -> Request<Vec<u8>> {
    Request::builder().method(method).uri(path).body(Vec::new()).unwrap()
}

fn serialised(request: &Request<Vec<u8>>) -> Vec<u8> {
    let (method, target) = (request.method(), request.uri());
    let mut bytes =
        format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n").into_bytes();
    for (name, value) in request.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    if !request.body().is_empty() {
        bytes.extend(format!("content-length: {}\r\n", request.body().len()).into_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(request.body());
    bytes
}

fn parse(bytes: &[u8]) -> Answer {
    let mut slots = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut slots);
    let parsed = head.parse(bytes);
    let Ok(httparse::Status::Complete(end)) = parsed else {
        panic!("{:?} is no answer: {parsed:?}", String::from_utf8_lossy(bytes));
    };
    let mut answer = Response::builder().status(head.code.unwrap());
    for header in head.headers {
        answer = answer.header(header.name, header.value);
    }
    answer.body(bytes[end..].to_vec()).unwrap()
}

/// The body, which is text.
pub fn text(answer: &Answer) -> &str {
    std::str::from_utf8(answer.body()).unwrap()
}
