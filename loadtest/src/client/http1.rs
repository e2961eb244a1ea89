//! HTTP/1 over one connection, a request at a time: what is asked was written down before, and the answer is read where it
//! arrives. No task and no channel lies between whoever asks and the connection.

use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Waker};

use httparse::{ParserConfig, Response, Status};
use hyper::{Method, Request, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::connector::closes;
use super::fields::{Fields, Place};
use super::framing::{Asked, Chunks, Length};
use super::{Answer, MAX_BODY, NoAnswer, bad_head, closed, of_io, too_long, transport};
use crate::headers::Headers;
use crate::sample::Outcome;
use crate::stamps::Moments;

/// Room for an answer, in bytes; for a longer one, room is made.
const ROOM: usize = 1 << 13;
/// A longer head is a failure, in bytes.
const MAX_HEAD: usize = 1 << 18;
/// An answer with more headers is a failure.
const MAX_FIELDS: usize = 100;

#[derive(Clone)]
pub struct Question {
    bytes: Vec<u8>,
    asked: Asked,
    /// Whether it says itself that it is the last one.
    last: bool,
}

impl Question {
    pub fn new<B>(request: &Request<B>) -> Self {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri()).into_bytes();
        for (name, value) in request.headers() {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        let asked = match *request.method() {
            Method::HEAD => Asked::Head,
            Method::CONNECT => Asked::Connect,
            _ => Asked::Other,
        };
        let mut connection = request.headers().texts("connection").flat_map(|value| value.split(','));
        let last = connection.any(|token| token.trim().eq_ignore_ascii_case("close"));
        Self { bytes, asked, last }
    }
}

pub trait Stream: AsyncRead + AsyncWrite + Unpin {
    /// Whether nothing has come in that was not asked for, not even the end.
    fn is_silent(&mut self) -> bool {
        // Nobody is to be woken: whoever waits for something asks again.
        let mut nobody = Context::from_waker(Waker::noop());
        Pin::new(self).poll_read(&mut nobody, &mut ReadBuf::new(&mut [0])).is_pending()
    }
}

impl Stream for TcpStream {
    fn is_silent(&mut self) -> bool {
        self.try_read(&mut [0]).is_err_and(|e| e.kind() == ErrorKind::WouldBlock)
    }
}

impl Stream for Box<TlsStream<TcpStream>> {}

pub struct Kept<S> {
    stream: S,
    read: Vec<u8>,
    places: Vec<Place>,
    /// Of a body in chunks, what it is together.
    body: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct Found {
    pub status: StatusCode,
    /// Where its body is; `None` of one that was put together.
    pub body: Option<Range<usize>>,
    /// Whether another request may follow.
    pub keeps: bool,
}

struct Head {
    status: u16,
    version: u8,
    end: usize,
}

impl<S: Stream> Kept<S> {
    pub fn new(stream: S) -> Self {
        let read = Vec::with_capacity(ROOM);
        Self { stream, read, places: Vec::new(), body: Vec::new() }
    }

    /// Whether the server has left it open, and said nothing that it was not asked.
    pub fn is_open(&mut self) -> bool {
        self.stream.is_silent()
    }

    /// Asks, and reads the whole answer.
    ///
    /// # Errors
    ///
    /// When there is none: why, and whether anything of one came.
    pub async fn ask(
        &mut self,
        question: &Question,
        moments: Option<&mut Moments>,
    ) -> Result<Found, NoAnswer> {
        self.read.clear();
        match self.begin(question).await {
            Ok(0) => return Err(NoAnswer::Closed(closed())),
            Ok(_) => {}
            Err(e) if closes(e.kind()) => return Err(NoAnswer::Closed(of_io(&e))),
            Err(e) => return Err(NoAnswer::Failed(of_io(&e))),
        }
        self.find(question, moments).await.map_err(NoAnswer::Failed)
    }

    /// Asks, and reads the first bytes of the answer: how many, or 0 where there are none.
    async fn begin(&mut self, question: &Question) -> io::Result<usize> {
        self.stream.write_all(&question.bytes).await?;
        self.stream.flush().await?;
        self.fill().await
    }

    /// Takes apart what was read, and reads what is missing.
    async fn find(&mut self, question: &Question, moments: Option<&mut Moments>) -> Result<Found, Outcome> {
        let head = self.head().await?;
        Moments::answered(moments);
        let fields = Fields { bytes: &self.read, places: &self.places };
        let length = Length::of(question.asked, head.status, head.version, fields).map_err(malformed)?;
        let keeps = length.keeps(head.version, head.status, fields) && !question.last;
        let status = StatusCode::from_u16(head.status).map_err(|_| malformed("no status"))?;
        let (body, end) = match length {
            Length::Bytes(bytes) => self.of_length(head.end, bytes).await?,
            Length::Chunked => (None, self.of_chunks(head.end).await?),
            Length::Close => self.until_close(head.end).await?,
        };
        // What comes after an answer answers nothing that was asked.
        Ok(Found { status, body, keeps: keeps && end == self.read.len() })
    }

    pub fn answer(&self, found: Found) -> Answer<'_> {
        Answer {
            status: found.status,
            headers: Fields { bytes: &self.read, places: &self.places },
            body: found.body.map_or(&self.body, |body| &self.read[body]),
        }
    }

    /// Reads until there is the head of a last answer: those before it (1xx) say that it is to come.
    async fn head(&mut self) -> Result<Head, Outcome> {
        loop {
            match self.parse()? {
                Some(head) if (100..=199).contains(&head.status) && head.status != 101 => {
                    self.read.drain(..head.end);
                }
                Some(head) => return Ok(head),
                None => self.more(MAX_HEAD).await?,
            }
        }
    }

    /// Finds the head in what was read; `None` where it is not there yet.
    fn parse(&mut self) -> Result<Option<Head>, Outcome> {
        if self.read.is_empty() {
            return Ok(None);
        }
        let mut headers = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut response = Response::new(&mut []);
        let config = ParserConfig::default();
        let parsed = config.parse_response_with_uninit_headers(&mut response, &self.read, &mut headers);
        let end = match parsed {
            Ok(Status::Complete(end)) => end,
            Ok(Status::Partial) => return Ok(None),
            Err(e) => return Err(malformed(&bad_head::name(&self.read, e))),
        };
        let begin = self.read.as_ptr() as usize;
        let place = |part: &[u8]| {
            let from = part.as_ptr() as usize - begin;
            from..from + part.len()
        };
        self.places.clear();
        let found = response.headers.iter();
        self.places.extend(found.map(|h| Place { name: place(h.name.as_bytes()), value: place(h.value) }));
        let (status, version) = (response.code.unwrap_or_default(), response.version.unwrap_or_default());
        Ok(Some(Head { status, version, end }))
    }

    async fn of_length(
        &mut self,
        begin: usize,
        bytes: usize,
    ) -> Result<(Option<Range<usize>>, usize), Outcome> {
        if bytes > MAX_BODY {
            return Err(too_long());
        }
        let end = begin + bytes;
        while self.read.len() < end {
            self.more(usize::MAX).await?;
        }
        Ok((Some(begin..end), end))
    }

    /// Puts the chunks together that begin there: where they end.
    async fn of_chunks(&mut self, begin: usize) -> Result<usize, Outcome> {
        self.body.clear();
        let mut chunks = Chunks::Size;
        loop {
            let taken = chunks.take(&self.read[begin..], &mut self.body).map_err(malformed)?;
            if self.body.len() > MAX_BODY {
                return Err(too_long());
            }
            if chunks == Chunks::Over {
                return Ok(begin + taken);
            }
            self.read.drain(begin..begin + taken);
            self.more(begin + MAX_HEAD).await?;
        }
    }

    async fn until_close(&mut self, begin: usize) -> Result<(Option<Range<usize>>, usize), Outcome> {
        while self.fill().await.map_err(|e| of_io(&e))? > 0 {
            if self.read.len() - begin > MAX_BODY {
                return Err(too_long());
            }
        }
        Ok((Some(begin..self.read.len()), self.read.len()))
    }

    /// Reads some more of what is not to end yet, nor to become longer than `most`.
    async fn more(&mut self, most: usize) -> Result<(), Outcome> {
        if self.read.len() > most {
            return Err(malformed("too long a head"));
        }
        match self.fill().await.map_err(|e| of_io(&e))? {
            0 => Err(closed()),
            _ => Ok(()),
        }
    }

    /// Reads what there is, into room that is made for it.
    fn fill(&mut self) -> impl Future<Output = io::Result<usize>> {
        if self.read.capacity() - self.read.len() < ROOM / 2 {
            self.read.reserve(ROOM);
        }
        self.stream.read_buf(&mut self.read)
    }
}

fn malformed(why: &str) -> Outcome {
    transport(format!("invalid HTTP: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{DuplexStream, duplex};
    use tokio::net::TcpListener;

    impl Stream for DuplexStream {}

    struct Asking {
        kept: Kept<DuplexStream>,
        server: DuplexStream,
    }

    impl Asking {
        fn new() -> Self {
            let (client, server) = duplex(1 << 16);
            Self { kept: Kept::new(client), server }
        }

        /// What comes of it when these parts arrive one after the other: the status, the body, and whether it is kept.
        async fn answered(&mut self, method: Method, parts: &[&str]) -> Result<(u16, String, bool), Outcome> {
            let request = Request::builder().method(method).uri("/").body(()).unwrap();
            let question = Question::new(&request);
            let server = async {
                let mut asked = vec![0; question.bytes.len()];
                self.server.read_exact(&mut asked).await.unwrap();
                for part in parts {
                    self.server.write_all(part.as_bytes()).await.unwrap();
                    tokio::task::yield_now().await;
                }
                if parts.last().is_none_or(|last| last.is_empty()) {
                    self.server.shutdown().await.unwrap();
                }
            };
            let (found, ()) = tokio::join!(self.kept.ask(&question, None), server);
            let found = found.map_err(|none| none.outcome().clone())?;
            let keeps = found.keeps;
            let answer = self.kept.answer(found);
            Ok((answer.status.as_u16(), String::from_utf8_lossy(answer.body).into_owned(), keeps))
        }
    }

    async fn get(parts: &[&str]) -> Result<(u16, String, bool), Outcome> {
        Asking::new().answered(Method::GET, parts).await
    }

    fn ok(status: u16, body: &str, keeps: bool) -> Result<(u16, String, bool), Outcome> {
        Ok((status, body.into(), keeps))
    }

    #[tokio::test]
    async fn an_answer_is_the_same_in_however_many_parts_it_arrives() {
        let whole = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\na: b\r\n\r\nok";
        let bytes: Vec<_> = (0..whole.len()).map(|at| &whole[at..=at]).collect();
        assert_eq!((get(&[whole]).await, get(&bytes).await), (ok(200, "ok", true), ok(200, "ok", true)));
        let whole = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n";
        let bytes: Vec<_> = (0..whole.len()).map(|at| &whole[at..=at]).collect();
        assert_eq!((get(&[whole]).await, get(&bytes).await), (ok(200, "ok", true), ok(200, "ok", true)));
    }

    #[tokio::test]
    async fn each_answer_on_a_connection_is_its_own() {
        let mut asking = Asking::new();
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
        let empty = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n";
        let ab: &str = &format!("{empty}ab");
        for (method, parts, body) in [
            (Method::GET, &[ab][..], "ab"),
            (Method::GET, &[chunked], "x"),
            (Method::HEAD, &[empty], ""),
            (Method::GET, &[empty, "ab"], "ab"),
        ] {
            assert_eq!(asking.answered(method, parts).await, ok(200, body, true));
        }
    }

    #[tokio::test]
    async fn half_an_answer_is_none() {
        let halves: [&[&str]; 5] = [
            &[],
            &["HTTP/1.1 200 OK\r\n", ""],
            &["HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", ""],
            &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n", ""],
            &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: b\r\n", ""],
        ];
        for half in halves {
            let closed = transport("connection closed before message completed".into());
            assert_eq!(get(half).await, Err(closed), "{half:?}");
        }
    }

    #[tokio::test]
    async fn what_is_no_http_or_too_long_is_a_failure() {
        let long = format!("HTTP/1.1 200 OK\r\na: {}", "b".repeat(MAX_HEAD / 50));
        let many = vec![long.as_str(); 60];
        let length = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", MAX_BODY + 1);
        for parts in [&["220 smtp ready\r\n"][..], &many, &[&length]] {
            assert!(matches!(get(parts).await, Err(Outcome::Transport(_))), "{:?}", &parts[0][..10]);
        }
    }

    #[tokio::test]
    async fn a_connection_is_not_kept_where_more_was_said_than_asked_or_it_is_closed() {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na";
        let mut asking = Asking::new();
        assert_eq!(asking.answered(Method::GET, &[answer]).await, ok(200, "a", true));
        assert!(asking.kept.is_open());
        asking.server.write_all(b"b").await.unwrap();
        assert!(!asking.kept.is_open());
        assert_eq!(get(&[&format!("{answer}b")]).await, ok(200, "a", false));
        let mut asking = Asking::new();
        asking.answered(Method::GET, &[answer, ""]).await.unwrap();
        assert!(!asking.kept.is_open());
    }

    #[tokio::test]
    async fn a_socket_is_open_until_the_system_has_told_of_its_end() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (stream, server) =
            tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let mut kept = Kept::new(stream.unwrap());
        assert!(kept.is_open());
        drop(server);
        kept.stream.readable().await.unwrap();
        assert!(!kept.is_open());
    }
}
