//! A measurement under way, from the files it writes to its report.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::args::CommonArgs;
use crate::comparable;
use crate::deploy::Deployment;
use crate::environment::Environment;
use crate::error::Error;
use crate::exit;
use crate::experiment::{self, Ended, Terms};
use crate::floor;
use crate::gate::Gatekeeper;
use crate::interrupt;
use crate::output::{self, Output};
use crate::participant::{Measurable, Participant};
use crate::plan::Plan;
use crate::probe::Probe;
use crate::progress::Progress;
use crate::recorder::Recorder;
use crate::report;
use crate::sample_log::SampleLog;
use crate::saved::{Header, Saved};
use crate::schedule::Abilities;
use crate::shards;
use crate::target::{RequestTemplate, Target};
use crate::unfinished;
use crate::warden::Warden;

/// A measurement under way.
pub struct Session {
    plan: Plan,
    template: RequestTemplate,
    output: Output,
    recorder: Recorder,
    cancel: CancellationToken,
    epoch: Instant,
    environment: Environment,
    targets: Vec<Target>,
    gatekeeper: Gatekeeper,
    earlier: Option<Earlier>,
    warden: Option<Warden>,
}

/// What is resumed.
struct Earlier {
    file: String,
    header: Header,
    complete: bool,
}

impl Session {
    /// Opens every file that will be written, before anything is measured.
    ///
    /// # Errors
    ///
    /// When one of them cannot be written, or not be resumed.
    pub fn open(args: &CommonArgs, plan: Plan, template: RequestTemplate) -> Result<Self, Error> {
        // Before anything counts from when it was resumed.
        let epoch = Instant::now();
        let output = Output::open(&args.report, args.samples.as_deref())?;
        let gatekeeper = Gatekeeper::open(&args.report.fail_if, &plan)?;
        let progress = Progress::new(args.quiet).at_most(plan.until.is_some());
        let saved = if args.resume { resumable(args, &plan)? } else { None };
        let earlier = saved.as_ref().map(Earlier::of);
        let recorder = match saved {
            None => {
                let log = args.samples.as_deref().map(SampleLog::create).transpose()?;
                args.samples.as_deref().map_or(Ok(()), unfinished::refuse)?;
                Recorder::new(log, progress, plan.timeout)
            }
            Some(saved) => {
                let log = if saved.is_complete() { None } else { Some(SampleLog::resume(&saved)?) };
                Recorder::resuming(saved, log, progress)
            }
        };
        let known = earlier.as_ref().map(|earlier| earlier.header.clone());
        let (plan, mut environment) =
            known.map_or_else(|| (plan, Environment::here(None)), |known| (known.plan, known.environment));
        environment.ended_by = None;
        environment.resumed += u32::from(earlier.as_ref().is_some_and(|earlier| !earlier.complete));
        Ok(Self {
            plan,
            template,
            output,
            recorder,
            cancel: interrupt::token(),
            epoch,
            environment,
            targets: Vec::new(),
            gatekeeper,
            earlier,
            warden: None,
        })
    }

    /// What is to be deployed is: from now on that is reported, whatever comes after it.
    pub fn deployed(&mut self, deployment: Deployment) {
        self.environment.deployment = Some(deployment);
    }

    /// Something here cannot be measured.
    #[cfg(feature = "serve")]
    pub fn skip(&mut self, why: String) {
        self.environment.skipped.push(why);
    }

    /// What here cannot be measured.
    #[cfg(feature = "serve")]
    pub fn skipped(&self) -> &[String] {
        &self.environment.skipped
    }

    /// Leaves the terminal to others until the measurement begins.
    #[cfg(feature = "serve")]
    pub fn pause(&mut self) {
        self.recorder.pause();
    }

    /// Cancelled when the user wants it to end.
    pub fn cancel(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Asks as the measurement will, but for what it expects.
    ///
    /// # Errors
    ///
    /// When this machine's certificates cannot be read.
    pub fn probe(&self, target: &Target) -> Result<Probe, Error> {
        Probe::new(target.clone(), self.template.clone(), self.plan.timeout, self.epoch)
    }

    /// Whether all was measured already, and nothing is left to do.
    pub fn is_complete(&self) -> bool {
        self.earlier.as_ref().is_some_and(|earlier| earlier.complete)
    }

    /// A URL to be measured.
    ///
    /// # Errors
    ///
    /// As [`Self::probe`].
    pub fn url(&self, target: &Target) -> Result<Participant, Error> {
        Ok(Participant::running(self.probe(target)?))
    }

    /// Finds and builds what is here.
    ///
    /// # Errors
    ///
    /// When there is nothing, or it is served by something else than it was earlier.
    #[cfg(feature = "serve")]
    pub async fn here(&mut self, here: &crate::local::Here<'_>) -> Result<Vec<Participant>, Error> {
        // What builds it writes to the terminal as well.
        self.recorder.pause();
        let cancel = self.cancel();
        let local = crate::local::prepare(here, |target| self.probe(&target), &cancel).await?;
        self.check_host(&local.host)?;
        self.environment.skipped.extend(local.skipped);
        let known = self.environment.application.take();
        // Of two applications, neither is the one that was measured.
        self.environment.application =
            Some(local.application).filter(|name| known.is_none_or(|known| known == *name));
        Ok(local.participants)
    }

    /// Measures all of them, and removes what was made for them.
    ///
    /// # Errors
    ///
    /// When they are not those that were measured earlier; what ends an experiment; the recorder's.
    pub async fn measure(
        &mut self,
        mut participants: Vec<Participant>,
        terms: Terms,
    ) -> Result<Ended, Error> {
        let ended = self.measure_all(&mut participants, terms).await;
        for participant in &mut participants {
            participant.clean().await;
        }
        ended
    }

    async fn measure_all(
        &mut self,
        participants: &mut Vec<Participant>,
        terms: Terms,
    ) -> Result<Ended, Error> {
        self.targets = targets(participants);
        self.check_earlier()?;
        if self.is_complete() {
            return Ok(Ended::Completely);
        }
        self.gatekeeper.check(&self.targets)?;
        self.measure_floor().await;
        for participant in participants.iter_mut() {
            self.recorder.remind(participant.probe());
        }
        self.recorder.describe(self.header());
        let starts = participants.iter().any(|participant| participant.abilities() != Abilities::RUNS);
        if starts {
            self.stand_by().await;
        }
        let ended = experiment::run(&self.plan, participants, terms, &mut self.recorder, &self.cancel).await;
        // Of what was started, the ports are known now.
        self.targets = targets(participants);
        self.environment.skipped.extend(self.recorder.left_out());
        ended
    }

    /// Reports whatever was measured, also where something went wrong after that.
    ///
    /// # Errors
    ///
    /// What ended the measurement; when the report or the last of the samples cannot be written.
    pub fn finish(mut self, ended: Result<Ended, Error>) -> Result<ExitCode, Error> {
        // Where nothing was measured now, what was measured earlier is left as it is.
        let deployed = self.environment.deployment.is_some();
        let ended = if deployed || self.recorder.has_taken_any() { ended } else { Ok(ended?) };
        let interrupted = !matches!(ended, Ok(Ended::Completely));
        self.environment.ended_by = ended.as_ref().err().map(ToString::to_string);
        let header = self.header();
        let closing = if interrupted { Ended::Interrupted } else { Ended::Completely };
        let logged = self.recorder.close(header.clone(), closing);
        let samples = self.recorder.finish();
        // Numbers that were read may be of any size.
        let samples = if self.earlier.is_some() { shards::renumbered(samples) } else { samples };
        let nothing = !deployed && !samples.iter().any(|sample| sample.outcome.is_ok());
        match ended {
            Ok(Ended::Interrupted) if nothing => return Err(Error::Interrupted),
            Err(e) if nothing => return Err(e),
            _ => {}
        }
        let Header { plan, environment, targets, .. } = header;
        let mut report = report::build(&plan, environment, &targets, &samples, interrupted);
        let judged = self.gatekeeper.judge(&mut report);
        if let Some(Earlier { complete: true, file, .. }) = &self.earlier {
            output::note(&format!("{file} is complete: nothing is left to measure"));
        }
        let written = self.output.write(&report, &samples);
        ended?;
        written?;
        logged?;
        exit::unless_interrupted(&report, judged)?;
        Ok(exit::code(&report))
    }

    /// From now on, what is started or made here is removed even if this program is killed.
    pub async fn stand_by(&mut self) {
        if self.warden.is_none() {
            self.warden = Some(Warden::stand_by().await);
        }
    }

    /// Unless it is known from earlier.
    async fn measure_floor(&mut self) {
        if self.environment.floor.is_none() {
            self.environment.floor = floor::measure().await;
        }
    }

    /// What is known of the samples by now.
    fn header(&self) -> Header {
        match &self.earlier {
            Some(Earlier { complete: true, header, .. }) => header.clone(),
            _ => Header::new(self.plan.clone(), self.environment.clone(), self.targets.clone()),
        }
    }

    /// Whether these are the targets of the file. The port of what is started is another one in every round.
    fn check_earlier(&self) -> Result<(), Error> {
        let Some(earlier) = &self.earlier else { return Ok(()) };
        let there = &earlier.header.targets;
        let same = |(a, b): (&Target, &Target)| {
            let same_url = if a.command.is_some() { a.url.path() == b.url.path() } else { a.url == b.url };
            a.name == b.name && a.command == b.command && same_url
        };
        if there.len() == self.targets.len() && there.iter().zip(&self.targets).all(same) {
            return Ok(());
        }
        Err(earlier.refused(&format!("its targets are {}", comparable::list(there))))
    }

    #[cfg(feature = "serve")]
    fn check_host(&mut self, host: &str) -> Result<(), Error> {
        match (&self.earlier, &self.environment.host) {
            (Some(earlier), Some(other)) if other != host => {
                Err(earlier.refused(&format!("it was served by {other}, and not by {host}")))
            }
            _ => {
                self.environment.host = Some(host.to_owned());
                Ok(())
            }
        }
    }
}

fn targets(participants: &[Participant]) -> Vec<Target> {
    participants.iter().map(|participant| participant.target().clone()).collect()
}

impl Earlier {
    fn of(saved: &Saved) -> Self {
        Self {
            file: saved.path.display().to_string(),
            header: saved.header.clone(),
            complete: saved.is_complete(),
        }
    }

    fn refused(&self, why: &str) -> Error {
        refused(Path::new(&self.file), why)
    }
}

/// The measurement to go on with, if it was begun: of the same plan, on the same machine.
fn resumable(args: &CommonArgs, plan: &Plan) -> Result<Option<Saved>, Error> {
    let Some(path) = &args.samples else { return Ok(None) };
    if path == Path::new("-") {
        return Err(Error::Usage("--resume needs a file to go on with: name it with --samples".into()));
    }
    let Some(saved) = Saved::if_begun(path)? else { return Ok(None) };
    let drawn: &[&str] = if args.seed.is_some() { &[] } else { &["seed"] };
    let difference = comparable::plans(&saved.header.plan, plan, drawn)
        .or_else(|| comparable::machines(&saved.header.environment, &Environment::here(None)));
    match difference {
        Some(difference) => Err(refused(path, &difference)),
        None => Ok(Some(saved)),
    }
}

fn refused(path: &Path, why: &str) -> Error {
    let path = path.display();
    Error::Usage(format!("{path} is of another measurement: {why}; resume that one, or name another file"))
}
