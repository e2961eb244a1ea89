//! A server that knows when it answered what: each answer names an instance of its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::server::Server;

/// On a free port of this machine, until the process ends.
pub struct Witness {
    server: Server,
    answered: Arc<Mutex<Vec<Instant>>>,
}

impl Witness {
    /// Begins to listen.
    pub fn start() -> Self {
        let answered = Arc::new(Mutex::new(Vec::new()));
        let log = answered.clone();
        let server = Server::start(move |_| {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push(Instant::now());
            let instance = Self::instance(log.len() - 1);
            format!("server-timing: instance;desc=\"{instance}\", served;desc=\"1\"\r\n")
        });
        Self { server, answered }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.server.url()
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
