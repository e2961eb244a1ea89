//! A thread for each core, each with connections and a runtime of its own: a request is answered on the thread that reads
//! it, and wakes no other. The runtimes have no timers: to set one for each request, and to look for
//! those that are due, is a part of what a request costs that can be seen.

use std::convert::Infallible;
use std::future::{pending, ready};
use std::io;
use std::num::NonZero;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;

use super::{Answering, answer};

/// The threads, and what all their connections are told.
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    answering: Answering,
    news: watch::Sender<News>,
}

struct Lane {
    runtime: Handle,
    /// Held by each of its connections.
    load: Arc<()>,
}

/// What a connection is told.
#[derive(Clone, Copy)]
pub(super) enum News {
    /// To end, if it has asked nothing since it was told so last.
    Look,
    /// To ask nothing more.
    Stop,
}

impl Lanes {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// When the system has no room for them.
    pub fn start(answering: Answering) -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, NonZero::get);
        let lanes = (0..count).map(|_| Lane::start()).collect::<io::Result<_>>()?;
        Ok(Self { lanes, answering, news: watch::Sender::new(News::Look) })
    }

    /// Gives a connection to the lane that has the fewest.
    pub fn give(&self, stream: TcpStream) {
        let fewest = self.lanes.iter().min_by_key(|lane| Arc::strong_count(&lane.load));
        if let (Some(lane), Ok(stream)) = (fewest, stream.into_std()) {
            let (place, news, answering) = (lane.load.clone(), self.news.subscribe(), self.answering);
            lane.runtime.spawn(async move {
                // One that the runtime cannot watch is closed: the client may try again.
                if let Ok(stream) = TcpStream::from_std(stream) {
                    converse(stream, answering, news).await;
                }
                drop(place);
            });
        }
    }

    /// Tells all connections.
    pub fn tell(&self, news: News) {
        self.news.send_replace(news);
    }

    /// Waits until there are no connections.
    pub async fn idle(&self) {
        self.news.closed().await;
    }
}

impl Lane {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let handle = runtime.handle().clone();
        thread::Builder::new().name("lane".into()).spawn(move || runtime.block_on(pending::<()>()))?;
        Ok(Self { runtime: handle, load: Arc::default() })
    }
}

/// Answers until the connection ends. What a client does to its own connection is no news.
async fn converse(stream: TcpStream, answering: Answering, mut news: watch::Receiver<News>) {
    // Without it, Nagle's algorithm may hold back the tail of an answer for the client's delayed ACK.
    let _ = stream.set_nodelay(true);
    // A new connection has until the look after the next.
    let asked = AtomicBool::new(true);
    let service = service_fn(|request: Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        ready(Ok::<_, Infallible>(answer::to(request, answering)))
    });
    // One buffer for head and body: to copy so short a body costs less than to send two pieces.
    let connection = http1::Builder::new().writev(false).serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    loop {
        let told = tokio::select! {
            biased;
            _ = &mut connection => return,
            told = news.changed() => told.map(|()| *news.borrow()),
        };
        match told {
            Ok(News::Look) if asked.swap(false, Ordering::Relaxed) => {}
            Ok(News::Stop) => connection.as_mut().graceful_shutdown(),
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, Asked};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    const QUESTION: &[u8] = b"GET /%61 HTTP/1.1\r\nhost: x\r\n\r\n";

    fn echo(asked: Asked) -> Answer {
        let body = format!("{} {}\n", asked.method, asked.path).into_bytes();
        Answer {
            status: 200,
            headers: vec![("content-length", body.len().to_string().into())],
            body: body.into(),
        }
    }

    /// A client, and what is at the other end.
    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    /// What arrives in answer to a question, up to the end of its body.
    async fn asks(client: &mut TcpStream) -> String {
        client.write_all(QUESTION).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"GET /%61\n") {
            assert!(client.read_buf(&mut answer).await.unwrap() > 0, "{}", String::from_utf8_lossy(&answer));
        }
        String::from_utf8(answer).unwrap()
    }

    async fn ends(client: &mut TcpStream) {
        let ended = timeout(Duration::from_secs(10), client.read_u8()).await;
        assert!(ended.expect("it is left open").is_err());
    }

    #[tokio::test]
    async fn an_answer_has_one_length() {
        let (mut client, server) = pair().await;
        let lanes = Lanes::start(echo).unwrap();
        lanes.give(server);
        let answer = asks(&mut client).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert_eq!(answer.matches("content-length: 9\r\n").count(), 1, "{answer}");
    }

    /// On the thread of the test, where all that were told have gone on after a yield.
    #[tokio::test]
    async fn a_connection_that_asked_nothing_between_two_looks_ends_and_others_do_not() {
        let news = watch::Sender::new(News::Look);
        let mut clients = Vec::new();
        for _ in 0..3 {
            let (client, server) = pair().await;
            tokio::spawn(converse(server, echo, news.subscribe()));
            clients.push(client);
        }
        let [mut silent, mut half, mut asking] = clients.try_into().unwrap();
        asks(&mut silent).await;
        half.write_all(&QUESTION[..9]).await.unwrap();
        for _ in 0..3 {
            asks(&mut asking).await;
            news.send_replace(News::Look);
            tokio::task::yield_now().await;
        }
        ends(&mut silent).await;
        ends(&mut half).await;
        asks(&mut asking).await;
    }

    #[tokio::test]
    async fn connections_that_are_told_to_stop_end_and_there_are_none() {
        let lanes = Lanes::start(echo).unwrap();
        let mut clients = [const { None }; 4];
        for client in &mut clients {
            let (asking, server) = pair().await;
            lanes.give(server);
            asks(client.insert(asking)).await;
        }
        lanes.tell(News::Stop);
        timeout(Duration::from_secs(10), lanes.idle()).await.expect("none is left");
        for client in clients.iter_mut().flatten() {
            ends(client).await;
        }
    }
}
