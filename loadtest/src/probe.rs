//! Performs one request and says what came of it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::header::CONTENT_TYPE;
use hyper::http::response;
use reqwest::{Method, StatusCode, Url};
use rustls::ClientConfig;

use crate::connection::{self, Connection, Connector, Failure};
use crate::error::Error;
use crate::evidence::{self, Freshness, Testimony, Witness};
use crate::expectation::{Check, Expectation, Learnt};
use crate::load;
use crate::provenance::{self, Telling};
use crate::sample::{Outcome, Phase, Sample, Segments};
use crate::stamps::Moments;
use crate::stopped;
use crate::target::{RequestTemplate, Target};
use crate::tls;
use crate::wire::Wire;

/// The longest body that is read; a longer one is a failure.
pub const MAX_BODY: usize = 10 << 20;

/// A server may close a connection that was idle for this long. A shorter wait is no reason to.
pub const IDLE: Duration = Duration::from_millis(10);

/// What the client says of an answer that it cannot parse begins so.
const UNPARSED: [&str; 2] = ["invalid HTTP ", "message head is too large"];

/// Performs the requests to one target, one at a time.
pub struct Probe {
    target: Target,
    template: RequestTemplate,
    timeout: Duration,
    tls: Arc<ClientConfig>,
    connector: Connector,
    /// The request, without what makes a cold one differ.
    wire: Wire,
    kept: Option<Kept>,
    learnt: Learnt,
    witness: Witness,
    /// Drawn, since even the process's id is the same in every container.
    nonce: u64,
    busted: u64,
    epoch: Instant,
    /// What the client says of answers that are no HTTP, and what that means.
    named: HashMap<String, String>,
}

/// A connection on which a request was answered.
struct Kept {
    connection: Connection,
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
            wire: Wire::new(&target.url, &template)?,
            tls,
            kept: None,
            learnt: Learnt::default(),
            witness: Witness::default(),
            nonce: rand::random(),
            busted: 0,
            named: HashMap::new(),
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
        let wire = self.cold_wire();
        let exchange = self.exchange(None, &wire).await;
        let sample = self.sample(Phase::Cold, exchange, None);
        self.named(sample).await
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
        let mut exchange = self.exchange(kept.map(|kept| kept.connection), &self.wire).await;
        let lost = idle.is_some_and(|idle| exchange.was_lost(idle, &self.template.method));
        if lost || idle.is_some() && exchange.is_unbegun() {
            exchange = Exchange { retried: lost, ..self.exchange(None, &self.wire).await };
        }
        let connection = exchange.connection.take();
        self.kept = connection.map(|connection| Kept { connection, since: Instant::now() });
        let sample = self.sample(phase, exchange, None);
        self.named(sample).await
    }

    async fn open_connection(&mut self) -> Option<Kept> {
        let mut kept = self.kept.take()?;
        kept.connection.is_open().await.then_some(kept)
    }

    /// Asks a process started at `started`, from when on the sample counts.
    pub async fn startup(&mut self, started: Instant) -> Sample {
        let exchange = self.exchange(None, &self.wire).await;
        let sample = self.sample(Phase::Startup, exchange, Some(started));
        self.named(sample).await
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
        self.wire = Wire::new(&url, &self.template)?;
        self.kept = None;
        self.target.url = url;
        Ok(())
    }

    /// The body at another URL, such as one beside the target; `None` where there is no answer or no success.
    pub async fn look_up(&self, url: Url) -> Option<Vec<u8>> {
        let template = RequestTemplate { method: Method::GET, ..self.template.clone() };
        let connector = Connector::new(&url, &template.reach, &self.tls).ok()?;
        let wire = Wire::new(&url, &template).ok()?;
        let mut moments = Moments::default();
        let asked = exchange(&connector, None, &wire, &mut moments);
        let (received, _) = tokio::time::timeout(self.timeout, asked).await.ok()?.ok()?;
        received.head.status.is_success().then_some(received.body)
    }

    fn cold_wire(&mut self) -> Wire {
        if self.template.caches.no_cache_buster {
            return self.wire.clone();
        }
        self.busted += 1;
        let mut url = self.target.url.clone();
        url.query_pairs_mut().append_pair("_cold", &format!("{:x}-{}", self.nonce, self.busted));
        // A longer query makes no URL that can be sent into one that cannot.
        Wire::new(&url, &self.template).unwrap_or_else(|_| self.wire.clone())
    }

    async fn exchange(&self, connection: Option<Connection>, wire: &Wire) -> Exchange {
        let mut moments = Moments::default();
        let new_connection = connection.is_none();
        // Whatever can be done before is: nothing is sent until this is asked for.
        let asking = stopped::within(self.timeout, exchange(&self.connector, connection, wire, &mut moments));
        let sent = Instant::now();
        let watched = asking.await;
        let (connection, received) = match watched.value {
            Some(Ok((received, connection))) => (Some(connection), Some(Ok(received))),
            Some(Err(failure)) => (None, Some(Err(failure))),
            None => (None, None),
        };
        Exchange {
            sent,
            done: watched.done.into_std(),
            moments,
            received,
            connection,
            new_connection,
            retried: false,
            stopped: watched.stopped,
        }
    }

    fn sample(&mut self, phase: Phase, exchange: Exchange, started: Option<Instant>) -> Sample {
        let Exchange { sent, done, moments, received, .. } = exchange;
        let nothing = || (None, Testimony::default(), Telling::default());
        let (outcome, (answered, testimony, headers)) = match &received {
            Some(Ok(received)) => {
                let answer = Answer::of(received, &self.template);
                let headers = provenance::hear(&received.head.headers);
                let outcome = self.check(&answer, &received.body).with_body(&received.body);
                (outcome, (moments.answered, answer.testimony, headers))
            }
            Some(Err(failure)) if exchange.new_connection => (failure.outcome(), nothing()),
            Some(Err(failure)) => (failure.outcome().on_kept_connection(), nothing()),
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

    /// Names what is wrong with an answer that is no HTTP, which the client does not. For that it is asked for once more,
    /// where asking changes nothing.
    async fn named(&mut self, sample: Sample) -> Sample {
        let Outcome::Transport(cause) = &sample.outcome else { return sample };
        if !UNPARSED.iter().any(|begin| cause.starts_with(begin)) || !self.template.method.is_safe() {
            return sample;
        }
        if !self.named.contains_key(cause) {
            let named = load::diagnose(&self.target, &self.template, self.timeout).await;
            self.named.insert(cause.clone(), named.unwrap_or_else(|| cause.clone()));
        }
        Sample { outcome: Outcome::Transport(self.named[cause].clone()), ..sample }
    }

    fn since_epoch(&self, moment: Instant) -> u64 {
        u64::try_from(moment.saturating_duration_since(self.epoch).as_nanos()).unwrap_or(u64::MAX)
    }

    fn check(&mut self, answer: &Answer, body: &[u8]) -> Outcome {
        let how = self.template.check;
        if how != Check::None && !answer.status.is_success() {
            return Outcome::Status(answer.status.as_u16());
        }
        if let Some(betrayed) = &answer.cache {
            return Outcome::Cached(betrayed.clone());
        }
        if self.witness.is_copy(&answer.testimony) {
            return Outcome::Cached(evidence::COPY.into());
        }
        if how != Check::Shape {
            return Outcome::Ok;
        }
        match self.learnt.judge(Expectation::of(&answer.content_type, body)) {
            Ok(()) => Outcome::Ok,
            Err(difference) => Outcome::WrongAnswer(difference),
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
    received: Option<Result<Received, Failure>>,
    /// On which another request may follow.
    connection: Option<Connection>,
    new_connection: bool,
    /// Whether it was sent before, on a connection that was being closed.
    retried: bool,
    /// Whether this process did not run meanwhile.
    stopped: bool,
}

impl Exchange {
    /// Whether the server has said that it has not begun with this request, or never heard of it.
    fn is_unbegun(&self) -> bool {
        matches!(&self.received, Some(Err(Failure::Request(e))) if Failure::is_unbegun(e))
    }

    /// Whether the connection, which had been `idle` for so long, was closed instead of an answer. Most likely the server
    /// closed it before this request reached it, and a client may ask again (RFC 9110, section 9.2.2).
    fn was_lost(&self, idle: Duration, method: &Method) -> bool {
        let closed = matches!(&self.received, Some(Err(Failure::Request(e))) if Failure::is_close(e));
        closed
            && self.moments.answered.is_none()
            && idle >= IDLE
            && method.is_idempotent()
            && !self.is_unbegun()
    }
}

struct Received {
    head: response::Parts,
    body: Vec<u8>,
}

async fn exchange(
    connector: &Connector,
    connection: Option<Connection>,
    wire: &Wire,
    moments: &mut Moments,
) -> Result<(Received, Connection), Failure> {
    let mut connection = match connection {
        Some(connection) => connection,
        None => connector.connect(moments).await?,
    };
    let (head, body) = connection.ask(wire).await?.into_parts();
    moments.answered = Some(Instant::now());
    let body = connection::read(body).await?;
    Ok((Received { head, body }, connection))
}

struct Answer {
    status: StatusCode,
    testimony: Testimony,
    /// What betrays the cache that it came out of, if it did.
    cache: Option<String>,
    content_type: String,
}

impl Answer {
    /// Read when the clock has been: what a server says costs it nothing.
    fn of(received: &Received, template: &RequestTemplate) -> Self {
        let headers = &received.head.headers;
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        // A copy repeats what was said of the instance that gave the original.
        let believed = !template.caches.allow_cached;
        Self {
            status: received.head.status,
            testimony: if believed { template.evidence.hear(headers) } else { Testimony::default() },
            cache: template.caches.betrayal(headers, &received.body),
            content_type: content_type.unwrap_or_default().to_owned(),
        }
    }
}
