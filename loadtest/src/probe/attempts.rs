//! Attempts at the first answer of what is starting, which overlap.
//!
//! What stands in front of it, like Docker's proxy, may take an attempt that comes too early, and keep it: its packet to
//! the container is lost, and TCP sends it again after a second. Whoever waits for that attempt alone reports the
//! second as the container's.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{Asked, Probe, StampedClient};
use crate::error::Error;
use crate::sample::{Phase, Sample};

/// The least time from one attempt to the next, as a part of how long they have been kept waiting. So an answer is late by
/// this part of that time at most, and of attempts that end after T there are about 16 (1 + ln(T / 16 L)) at once, where
/// L is the least time of all.
const PART: u32 = 16;

/// Those that are under way, and clients for more. Dropped, they end.
pub struct Attempts {
    least: Duration,
    under_way: JoinSet<(StampedClient, Asked)>,
    /// A client has one request at a time.
    idle: Vec<StampedClient>,
    /// Since when one or the other has always been under way.
    since: Option<Instant>,
}

impl Attempts {
    /// None yet, and later ones at least so far apart while they are kept waiting.
    pub fn new(least: Duration) -> Self {
        Self { least, under_way: JoinSet::new(), idle: Vec::new(), since: None }
    }

    /// Makes one more, and gives what came of the next to end; `None` if none ends before it is time to make another.
    ///
    /// # Errors
    ///
    /// When a client cannot be set up.
    pub async fn next(&mut self, probe: &mut Probe, phase: Phase) -> Result<Option<Sample>, Error> {
        let client = match self.idle.pop() {
            Some(client) => client,
            None => StampedClient::new(&probe.tls, &probe.detour, false)?,
        };
        let (request, timeout) = (probe.request(phase), probe.timeout);
        self.under_way.spawn(async move {
            let asked = client.ask(request, timeout).await;
            (client, asked)
        });
        let waiting = self.since.get_or_insert_with(Instant::now).elapsed();
        let next = tokio::time::timeout(self.least.max(waiting / PART), self.under_way.join_next());
        let Ok(Some(ended)) = next.await else { return Ok(None) };
        let (client, asked) = ended.map_err(|e| Error::Usage(format!("an attempt ended oddly: {e}")))?;
        self.idle.push(client);
        if self.under_way.is_empty() {
            self.since = None;
        }
        Ok(Some(probe.judge(phase, asked)))
    }
}
