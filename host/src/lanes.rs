//! A thread for each core, each with connections and a runtime of its own: a request that is answered on the
//! thread that reads it wakes no other.

use std::io;
use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};

/// After how many turns of tasks a lane looks for what has arrived. A guest that never pauses takes a turn of
/// one tick of the engine's clock, so the default of 61 would keep others waiting for long.
const TURNS: u32 = 8;

/// The threads, and what each has to do.
pub(crate) struct Lanes(Vec<Lane>);

struct Lane {
    given: mpsc::UnboundedSender<Given>,
    /// How many connections it has.
    load: Arc<AtomicUsize>,
    /// Ready when the thread has ended.
    ended: oneshot::Receiver<()>,
}

type Given = (std::net::TcpStream, SocketAddr, Place);

/// A connection, as long as this lives.
pub(crate) struct Place(Arc<AtomicUsize>);

/// A connection that a lane is to serve.
pub(crate) struct Connection {
    pub stream: TcpStream,
    pub client: SocketAddr,
    /// Of which lane, counted from 0.
    pub lane: usize,
    pub place: Place,
}

/// The connections that a lane is given, one after the other.
pub(crate) struct Connections {
    given: mpsc::UnboundedReceiver<Given>,
    lane: usize,
}

/// How many lanes there are.
pub(crate) fn count() -> usize {
    static COUNT: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, NonZero::get));
    *COUNT
}

impl Lanes {
    /// Each lane runs what `serve` makes of the connections that it is given.
    ///
    /// # Errors
    ///
    /// When the system has no room for the threads.
    pub fn start<F: Future<Output = ()> + Send + 'static>(
        serve: impl Fn(Connections) -> F,
    ) -> io::Result<Self> {
        (0..count()).map(|lane| Lane::start(lane, &serve)).collect::<io::Result<_>>().map(Self)
    }

    /// Gives a connection to the lane that has the fewest.
    pub fn give(&self, stream: TcpStream, client: SocketAddr) {
        let fewest = self.0.iter().min_by_key(|lane| lane.load.load(Ordering::Relaxed));
        if let (Some(lane), Ok(stream)) = (fewest, stream.into_std()) {
            let _ = lane.given.send((stream, client, Place::new(&lane.load)));
        }
    }

    /// Gives no more, and waits until all lanes have ended.
    pub async fn end(self) {
        let ended: Vec<_> = self.0.into_iter().map(|lane| lane.ended).collect();
        for ended in ended {
            let _ = ended.await;
        }
    }
}

impl Lane {
    fn start<F: Future<Output = ()> + Send + 'static>(
        lane: usize,
        serve: impl Fn(Connections) -> F,
    ) -> io::Result<Self> {
        let runtime: Runtime = Builder::new_current_thread().event_interval(TURNS).enable_all().build()?;
        let (send, given) = mpsc::unbounded_channel();
        let (end, ended) = oneshot::channel();
        let serve = serve(Connections { given, lane });
        let run = move || {
            runtime.block_on(serve);
            runtime.shutdown_background();
            let _ = end.send(());
        };
        thread::Builder::new().name("lane".into()).spawn(run)?;
        Ok(Self { given: send, load: Arc::default(), ended })
    }
}

impl Place {
    fn new(load: &Arc<AtomicUsize>) -> Self {
        load.fetch_add(1, Ordering::Relaxed);
        Self(load.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connections {
    /// `None` when there will be no more.
    pub async fn next(&mut self) -> Option<Connection> {
        loop {
            let (stream, client, place) = self.given.recv().await?;
            // One that the runtime cannot watch is closed: the client may try again.
            if let Ok(stream) = TcpStream::from_std(stream) {
                return Some(Connection { stream, client, lane: self.lane, place });
            }
        }
    }
}
