//! What takes a turn in every round: a URL, or a server that is started afresh for each.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::expectation::Expectation;
use crate::left_over;
use crate::load;
use crate::load::pacer::{Pace, Until};
use crate::load::plan::LoadPlan;
use crate::output;
use crate::owner;
#[cfg(feature = "serve")]
use crate::packaging::{Packaging, Turn};
use crate::plan::Burst;
use crate::probe::Probe;
use crate::sample::{Outcome, Phase, Sample};
use crate::schedule::Abilities;
use crate::server::command::Template;
use crate::server::process::{self, Ended, LIMIT, Process, STOP};
use crate::server::{self, Serve, resident, shell};
use crate::target::Target;

/// How long a command of the user's may take to end. One that ignores SIGTERM does so in every round.
const GRACE: Duration = Duration::from_secs(2);

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

/// A server, or a command that ends, that is started afresh in every round.
struct Server {
    launch: Launch,
    abilities: Abilities,
    /// Run by a shell before each start.
    prepare: Option<String>,
    /// How long it may take to end.
    grace: Duration,
    /// Whether it was told that it leaves processes behind.
    has_escaped: bool,
    running: Option<Running>,
    /// What is still to be removed of a run.
    #[cfg(feature = "serve")]
    open: Option<Turn>,
    /// What it printed first, of a command that ends.
    printed: Option<Expectation>,
}

/// What was started.
struct Running {
    process: Process,
    escapees: Escapees,
}

/// What a server has started and what has left its process group, by what its environment has; ended when dropped.
struct Escapees {
    mark: Option<String>,
    /// Those in it end with it.
    group: Option<u32>,
}

impl Escapees {
    /// Whether there were any.
    fn end(&self) -> bool {
        self.mark.as_deref().is_some_and(|mark| left_over::end_of_server(mark, self.group) > 0)
    }
}

impl Drop for Escapees {
    fn drop(&mut self) {
        self.end();
    }
}

/// How a server is started.
pub enum Launch {
    /// It takes any free port, and says which.
    #[cfg_attr(not(feature = "serve"), expect(dead_code, reason = "the slim client has no host"))]
    Hosted(Serve),
    /// It is a command of the user's, which is told its port.
    Command(Template),
    /// It is a packaging, which was prepared.
    #[cfg(feature = "serve")]
    Packaged(Box<dyn Packaging>),
}

impl Participant {
    /// A server that runs already.
    pub fn running(probe: Probe) -> Self {
        Self { probe, server: None }
    }

    /// A server that is started afresh in every round, and asked by `probe` wherever it then is; a shell runs `prepare`
    /// before.
    pub fn started(probe: Probe, launch: Launch, prepare: Option<String>) -> Self {
        let grace = if matches!(launch, Launch::Command(_)) { GRACE } else { STOP };
        let server = Server {
            abilities: launch.abilities(),
            launch,
            prepare,
            grace,
            has_escaped: false,
            running: None,
            #[cfg(feature = "serve")]
            open: None,
            printed: None,
        };
        Self { probe, server: Some(server) }
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

impl Server {
    async fn start(&mut self, probe: &mut Probe) -> Result<Sample, Error> {
        if let Some(prepare) = &self.prepare {
            shell::run("--prepare", prepare).await?;
        }
        let name = probe.target().name.clone();
        let (serve, mark) = match &self.launch {
            Launch::Hosted(serve) => (serve.clone(), None),
            Launch::Command(template) => {
                let mark = format!("{}-{}", owner::mark(), rand::random::<u32>());
                let mut serve = template.serve();
                serve.command = serve.command.env(owner::SERVER, &mark);
                (serve, Some(mark))
            }
            #[cfg(feature = "serve")]
            Launch::Packaged(packaging) => {
                let turn = self.open.insert(Turn::next());
                let serve = packaging.serve(turn);
                (serve.ok_or_else(|| Error::Usage(format!("{name} does not serve")))?, None)
            }
        };
        let mut escapees = Escapees { mark, group: None };
        let (process, sample) = server::start(&serve, probe)
            .await
            .map_err(|failed| Error::from(failed.of(&name, self.launch.hint())))?;
        escapees.group = process.id();
        self.running = Some(Running { process, escapees });
        Ok(sample)
    }

    /// Runs it to its end, from before its process is spawned.
    #[cfg(feature = "serve")]
    async fn once(&mut self) -> Result<Ended, Outcome> {
        let Launch::Packaged(packaging) = &self.launch else { return Err(no_command()) };
        let turn = self.open.insert(Turn::next());
        let line = packaging.once(turn).ok_or_else(no_command)?;
        let ended = process::run(&line, LIMIT).await;
        self.close().await;
        let ended = ended.map_err(Outcome::Transport)?;
        let printed = Expectation::of("application/json", &ended.stdout);
        match self.printed.get_or_insert_with(|| printed.clone()).difference(&printed) {
            None => Ok(ended),
            Some(difference) => Err(Outcome::WrongAnswer(difference)),
        }
    }

    #[cfg(not(feature = "serve"))]
    async fn once(&mut self) -> Result<Ended, Outcome> {
        Err(no_command())
    }

    /// Removes what a run left behind besides its process.
    async fn close(&mut self) {
        #[cfg(feature = "serve")]
        if let (Launch::Packaged(packaging), Some(turn)) = (&self.launch, self.open.take()) {
            packaging.stop(&turn).await;
        }
    }

    /// The processes that serve.
    async fn roots(&self) -> Option<Vec<u32>> {
        let child = self.running.as_ref()?.process.id()?;
        #[cfg(feature = "serve")]
        if let (Launch::Packaged(packaging), Some(turn)) = (&self.launch, &self.open) {
            return packaging.served_by(turn, child).await.ok();
        }
        Some(vec![child])
    }

    async fn stop(&mut self, name: &str) {
        self.end(name).await;
        self.close().await;
    }

    async fn end(&mut self, name: &str) {
        let Some(Running { process, escapees }) = self.running.take() else { return };
        let grace = self.grace;
        if !process.stop_within(grace).await && matches!(self.launch, Launch::Command(_)) && !grace.is_zero()
        {
            output::note(&format!(
                "{name} does not end on SIGTERM within {} s: it is killed, now and in every round",
                grace.as_secs()
            ));
            self.grace = Duration::ZERO;
        }
        if escapees.end() && !std::mem::replace(&mut self.has_escaped, true) {
            output::note(&format!(
                "{name} leaves processes behind when it ends: they are killed, now and in every round"
            ));
        }
    }
}

impl Launch {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Hosted(_) => None,
            Self::Command(template) => Some(template.hint()),
            #[cfg(feature = "serve")]
            Self::Packaged(packaging) => packaging.suspect(),
        }
    }

    fn abilities(&self) -> Abilities {
        match self {
            Self::Hosted(_) | Self::Command(_) => Abilities::STARTS,
            #[cfg(feature = "serve")]
            Self::Packaged(packaging) => {
                // The number of the port is nobody's yet, and nothing is started.
                let turn = Turn::next();
                let serves = packaging.serve(&turn).is_some();
                Abilities { once: packaging.once(&turn).is_some(), starts: serves, serves }
            }
        }
    }
}

fn no_command() -> Outcome {
    Outcome::Transport("it is no command".into())
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
        #[cfg(feature = "serve")]
        if let Some(Server { launch: Launch::Packaged(packaging), .. }) = &mut self.server {
            packaging.clean().await;
        }
    }
}
