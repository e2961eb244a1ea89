//! A server that sends exactly the bytes it is told to, when it is told to.
//!
//! It has threads of its own, so that it delays nobody whom it does not mean to.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::net::TcpSocket;

/// A whole answer.
pub const OK: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok";

/// A server on a free port of this machine, until the test ends.
pub struct Server {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// One that does `serve` with every connection, and then closes it.
    pub fn new(serve: impl Fn(&mut Connection) + Send + Sync + 'static) -> Self {
        Self::over(|stream| Some(Box::new(stream)), serve)
    }

    /// One that first makes something else of the TCP connection, where it can.
    pub fn over(
        wrap: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync + 'static,
        serve: impl Fn(&mut Connection) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            accepted: Arc::default(),
            closed: Arc::default(),
            requests: Arc::default(),
        };
        let accepted = server.accepted.clone();
        let (closed, requests) = (server.closed.clone(), server.requests.clone());
        let shared = Arc::new((wrap, serve));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                accepted.fetch_add(1, Ordering::SeqCst);
                let (shared, closed, requests) = (shared.clone(), closed.clone(), requests.clone());
                thread::spawn(move || {
                    let (wrap, serve) = &*shared;
                    if let Some(stream) = wrap(stream) {
                        serve(&mut Connection { stream, requests });
                    }
                    closed.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    /// One that sends the same to every request, for as long as the client keeps the connection.
    pub fn always(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::new(move |connection| while connection.request() && connection.send(&answer).is_ok() {})
    }

    /// One that reads a request, sends `part` of an answer, and closes the connection.
    pub fn closing_after(part: impl Into<String>) -> Self {
        let part = part.into();
        Self::new(move |connection| {
            connection.request();
            let _ = connection.send(&part);
        })
    }

    /// One that reads requests and answers none.
    pub fn silent() -> Self {
        Self::new(|connection| while connection.request() {})
    }

    /// Where it is.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many connections there were.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// How many of them are over.
    pub fn closed(&self) -> usize {
        self.closed.load(Ordering::SeqCst)
    }

    /// The heads of all requests, in the order they came.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was asked for, in the order it came.
    pub fn paths(&self) -> Vec<String> {
        let path = |head: &String| head.split(' ').nth(1).unwrap_or_default().to_owned();
        self.requests().iter().map(path).collect()
    }
}

/// What a connection is made of.
pub trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

/// One connection, from the server's side.
pub struct Connection {
    stream: Box<dyn Stream>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Connection {
    /// Reads the head of a request; `false` when there is none any more.
    pub fn request(&mut self) -> bool {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            match self.stream.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return false,
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(head);
        true
    }

    /// The head of the last request on any connection.
    pub fn last_request(&self) -> String {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.last().cloned().unwrap_or_default()
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())?;
        self.stream.flush()
    }
}

/// A port of this machine where nothing listens, and nothing can as long as this is held.
pub struct Nobody(TcpSocket);

impl Nobody {
    /// At any port that is free.
    pub fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self(socket)
    }

    /// Where nobody answers.
    pub fn url(&self) -> String {
        format!("http://{}/", self.0.local_addr().unwrap())
    }
}
