//! What takes a turn in every round: a URL, or a server that is started afresh for each.

mod server;

use std::time::Instant;

use tokio_util::sync::CancellationToken;

pub use self::server::Launch;
use self::server::{Server, no_command};
use crate::error::Error;
use crate::load;
use crate::load::pacer::{Pace, Until};
use crate::load::plan::LoadPlan;
use crate::plan::Burst;
use crate::probe::Probe;
use crate::sample::{Outcome, Phase, Sample};
use crate::schedule::Abilities;
use crate::server::process::Ended;
use crate::server::resident;
use crate::target::Target;

/// What takes a turn in every round; a test's takes no time.
pub trait Measurable {
    /// Its name in the report.
    fn name(&self) -> &str;
    /// Where it is.
    fn url(&self) -> &str;
    /// How its answers look other than those of another, if they do.
    fn difference(&self, other: &Self) -> Option<String>;
    /// What can be asked of it.
    fn abilities(&self) -> Abilities;
    /// Runs the program to its end.
    fn once(&mut self) -> impl Future<Output = Sample>;
    /// Starts it, if it is not running already; the sample is of its first correct answer.
    ///
    /// # Errors
    ///
    /// When it gives none.
    fn start(&mut self) -> impl Future<Output = Result<Option<Sample>, Error>>;
    /// The sample of a start that failed.
    fn not_started(&self, why: &Error) -> Sample;
    /// Asks on a new connection.
    fn cold(&mut self) -> impl Future<Output = Sample>;
    /// Closes its connection: the next warm request makes a new one.
    fn disconnect(&mut self) -> impl Future<Output = ()>;
    /// Asks on the connection that is there.
    fn warm(&mut self, phase: Phase) -> impl Future<Output = Sample>;
    /// The memory of what was started, in bytes, where that can be seen.
    fn memory(&self) -> impl Future<Output = Option<u64>>;
    /// Ok answers a second under a load; `None` where it does not stand that.
    fn throughput(&self, burst: Burst) -> impl Future<Output = Option<f64>>;
    /// Ends what was started, with all that it has started.
    fn stop(&mut self) -> impl Future<Output = ()>;
    /// Removes all that was made for it.
    fn clean(&mut self) -> impl Future<Output = ()>;
}

/// A target, and what is started to serve it.
pub struct Participant {
    probe: Probe,
    server: Option<Server>,
}

impl Participant {
    /// A server that runs already.
    pub fn running(probe: Probe) -> Self {
        Self { probe, server: None }
    }

    /// A server that is started afresh in every round, and asked by `probe` wherever it then is; a shell runs `prepare`
    /// before.
    pub fn started(probe: Probe, launch: Launch, prepare: Option<String>) -> Self {
        Self { probe, server: Some(Server::new(launch, prepare)) }
    }

    /// The same under another name.
    pub fn named(mut self, name: String) -> Self {
        self.probe.rename(name);
        self
    }

    /// Where it was last asked.
    pub fn target(&self) -> &Target {
        self.probe.target()
    }

    /// For what earlier samples proved.
    pub fn probe(&mut self) -> &mut Probe {
        &mut self.probe
    }
}

impl Measurable for Participant {
    fn name(&self) -> &str {
        &self.target().name
    }

    fn url(&self) -> &str {
        self.target().url.as_str()
    }

    fn difference(&self, other: &Self) -> Option<String> {
        let printed = |of: &Self| of.server.as_ref()?.printed.clone();
        let printed = printed(self).zip(printed(other));
        let printed = printed.and_then(|(own, others)| own.difference(&others));
        printed.or_else(|| self.probe.difference(&other.probe))
    }

    fn abilities(&self) -> Abilities {
        self.server.as_ref().map_or(Abilities::RUNS, |server| server.abilities)
    }

    async fn once(&mut self) -> Sample {
        let began = Instant::now();
        let ended = match &mut self.server {
            Some(server) => server.once().await,
            None => Err(no_command()),
        };
        match ended {
            Ok(Ended { started, took, .. }) => {
                self.probe.told(Phase::Once, started, started + took, Outcome::Ok)
            }
            Err(outcome) => self.probe.told(Phase::Once, began, Instant::now(), outcome),
        }
    }

    fn not_started(&self, why: &Error) -> Sample {
        let now = Instant::now();
        self.probe.told(Phase::Startup, now, now, Outcome::Transport(why.to_string()))
    }

    async fn start(&mut self) -> Result<Option<Sample>, Error> {
        let Some(server) = &mut self.server else { return Ok(None) };
        server.start(&mut self.probe).await.map(Some)
    }

    async fn cold(&mut self) -> Sample {
        self.probe.cold().await
    }

    async fn disconnect(&mut self) {
        self.probe.disconnect().await;
    }

    async fn warm(&mut self, phase: Phase) -> Sample {
        self.probe.warm(phase).await
    }

    async fn memory(&self) -> Option<u64> {
        resident::alone(&self.server.as_ref()?.roots().await?)
    }

    async fn throughput(&self, burst: Burst) -> Option<f64> {
        let pace = Pace { rate: None, until: Until::Elapsed(burst.duration) };
        let plan = LoadPlan {
            target: self.probe.target().clone(),
            template: self.probe.template().clone(),
            connections: burst.connections,
            timeout: self.probe.timeout(),
            stages: vec![pace],
        };
        let stage = load::quietly(&plan, pace, &CancellationToken::new()).await.ok()?;
        stage.tally.failures.is_empty().then(|| stage.throughput())
    }

    async fn stop(&mut self) {
        self.probe.disconnect().await;
        if let Some(server) = &mut self.server {
            server.stop(&self.probe.target().name).await;
        }
    }

    async fn clean(&mut self) {
        if let Some(server) = &mut self.server {
            server.clean().await;
        }
    }
}
