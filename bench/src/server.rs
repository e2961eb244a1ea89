//! Servers, each started on a port that was free, and ended with whatever it has started.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use loadtest::error::Error;
use loadtest::probe::Probe;
use loadtest::server::command_line::CommandLine;
use loadtest::server::process::Process;
use loadtest::server::{Ready, START, Serve, start};
use loadtest::target::{RequestTemplate, Target};

/// The limit of a request while a server starts.
const ANSWER: Duration = Duration::from_secs(10);

/// A server, until it is stopped or dropped.
pub struct Server {
    /// What is asked.
    pub url: String,
    /// From just before its spawn to its first answer.
    pub started_in: Duration,
    process: Process,
}

/// A port that nobody listens on.
///
/// # Errors
///
/// When there is none.
pub fn free_port() -> Result<u16, Error> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    port.map(|address| address.port()).map_err(|e| Error::Usage(format!("there is no free port: {e}")))
}

impl Server {
    /// Starts it, and waits for its first answer of `path`; `command` is told the port.
    ///
    /// # Errors
    ///
    /// When it ends instead, or does not answer.
    pub async fn start(command: impl FnOnce(u16) -> CommandLine, path: &str) -> Result<Self, Error> {
        let port = free_port()?;
        let url = format!("http://127.0.0.1:{port}{path}");
        let template = RequestTemplate::new("GET", &[])?;
        let mut probe = Probe::new(Target::new("server", &url)?, template, ANSWER, Instant::now())?;
        let serve = Serve { command: command(port), url: url.clone(), ready: Ready::Answers, within: START };
        let (process, first) = start(&serve, &mut probe).await?;
        Ok(Self { url, started_in: Duration::from_nanos(first.service_ns()), process })
    }

    /// Lets it finish.
    pub async fn stop(self) {
        self.process.stop().await;
    }
}
