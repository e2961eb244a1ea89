//! The native HTTP server, of whatever answers. It knows nothing of the application, which is compiled to be small: what
//! serves it natively is here, and is compiled to be fast.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::net::{TcpListener, lookup_host};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

mod answer;
mod lanes;

use self::lanes::{Lanes, News};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The method, as it came.
    pub method: &'a str,
    /// The path, as it came: without a query, and perhaps percent-encoded.
    pub path: &'a str,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The whole body.
    pub body: Cow<'static, [u8]>,
}

/// What answers. It is called on the thread that reads the request, and others wait for it.
pub type Answering = fn(Asked) -> Answer;

/// How long requests in flight may take once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// How long a client may be without having sent a request; found out between once and twice so late.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the server did not start, in one line that names the remedy.
#[derive(Debug)]
pub struct ServeError(String);

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ServeError {}

/// Serves what `answer` makes of requests on `host`:`port` until SIGTERM or SIGINT, then lets requests in flight finish.
///
/// Prints `Serving http://ADDRESS` with the real port once it accepts connections.
///
/// # Errors
///
/// When the address is not one, or cannot be listened on.
pub fn serve(host: &str, port: &str, answer: Answering) -> Result<(), ServeError> {
    let cannot = |e| ServeError(format!("cannot start the server: {e}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    runtime.block_on(async {
        let listener = listen(host, port).await?;
        let stop = stop_signal().map_err(|e| ServeError(format!("cannot watch for signals: {e}")))?;
        let lanes = Lanes::start(answer).map_err(cannot)?;
        announce(&listener);
        accept_until(stop, listener, lanes).await;
        Ok(())
    })
}

async fn listen(host: &str, port: &str) -> Result<TcpListener, ServeError> {
    let number: u16 = port.parse().map_err(|_| {
        ServeError(format!("PORT={port:?} is not a port: set it to a number from 0 to 65535"))
    })?;
    let address = address_of(host, number).await?;
    TcpListener::bind(address).await.map_err(|e| match e.kind() {
        io::ErrorKind::AddrInUse => ServeError(format!(
            "{address} is already in use: set PORT to another port, or to 0 for any free one"
        )),
        _ => ServeError(format!(
            "cannot listen on {address}: {e}; set HOST and PORT to an address of this machine"
        )),
    })
}

async fn address_of(host: &str, port: u16) -> Result<SocketAddr, ServeError> {
    let wrong =
        || ServeError(format!("HOST={host:?} is no address of this machine: try 127.0.0.1 or 0.0.0.0"));
    lookup_host((host, port)).await.map_err(|_| wrong())?.next().ok_or_else(wrong)
}

/// A closed standard output is no reason not to serve.
fn announce(listener: &TcpListener) {
    if let Ok(address) = listener.local_addr() {
        let _ = writeln!(io::stdout(), "Serving http://{address}");
    }
}

#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

async fn accept_until(stop: impl Future<Output = ()>, listener: TcpListener, lanes: Lanes) {
    let mut stop = pin!(stop);
    let mut look = interval(PATIENCE);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => lanes.give(stream),
                // Out of file descriptors, or the client is gone already: neither ends the server.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            _ = look.tick() => lanes.tell(News::Look),
            () = &mut stop => break,
        }
    }
    drop(listener);
    lanes.tell(News::Stop);
    let _ = timeout(DRAIN, lanes.idle()).await;
}
