//! What is started afresh in every round: a host, a command of the user's, or a packaging.

use std::time::Duration;

use crate::error::Error;
use crate::expectation::Expectation;
use crate::left_over;
use crate::output;
use crate::owner;
#[cfg(feature = "serve")]
use crate::packaging::{Packaging, Turn};
use crate::probe::Probe;
use crate::sample::{Outcome, Sample};
use crate::schedule::Abilities;
use crate::server::command::Template;
#[cfg(feature = "serve")]
use crate::server::process::{self, LIMIT};
use crate::server::process::{Ended, Process, STOP};
use crate::server::{self, Serve, shell};

/// How long a command of the user's may take to end. One that ignores SIGTERM does so in every round.
const GRACE: Duration = Duration::from_secs(2);

/// A server, or a command that ends, that is started afresh in every round.
pub struct Server {
    launch: Launch,
    /// What can be asked of it.
    pub abilities: Abilities,
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
    pub printed: Option<Expectation>,
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

impl Server {
    /// Nothing is started yet; a shell runs `prepare` before each start.
    pub fn new(launch: Launch, prepare: Option<String>) -> Self {
        let grace = if matches!(launch, Launch::Command(_)) { GRACE } else { STOP };
        Self {
            abilities: launch.abilities(),
            launch,
            prepare,
            grace,
            has_escaped: false,
            running: None,
            #[cfg(feature = "serve")]
            open: None,
            printed: None,
        }
    }

    /// Starts it; the sample is of its first correct answer.
    pub async fn start(&mut self, probe: &mut Probe) -> Result<Sample, Error> {
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
    pub async fn once(&mut self) -> Result<Ended, Outcome> {
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
    pub async fn once(&mut self) -> Result<Ended, Outcome> {
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
    pub async fn roots(&self) -> Option<Vec<u32>> {
        let child = self.running.as_ref()?.process.id()?;
        #[cfg(feature = "serve")]
        if let (Launch::Packaged(packaging), Some(turn)) = (&self.launch, &self.open) {
            return packaging.served_by(turn, child).await.ok();
        }
        Some(vec![child])
    }

    /// Ends it with all that it has started; `name` is for what the user should know.
    pub async fn stop(&mut self, name: &str) {
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

impl Server {
    /// Removes all that was made for it.
    pub async fn clean(&mut self) {
        #[cfg(feature = "serve")]
        if let Launch::Packaged(packaging) = &mut self.launch {
            packaging.clean().await;
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

/// Of what does not end by itself.
pub fn no_command() -> Outcome {
    Outcome::Transport("it is no command".into())
}
