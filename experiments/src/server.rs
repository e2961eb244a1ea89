//! A server in this process, which does what an experiment wants and knows what is true.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What is answered: further headers, each with its end of line.
pub type Headers = String;

/// As `/api/time` answers, of a day when no cache can be older.
const BODY: &str = r#"{"moscow_time":"2100-01-01 03:00:00 MSK","timestamp":4102444800}"#;

/// So many are served at once.
const CONNECTIONS: usize = 64;

/// A server on a free port of this machine, until the program ends.
pub struct Server {
    address: SocketAddr,
}

impl Server {
    /// One that calls `answer` with when a request was there, and sends the headers that it returns. The first one is
    /// there as soon as its connection is.
    pub fn start(answer: impl Fn(Instant) -> Headers + Send + Sync + 'static) -> Self {
        Self::over(|stream| Some(Box::new(stream)), answer)
    }

    /// The same over TLS.
    pub fn start_tls(
        config: Arc<ServerConfig>,
        answer: impl Fn(Instant) -> Headers + Send + Sync + 'static,
    ) -> Self {
        let secure = move |mut stream: TcpStream| -> Option<Box<dyn Stream>> {
            let mut connection = ServerConnection::new(config.clone()).ok()?;
            connection.complete_io(&mut stream).ok()?;
            Some(Box::new(StreamOwned::new(connection, stream)))
        };
        Self::over(secure, answer)
    }

    fn over(
        secure: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync + 'static,
        answer: impl Fn(Instant) -> Headers + Send + Sync + 'static,
    ) -> Self {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("this machine lets programs listen");
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::new((listener, secure, answer));
        for _ in 0..CONNECTIONS {
            let shared = shared.clone();
            // Each waits for connections itself: starting a thread for one would take time that is not the server's.
            thread::spawn(move || {
                let (listener, secure, answer) = &*shared;
                for stream in listener.incoming().flatten() {
                    let _ = stream.set_nodelay(true);
                    if let Some(stream) = secure(stream) {
                        serve(stream, Instant::now(), answer);
                    }
                }
            });
        }
        Self { address }
    }

    /// Where it is.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

/// What a connection is made of.
trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

fn serve(stream: Box<dyn Stream>, connected: Instant, answer: &impl Fn(Instant) -> Headers) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    let mut there = Some(connected);
    while let Ok(1..) = stream.read_line(&mut line) {
        if line == "\r\n" {
            let headers = answer(there.take().unwrap_or_else(Instant::now));
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
            let answer = format!("{head}{headers}content-length: {}\r\n\r\n{BODY}", BODY.len());
            if stream.get_mut().write_all(answer.as_bytes()).and_then(|()| stream.get_mut().flush()).is_err()
            {
                return;
            }
        }
        line.clear();
    }
}

/// Waits as exactly as the machine can: it sleeps, and for the last of it turns around.
pub fn wait(time: Duration) {
    const LAST: Duration = Duration::from_micros(100);
    let end = Instant::now() + time;
    thread::sleep(time.saturating_sub(LAST));
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}
