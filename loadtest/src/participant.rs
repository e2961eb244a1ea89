//! What takes a turn in every round: a URL, or a server that is started afresh for each.

use std::time::Duration;

use crate::error::Error;
use crate::left_over;
use crate::output;
use crate::owner;
use crate::probe::Probe;
use crate::sample::{Phase, Sample};
use crate::server::command::Template;
use crate::server::process::{Process, STOP};
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
    /// Whether it is started afresh in every round.
    fn is_started(&self) -> bool;
    /// Starts it, if it is not running already; the sample is of its first correct answer.
    ///
    /// # Errors
    ///
    /// When it gives none.
    fn start(&mut self) -> impl Future<Output = Result<Option<Sample>, Error>>;
    /// Asks on a new connection.
    fn cold(&mut self) -> impl Future<Output = Sample>;
    /// Closes its connection: the next warm request makes a new one.
    fn disconnect(&mut self) -> impl Future<Output = ()>;
    /// Asks on the connection that is there.
    fn warm(&mut self, phase: Phase) -> impl Future<Output = Sample>;
    /// The memory of what was started, in bytes, where that can be seen.
    fn memory(&self) -> Option<u64>;
    /// Ends what was started, with all that it has started.
    fn stop(&mut self) -> impl Future<Output = ()>;
}

/// A target, and what is started to serve it.
pub struct Participant {
    probe: Probe,
    server: Option<Server>,
}

/// A server that is started afresh in every round.
struct Server {
    launch: Launch,
    /// Run by a shell before each start.
    prepare: Option<String>,
    /// How long it may take to end.
    grace: Duration,
    /// Whether it was told that it leaves processes behind.
    has_escaped: bool,
    running: Option<Running>,
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
}

impl Participant {
    /// A server that runs already.
    pub fn running(probe: Probe) -> Self {
        Self { probe, server: None }
    }

    /// A server that is started afresh in every round, and asked by `probe` wherever it then is; a shell runs `prepare`
    /// before.
    pub fn started(probe: Probe, launch: Launch, prepare: Option<String>) -> Self {
        let grace = match launch {
            Launch::Hosted(_) => STOP,
            Launch::Command(_) => GRACE,
        };
        Self { probe, server: Some(Server { launch, prepare, grace, has_escaped: false, running: None }) }
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
        };
        let mut escapees = Escapees { mark, group: None };
        let (process, sample) = server::start(&serve, probe)
            .await
            .map_err(|failed| Error::from(failed.of(&name, self.launch.hint())))?;
        escapees.group = process.id();
        self.running = Some(Running { process, escapees });
        Ok(sample)
    }

    async fn stop(&mut self, name: &str) {
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
        }
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
        self.probe.difference(&other.probe)
    }

    fn is_started(&self) -> bool {
        self.server.is_some()
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

    fn memory(&self) -> Option<u64> {
        resident::alone(self.server.as_ref()?.running.as_ref()?.process.id()?)
    }

    async fn stop(&mut self) {
        self.probe.disconnect().await;
        if let Some(server) = &mut self.server {
            server.stop(&self.probe.target().name).await;
        }
    }
}
