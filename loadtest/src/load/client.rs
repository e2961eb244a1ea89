//! A connection of a load, which is made when it is needed, and made anew when it is lost.

use std::sync::Arc;
use std::time::Instant;

use crate::client::{Answer, Asking, Connector, NoAnswer, Sender, transport};
use crate::error::Error;
use crate::probe::IDLE;
use crate::sample::Outcome;
use crate::stamps::Moments;
use crate::target::{RequestTemplate, Target};
use crate::tls;

pub struct Client {
    connector: Connector,
    asking: Asking,
    /// Whether asking changes nothing, so that asking twice does not either.
    is_safe: bool,
}

impl Client {
    /// # Errors
    ///
    /// When this machine's certificates cannot be read, or the URL is not one that can be sent.
    pub fn new(target: &Target, template: &RequestTemplate) -> Result<Self, Error> {
        let tls = Arc::new(tls::config(template.reach.insecure)?);
        Ok(Self {
            connector: Connector::new(&target.url, &template.reach, &tls)?,
            asking: Asking::new(&target.url, template)?,
            is_safe: template.method.is_safe(),
        })
    }

    async fn connect(&self) -> Result<Sender, Outcome> {
        Sender::connect(&self.connector, &mut Moments::default()).await
    }
}

/// A request is sent so often if the server refuses to begin with it.
const MOST_SENT: u32 = 3;

/// One request at a time.
pub struct Connection {
    client: Arc<Client>,
    /// In a box, since it is large, and taken for every request.
    sender: Option<Box<Sender>>,
    /// Whether the server takes another request on it.
    keeps: bool,
    answered: Option<Instant>,
    made: u64,
    repeated: u64,
}

impl Connection {
    pub fn new(client: Arc<Client>) -> Self {
        Self { client, sender: None, keeps: false, answered: None, made: 0, repeated: 0 }
    }

    pub fn made(&self) -> u64 {
        self.made
    }

    /// How many requests were sent again, since the server was closing the connection.
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Makes it, unless it is there.
    ///
    /// # Errors
    ///
    /// The outcome of whatever would be asked on it.
    pub async fn open(&mut self) -> Result<(), Outcome> {
        let kept = match &mut self.sender {
            Some(sender) => self.keeps && sender.is_open().await,
            None => false,
        };
        if !kept {
            self.sender = None;
            // Apart, since it is large, and whatever is asked on a connection that is there would be moved with it.
            self.sender = Some(Box::new(Box::pin(self.client.connect()).await?));
            self.keeps = true;
            self.answered = None;
            self.made += 1;
        }
        Ok(())
    }

    /// Asks, and reads the whole answer. A request is sent again, on a new connection, where the server has not begun with it,
    /// and where it most likely closed an idle connection before the request reached it.
    pub async fn ask(&mut self) -> Result<Answer<'_>, Outcome> {
        let mut sent = 0;
        loop {
            self.open().await?;
            // Taken, so that it is gone if this is given up half-way.
            let Some(mut sender) = self.sender.take() else { return Err(transport("no connection".into())) };
            sent += 1;
            let was_idle = self.answered.is_some_and(|answered| answered.elapsed() >= IDLE);
            match sender.ask(&self.client.asking, None).await {
                Ok(found) => {
                    self.keeps = found.keeps;
                    self.answered = Some(Instant::now());
                    return Ok(self.sender.insert(sender).answer(found));
                }
                Err(NoAnswer::Refused(_)) if sent < MOST_SENT => {}
                // Once at most: nothing was answered on the new connection yet.
                Err(NoAnswer::Closed(_)) if was_idle && self.client.is_safe => self.repeated += 1,
                Err(NoAnswer::Refused(outcome)) => return Err(outcome),
                Err(NoAnswer::Closed(outcome) | NoAnswer::Failed(outcome)) => {
                    return Err(if self.answered.is_some() { outcome.on_kept_connection() } else { outcome });
                }
            }
        }
    }
}
