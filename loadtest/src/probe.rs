//! Performs one request and says what came of it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use rustls::ClientConfig;
use url::Url;

use crate::client::{Answer, Asking, Connector, Found, NoAnswer, Sender};
use crate::error::Error;
use crate::evidence::{self, Freshness, Testimony, Witness};
use crate::expectation::Learnt;
use crate::provenance::{self, Telling};
use crate::sample::{Outcome, Phase, Sample, Segments};
use crate::stamps::Moments;
use crate::stopped;
use crate::target::{RequestTemplate, Target};
use crate::tls;

pub use crate::client::MAX_BODY;

/// A server may close a connection that was idle for this long. A shorter wait is no reason to.
pub const IDLE: Duration = Duration::from_millis(10);

/// Performs the requests to one target, one at a time.
pub struct Probe {
    target: Target,
    template: RequestTemplate,
    timeout: Duration,
    tls: Arc<ClientConfig>,
    connector: Connector,
    /// The request, without what makes a cold one differ.
    asking: Asking,
    kept: Option<Kept>,
    learnt: Learnt,
    witness: Witness,
    /// Drawn, since even the process's id is the same in every container.
    nonce: u64,
    busted: u64,
    epoch: Instant,
}

/// A connection on which a request was answered.
struct Kept {
    sender: Sender,
    since: Instant,
}

impl Probe {
    /// A probe whose samples count time from `epoch`.
    ///
    /// # Errors
    ///
    /// When this machine's certificates cannot be read.
    pub fn new(
        target: Target,
        template: RequestTemplate,
        timeout: Duration,
        epoch: Instant,
    ) -> Result<Self, Error> {
        let tls = Arc::new(tls::config(template.reach.insecure)?);
        Ok(Self {
            connector: Connector::new(&target.url, &template.reach, &tls)?,
            asking: Asking::new(&target.url, &template)?,
            tls,
            kept: None,
            learnt: Learnt::default(),
            witness: Witness::default(),
            nonce: rand::random(),
            busted: 0,
            target,
            template,
            timeout,
            epoch,
        })
    }

    pub fn target(&self) -> &Target {
        &self.target
    }

    pub fn rename(&mut self, name: String) {
        self.target.name = name;
    }

    /// What every request to it has in common.
    pub fn template(&self) -> &RequestTemplate {
        &self.template
    }

    /// How long an answer may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Asks on a new connection, with a query that no cache has seen unless the user wants none.
    pub async fn cold(&mut self) -> Sample {
        let asking = self.cold_asking();
        let exchange = self.exchange(None, &asking).await;
        self.sample(Phase::Cold, &exchange, None)
    }

    /// How its answers look other than those of `other`, once both have answered.
    pub fn difference(&self, other: &Self) -> Option<String> {
        self.learnt.difference(&other.learnt)
    }

    /// Closes its connection: the next warm request makes a new one.
    pub async fn disconnect(&mut self) {
        self.kept = None;
        settle().await;
    }

    pub async fn warm(&mut self, phase: Phase) -> Sample {
        settle().await;
        let kept = self.open_connection().await;
        let idle = kept.as_ref().map(|kept| kept.since.elapsed());
        let mut exchange = self.exchange(kept.map(|kept| kept.sender), &self.asking).await;
        let lost = idle.is_some_and(|idle| exchange.was_lost(idle, &self.template.method));
        if lost || idle.is_some() && exchange.is_unbegun() {
            exchange = Exchange { retried: lost, ..self.exchange(None, &self.asking).await };
        }
        let since = Instant::now();
        let sample = self.sample(phase, &exchange, None);
        self.kept = exchange.into_sender().map(|sender| Kept { sender, since });
        sample
    }

    async fn open_connection(&mut self) -> Option<Kept> {
        let mut kept = self.kept.take()?;
        kept.sender.is_open().await.then_some(kept)
    }

    /// Asks a process started at `started`, from when on the sample counts.
    pub async fn startup(&mut self, started: Instant) -> Sample {
        let exchange = self.exchange(None, &self.asking).await;
        self.sample(Phase::Startup, &exchange, Some(started))
    }

    /// A sample of what is no request, from `started` to `done`.
    pub fn told(&self, phase: Phase, started: Instant, done: Instant, outcome: Outcome) -> Sample {
        let started = self.since_epoch(started);
        Sample {
            target: Cow::Owned(self.target.name.clone()),
            phase,
            round: 0,
            intended_ns: started,
            sent_ns: started,
            done_ns: self.since_epoch(done),
            segments: Segments::default(),
            new_connection: true,
            retried: false,
            waited: false,
            freshness: Freshness::Unknown,
            outcome,
            testimony: Testimony::default(),
            headers: Telling::default(),
            memory_bytes: None,
            throughput_per_s: None,
        }
    }

    /// Takes up what an earlier sample proved, as if it had asked for that.
    pub fn remember(&mut self, sample: &Sample) {
        self.witness.judge(&sample.testimony);
    }

    /// Asks the same at another address from now on.
    pub fn move_to(&mut self, url: Url) -> Result<(), Error> {
        self.connector = Connector::new(&url, &self.template.reach, &self.tls)?;
        self.asking = Asking::new(&url, &self.template)?;
        self.kept = None;
        self.target.url = url;
        Ok(())
    }

    /// The body at another URL, such as one beside the target; `None` where there is no answer or no success.
    pub async fn look_up(&self, url: Url) -> Option<Vec<u8>> {
        let template = RequestTemplate { method: Method::GET, ..self.template.clone() };
        let connector = Connector::new(&url, &template.reach, &self.tls).ok()?;
        let asking = Asking::new(&url, &template).ok()?;
        let mut moments = Moments::default();
        let asked = exchange(&connector, None, &asking, &mut moments);
        let (found, sender) = tokio::time::timeout(self.timeout, asked).await.ok()?.ok()?;
        let answer = sender.answer(found);
        answer.status.is_success().then(|| answer.body.to_vec())
    }

    fn cold_asking(&mut self) -> Asking {
        if self.template.caches.no_cache_buster {
            return self.asking.clone();
        }
        self.busted += 1;
        let mut url = self.target.url.clone();
        url.query_pairs_mut().append_pair("_cold", &format!("{:x}-{}", self.nonce, self.busted));
        // A longer query makes no URL that can be sent into one that cannot.
        Asking::new(&url, &self.template).unwrap_or_else(|_| self.asking.clone())
    }

    async fn exchange(&self, sender: Option<Sender>, asking: &Asking) -> Exchange {
        let mut moments = Moments::default();
        let new_connection = sender.is_none();
        // Whatever can be done before is: nothing is sent until this is asked for.
        let asked = stopped::within(self.timeout, exchange(&self.connector, sender, asking, &mut moments));
        let sent = Instant::now();
        let watched = asked.await;
        Exchange {
            sent,
            done: watched.done.into_std(),
            moments,
            answered: watched.value,
            new_connection,
            retried: false,
            stopped: watched.stopped,
        }
    }

    /// Read when the clock has been: what a server says costs it nothing.
    fn sample(&mut self, phase: Phase, exchange: &Exchange, started: Option<Instant>) -> Sample {
        let Exchange { sent, done, moments, .. } = *exchange;
        let nothing = || (None, Testimony::default(), Telling::default());
        let (outcome, (answered, testimony, headers)) = match &exchange.answered {
            Some(Ok((found, sender))) => {
                let answer = sender.answer(found.clone());
                let testimony = answer.testimony(&self.template);
                let outcome = self.check(&answer, &testimony);
                (outcome, (moments.answered, testimony, provenance::hear(&answer.headers)))
            }
            Some(Err(none)) if exchange.new_connection => (none.outcome().clone(), nothing()),
            Some(Err(none)) => (none.outcome().clone().on_kept_connection(), nothing()),
            None => (Outcome::Timeout, nothing()),
        };
        let sent = started.unwrap_or(sent);
        Sample {
            target: Cow::Owned(self.target.name.clone()),
            phase,
            round: 0,
            intended_ns: self.since_epoch(sent),
            sent_ns: self.since_epoch(sent),
            done_ns: self.since_epoch(done),
            segments: moments.segments(sent, answered, done),
            new_connection: exchange.new_connection,
            retried: exchange.retried,
            waited: moments.waited,
            freshness: self.witness.judge(&testimony),
            outcome: if exchange.stopped { outcome.while_stopped() } else { outcome },
            testimony,
            headers,
            memory_bytes: None,
            throughput_per_s: None,
        }
    }

    fn since_epoch(&self, moment: Instant) -> u64 {
        u64::try_from(moment.saturating_duration_since(self.epoch).as_nanos()).unwrap_or(u64::MAX)
    }

    fn check(&mut self, answer: &Answer, testimony: &Testimony) -> Outcome {
        match answer.outcome(&self.template, &mut self.learnt, || false) {
            Outcome::Ok if self.witness.is_copy(testimony) => Outcome::Cached(evidence::COPY.into()),
            outcome => outcome,
        }
    }
}

/// Lets the task of a connection hear what the server did meanwhile, such as close it. On a runtime of one thread, a yield
/// lets every task that can go on go on; it takes a few.
async fn settle() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

struct Exchange {
    sent: Instant,
    done: Instant,
    moments: Moments,
    /// `None` where it was not over in time.
    answered: Option<Result<(Found, Sender), NoAnswer>>,
    new_connection: bool,
    /// Whether it was sent before, on a connection that was being closed.
    retried: bool,
    /// Whether this process did not run meanwhile.
    stopped: bool,
}

impl Exchange {
    /// Whether the server has said that it has not begun with this request, or never heard of it.
    fn is_unbegun(&self) -> bool {
        matches!(self.answered, Some(Err(NoAnswer::Refused(_))))
    }

    /// Whether the connection, which had been `idle` for so long, was closed instead of an answer. Most likely the server
    /// closed it before this request reached it, and a client may ask again (RFC 9110, section 9.2.2).
    fn was_lost(&self, idle: Duration, method: &Method) -> bool {
        matches!(self.answered, Some(Err(NoAnswer::Closed(_)))) && idle >= IDLE && method.is_idempotent()
    }

    /// The connection, if another request may follow on it.
    fn into_sender(self) -> Option<Sender> {
        self.answered?.ok().filter(|(found, _)| found.keeps).map(|(_, sender)| sender)
    }
}

async fn exchange(
    connector: &Connector,
    sender: Option<Sender>,
    asking: &Asking,
    moments: &mut Moments,
) -> Result<(Found, Sender), NoAnswer> {
    let mut sender = match sender {
        Some(sender) => sender,
        None => Sender::connect(connector, moments).await.map_err(NoAnswer::Failed)?,
    };
    let found = sender.ask(asking, Some(moments)).await?;
    Ok((found, sender))
}
