//! Does with each packaging what is to be measured, and keeps what came of it.

mod alone;
mod together;

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::measured::{Figure, Measured};
use super::packaging::{Caches, Found, Missing, Packaging, Part, Serve, Shared, Sizes, Turn, Why};
use super::plan::MatrixPlan;
use super::spawned::Nothing;
use crate::error::Error;
use crate::expectation::Expectation;
use crate::probe::Probe;
use crate::recorder::Recorder;
use crate::sample::Sample;
use crate::server::process::Process;
use crate::server::{port, start};
use crate::target::Target;

/// A packaging, and what was found and measured of it.
pub struct Contender {
    /// What it is.
    pub packaging: Box<dyn Packaging>,
    /// What runs it.
    pub found: Result<Found, Missing>,
    /// What is shipped; why it cannot be prepared.
    pub sizes: Result<Sizes, Why>,
    /// What was measured.
    pub measured: Measured,
    probe: Option<Probe>,
}

/// All packagings, and what they have in common while they are measured.
pub struct Bench<'a> {
    /// In the order of the report.
    pub contenders: Vec<Contender>,
    /// Of a process that does nothing, in microseconds.
    pub floor: Measured,
    /// Of every request that was asked for its own sake.
    pub recorder: Recorder,
    /// Once it is prepared.
    nothing: Option<Nothing>,
    plan: &'a MatrixPlan,
    cancel: &'a CancellationToken,
    shared: Shared,
    epoch: Instant,
    turns: u32,
    /// Turns that are not over: what they left behind is still to be removed.
    open: Vec<(usize, Turn)>,
    /// What the program prints, by the first that printed it.
    printed: Option<(String, Expectation)>,
}

impl<'a> Bench<'a> {
    /// Of packagings that were looked for; nothing is prepared.
    pub fn new(
        packagings: Vec<(Box<dyn Packaging>, Result<Found, Missing>)>,
        shared: Shared,
        plan: &'a MatrixPlan,
        cancel: &'a CancellationToken,
        recorder: Recorder,
    ) -> Self {
        let contender = |(packaging, found)| Contender {
            packaging,
            found,
            sizes: Err("it was not prepared".into()),
            measured: Measured::default(),
            probe: None,
        };
        Self {
            contenders: packagings.into_iter().map(contender).collect(),
            floor: Measured::default(),
            recorder,
            nothing: None,
            plan,
            cancel,
            shared,
            epoch: Instant::now(),
            turns: 0,
            open: Vec::new(),
            printed: None,
        }
    }

    /// Prepares those that can run here.
    ///
    /// # Errors
    ///
    /// When this program cannot ask anything at all.
    pub async fn prepare(&mut self) -> Result<(), Error> {
        for contender in self.contenders.iter_mut().filter(|contender| contender.found.is_ok()) {
            contender.sizes = contender.packaging.prepare(&self.shared).await;
            if contender.sizes.is_ok() {
                // It moves to the real address when there is one.
                let url = contender.packaging.url().unwrap_or("http://127.0.0.1/");
                let target = Target::new(contender.packaging.name(), url)?;
                let template = self.plan.template.clone();
                contender.probe = Some(Probe::new(target, template, self.plan.requests.timeout, self.epoch)?);
            }
        }
        let nothing = Nothing::in_directory(&self.shared.dir).await;
        self.floor.rungs.push((Part::Process, nothing.what.into()));
        self.nothing = Some(nothing);
        let prepared = self.contenders.iter().filter(|contender| contender.probe.is_some()).count();
        self.recorder.begin(self.plan.rounds as usize + 1, prepared);
        Ok(())
    }

    /// Indices of those that can be measured, and one more for a process that does nothing.
    pub fn count(&self) -> usize {
        self.contenders.len() + 1
    }

    /// How its answers look other than those of the first that answered. What gives another answer does something else,
    /// and which is faster is no question.
    fn differs(&self, index: usize) -> Result<(), Why> {
        let Some(probe) = &self.contenders[index].probe else { return Ok(()) };
        let others = self.contenders.iter().filter_map(|contender| contender.probe.as_ref());
        let told = |other: &Probe| {
            Some(format!("it does not answer as {} does: {}", other.target().name, other.difference(probe)?))
        };
        others.filter_map(told).next().map_or(Ok(()), Err)
    }

    fn give_up(&mut self, index: usize, figures: &[Figure], why: &str) {
        for figure in figures {
            self.contenders[index].measured.give_up(*figure, why.to_owned());
        }
    }

    fn open(&mut self, index: usize, caches: Caches) -> Turn {
        self.turns += 1;
        let name = format!("{}-{}", self.shared.session, self.turns);
        let turn = Turn { name, port: port::free(), caches };
        self.open.push((index, turn.clone()));
        turn
    }

    /// Removes what turns left behind.
    async fn close(&mut self) {
        for (index, turn) in std::mem::take(&mut self.open) {
            self.contenders[index].packaging.stop(&turn).await;
        }
    }

    /// Removes all that was made, whatever happened.
    pub async fn clean(&mut self) {
        self.close().await;
        for contender in self.contenders.iter_mut().filter(|contender| contender.found.is_ok()) {
            contender.packaging.clean().await;
        }
    }

    async fn start(&mut self, index: usize, turn: &Turn) -> Result<(Process, Sample), Why> {
        let contender = &mut self.contenders[index];
        let serve = contender.packaging.serve(turn);
        let serve: Serve = serve.inspect_err(|why| contender.measured.no_server = Some(why.clone()))?;
        let probe = contender.probe.as_mut().ok_or("it was not prepared")?;
        let suspect = |why: Why| match contender.packaging.suspect() {
            Some(suspect) => format!("{why}; {suspect}"),
            None => why,
        };
        let started = start(&serve, probe).await.map_err(Why::from).map_err(suspect)?;
        self.differs(index)?;
        Ok(started)
    }
}
