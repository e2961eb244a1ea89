//! A server that knows when it answered what: each answer names an instance of its own.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// On a free port of this machine, until the process ends.
pub struct Server {
    address: SocketAddr,
    answered: Arc<Mutex<Vec<Instant>>>,
}

impl Server {
    /// Begins to listen.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let server = Self { address: listener.local_addr()?, answered: Arc::default() };
        let answered = server.answered.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answered = answered.clone();
                // A client that goes away is what this is about.
                thread::spawn(move || drop(serve(&stream, &answered)));
            }
        });
        Ok(server)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// When each answer was sent, in order.
    pub fn answered(&self) -> Vec<Instant> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The instance that answer `number` names, from 0.
    pub fn instance(number: usize) -> String {
        format!("{number:016x}")
    }
}

fn serve(stream: &TcpStream, answered: &Mutex<Vec<Instant>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    for line in BufReader::new(stream).lines() {
        if !line?.is_empty() {
            continue;
        }
        let number = {
            let mut answered = answered.lock().unwrap_or_else(PoisonError::into_inner);
            answered.push(Instant::now());
            answered.len() - 1
        };
        let instance = Server::instance(number);
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\
             server-timing: instance;desc=\"{instance}\", served;desc=\"1\"\r\n\r\nok"
        );
        (&*stream).write_all(answer.as_bytes())?;
    }
    Ok(())
}
