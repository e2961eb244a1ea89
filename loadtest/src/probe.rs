//! Performs one request and says what came of it.

use std::borrow::Cow;
use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Request, Response, StatusCode, Url};
use rustls::ClientConfig;
use rustls::client::Resumption;

use crate::cache;
use crate::detour::Detour;
use crate::error::Error;
use crate::evidence::{Source, Testimony, Witness};
use crate::expectation::Expectation;
use crate::provenance::{self, Telling};
use crate::sample::{Outcome, Phase, Sample};
use crate::stamps::{Resolver, Stamps};
use crate::target::{RequestTemplate, Target};
use crate::tls;

/// The longest body that is read; a longer one is a failure.
pub const MAX_BODY: usize = 10 << 20;

/// Performs the requests to one target, one at a time.
pub struct Probe {
    target: Target,
    template: RequestTemplate,
    timeout: Duration,
    tls: ClientConfig,
    detour: Detour,
    /// Opens a connection for every request.
    cold: StampedClient,
    /// Keeps its connection.
    warm: StampedClient,
    expectation: Option<Expectation>,
    witness: Witness,
    /// Drawn, since even the process's id is the same in every container.
    nonce: u64,
    busted: u64,
    epoch: Instant,
}

struct StampedClient {
    client: Client,
    stamps: Stamps,
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
        let tls = tls::config(template.reach.insecure)?;
        let detour = Detour::of(&target.url, &template.reach)?;
        Ok(Self {
            cold: StampedClient::new(&tls, &detour, false)?,
            warm: StampedClient::new(&tls, &detour, true)?,
            tls,
            detour,
            expectation: None,
            witness: Witness::default(),
            nonce: rand::random(),
            busted: 0,
            target,
            template,
            timeout,
            epoch,
        })
    }

    /// What it asks.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Asks on a new connection, with a query that no cache has seen.
    pub async fn cold(&mut self) -> Sample {
        let url = self.cache_busting_url();
        self.sample(Phase::Cold, url, None).await
    }

    /// How its answers look other than those of `other`, once both have answered.
    pub fn difference(&self, other: &Self) -> Option<String> {
        self.expectation.as_ref()?.difference(other.expectation.as_ref()?)
    }

    /// Closes its connection: the next warm request makes a new one.
    ///
    /// # Errors
    ///
    /// When the client cannot be set up anew.
    pub async fn disconnect(&mut self) -> Result<(), Error> {
        self.warm = StampedClient::new(&self.tls, &self.detour, true)?;
        settle().await;
        Ok(())
    }

    /// Asks on the connection that is there.
    pub async fn warm(&mut self, phase: Phase) -> Sample {
        settle().await;
        let url = self.target.url.clone();
        self.sample(phase, url, None).await
    }

    /// Asks a process started at `started`, from when on the sample counts.
    pub async fn startup(&mut self, started: Instant) -> Sample {
        let url = self.target.url.clone();
        self.sample(Phase::Startup, url, Some(started)).await
    }

    /// Takes up what an earlier sample proved, as if it had asked for that.
    pub fn remember(&mut self, sample: &Sample) {
        self.witness.judge(&sample.testimony);
    }

    /// Asks the same at another address from now on.
    pub fn move_to(&mut self, url: Url) {
        self.detour = Detour::of(&url, &self.template.reach).unwrap_or_default();
        self.target.url = url;
    }

    /// What is at another address, such as one beside the target; `None` where there is no answer or no success.
    pub async fn look_up(&self, url: Url) -> Option<Vec<u8>> {
        let (url, headers) = self.detour.take(url, self.template.headers.clone());
        let asked = receive(self.cold.client.get(url).headers(headers).send());
        let received = tokio::time::timeout(self.timeout, asked).await.ok()?.ok()?;
        received.response.status().is_success().then_some(received.body)
    }

    fn cache_busting_url(&mut self) -> Url {
        self.busted += 1;
        let mut url = self.target.url.clone();
        url.query_pairs_mut().append_pair("_cold", &format!("{:x}-{}", self.nonce, self.busted));
        url
    }

    async fn sample(&mut self, phase: Phase, url: Url, started: Option<Instant>) -> Sample {
        let StampedClient { client, stamps } = match phase {
            Phase::Startup | Phase::Cold => &self.cold,
            Phase::WarmUp | Phase::Warm | Phase::Load => &self.warm,
        };
        let (url, headers) = self.detour.take(url, self.template.headers.clone());
        let mut request = Request::new(self.template.method.clone(), url);
        *request.headers_mut() = headers;
        stamps.reset();
        // Whatever can be done before is: nothing is sent until this is asked for.
        let asking = tokio::time::timeout(self.timeout, receive(client.execute(request)));
        let sent = Instant::now();
        let received = asking.await;
        let done = Instant::now();
        let moments = stamps.moments();
        let nothing = || (None, Testimony::default(), Telling::default());
        let (outcome, (answered, testimony, headers)) = match received {
            Ok(Ok(received)) => {
                let answer = Answer::of(&received, &self.template.evidence);
                let headers = provenance::hear(received.response.headers());
                (self.check(&answer), (Some(received.answered), answer.testimony, headers))
            }
            Ok(Err(e)) => (transport(&e), nothing()),
            Err(_) => (Outcome::Timeout, nothing()),
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
            new_connection: moments.connect_begun.is_some(),
            freshness: self.witness.judge(&testimony),
            outcome,
            testimony,
            headers,
        }
    }

    fn since_epoch(&self, moment: Instant) -> u64 {
        u64::try_from(moment.saturating_duration_since(self.epoch).as_nanos()).unwrap_or(u64::MAX)
    }

    fn check(&mut self, answer: &Answer) -> Outcome {
        if !answer.status.is_success() {
            return Outcome::Status(answer.status.as_u16());
        }
        if let Some(betrayed) = &answer.cache {
            return Outcome::Cached(betrayed.clone());
        }
        if self.witness.has_heard(&answer.testimony) {
            return Outcome::Cached("server-timing of an earlier answer".into());
        }
        let expectation = self.expectation.get_or_insert_with(|| answer.form.clone());
        match expectation.difference(&answer.form) {
            None => Outcome::Ok,
            Some(difference) => Outcome::WrongAnswer(difference),
        }
    }
}

impl StampedClient {
    fn new(tls: &ClientConfig, detour: &Detour, keep_alive: bool) -> Result<Self, Error> {
        let stamps = Stamps::default();
        let mut tls = tls.clone();
        tls.resumption = Resumption::store(Arc::new(stamps.clone()));
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(Resolver { stamps: stamps.clone(), to: detour.resolved_as.clone() }))
            .connector_layer(stamps.clone())
            .pool_max_idle_per_host(if keep_alive { 1 } else { 0 })
            .pool_idle_timeout(None)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .tcp_nodelay(true)
            .user_agent(concat!("loadtest/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| Error::Usage(format!("cannot set up the HTTP client: {}", root_cause(&e))))?;
        Ok(Self { client, stamps })
    }
}

/// Lets the client put the last request's connection back into its pool, lest the next one race it with a new
/// connection, or close it. On a runtime of one thread, a yield lets every task that can go on go on; it takes a few.
async fn settle() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

/// A whole answer, as it came.
struct Received {
    response: Response,
    body: Vec<u8>,
    /// When its headers were there.
    answered: Instant,
}

/// What an answer says.
struct Answer {
    status: StatusCode,
    testimony: Testimony,
    /// What betrays the cache that it came out of, if it did.
    cache: Option<String>,
    form: Expectation,
}

/// Why there is no whole answer.
enum NoAnswer {
    Request(reqwest::Error),
    TooLarge,
}

async fn receive(asking: impl Future<Output = reqwest::Result<Response>>) -> Result<Received, NoAnswer> {
    let mut response = asking.await.map_err(NoAnswer::Request)?;
    let answered = Instant::now();
    let body = read(&mut response).await?;
    Ok(Received { response, body, answered })
}

impl Answer {
    /// Read when the clock has been: what a server says costs it nothing.
    fn of(received: &Received, evidence: &Source) -> Self {
        let headers = received.response.headers();
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Self {
            status: received.response.status(),
            testimony: evidence.hear(headers),
            cache: cache::betrayed_by(headers, &received.body),
            form: Expectation::of(content_type.unwrap_or_default(), &received.body),
        }
    }
}

async fn read(response: &mut Response) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(NoAnswer::Request)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(NoAnswer::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn transport(e: &NoAnswer) -> Outcome {
    let NoAnswer::Request(e) = e else {
        return Outcome::Transport(format!("the body is longer than {} MB", MAX_BODY >> 20));
    };
    let cause = root_cause(e);
    Outcome::Transport(match io_kind(e) {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused".into(),
        Some(io::ErrorKind::ConnectionReset) => "connection reset".into(),
        _ if e.is_connect() => format!("cannot connect: {cause}"),
        _ => cause,
    })
}

fn io_kind(e: &reqwest::Error) -> Option<io::ErrorKind> {
    causes(e).filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind).last()
}

fn root_cause(e: &reqwest::Error) -> String {
    causes(e).last().map_or_else(|| e.to_string(), ToString::to_string)
}

fn causes(e: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(e.source(), |cause: &&(dyn std::error::Error + 'static)| (*cause).source())
}
