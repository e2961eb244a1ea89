//! Does with each packaging what is to be measured, and keeps what came of it.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::command_line::CommandLine;
use super::measured::{Figure, Measured, When};
use super::memory;
use super::packaging::{Caches, Compiled, Found, Missing, Packaging, Serve, Shared, Sizes, Turn, Why};
use super::plan::MatrixPlan;
use super::process::{self, Process};
use super::rounds::Turns;
use super::serving;
use crate::error::Error;
use crate::expectation::Expectation;
use crate::explain;
use crate::load::pacer::{Pace, Until};
use crate::load::plan::LoadPlan;
use crate::load::{self, Stage};
use crate::probe::Probe;
use crate::recorder::Recorder;
use crate::sample::{Phase, Sample};
use crate::scenario::{Ended, Scenario};
use crate::target::Target;

/// How long what serves is left alone before its memory is looked at: requests leave things behind that are tidied up.
const SETTLE: Duration = Duration::from_millis(50);

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
        let prepared = self.contenders.iter().filter(|contender| contender.probe.is_some()).count();
        self.recorder.begin(Phase::Startup, prepared * self.plan.rounds as usize);
        Ok(())
    }

    /// Indices of those that can be measured, and one more for a process that does nothing.
    pub fn count(&self) -> usize {
        self.contenders.len() + 1
    }

    /// Cold and warm requests to all that serve, which serve meanwhile.
    ///
    /// # Errors
    ///
    /// The recorder's.
    pub async fn requests(&mut self) -> Result<Ended, Error> {
        let (plan, cancel) = (self.plan, self.cancel);
        let mut serving = Vec::new();
        let asked = async {
            for index in 0..self.contenders.len() {
                if let Some(process) = self.stand(index).await {
                    serving.push(process);
                }
            }
        };
        if cancel.run_until_cancelled(asked).await.is_none() {
            return Ok(Ended::Interrupted);
        }
        let standing =
            |contender: &Contender| contender.probe.is_some() && contender.measured.wants(Figure::Requests);
        let mut places = Vec::new();
        let mut probes = Vec::new();
        for (index, contender) in self.contenders.iter_mut().enumerate() {
            if standing(contender) {
                places.push(index);
                probes.extend(contender.probe.take());
            }
        }
        let mut scenario = Scenario::new(&plan.requests, cancel);
        let now = tokio::time::Instant::now();
        let ended = scenario.cold_and_warm(&mut probes, Some(now), &mut self.recorder).await;
        for (index, probe) in places.into_iter().zip(probes) {
            self.contenders[index].probe = Some(probe);
        }
        for process in serving {
            process.stop().await;
        }
        self.close().await;
        ended
    }

    /// Starts what serves and leaves it so; of what is served already, asks once.
    async fn stand(&mut self, index: usize) -> Option<Process> {
        let contender = &self.contenders[index];
        if contender.sizes.is_err() {
            return None;
        }
        if contender.packaging.url().is_some() {
            let known = self.ask_once(index).await.and_then(|()| self.differs(index));
            if let Err(why) = known {
                self.give_up(index, &[Figure::Requests], &why);
            }
            return None;
        }
        if let Some(why) = self.contenders[index].measured.why.get(&Figure::Start(Caches::Warm)).cloned() {
            self.give_up(index, &[Figure::Requests], &why);
            return None;
        }
        let turn = self.open(index, Caches::Warm);
        match self.start(index, &turn).await {
            Ok((process, _)) => Some(process),
            Err(why) => {
                self.give_up(index, &[Figure::Requests], &why);
                None
            }
        }
    }

    async fn ask_once(&mut self, index: usize) -> Result<(), Why> {
        let probe = self.contenders[index].probe.as_mut().ok_or("it was not prepared")?;
        let sample = probe.cold().await;
        let Target { name, url } = probe.target();
        if !sample.outcome.is_ok() {
            return Err(explain::first_failure(url.as_str(), &sample.outcome, self.plan.requests.timeout));
        }
        self.recorder.has_answered(name);
        Ok(())
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
        let turn = Turn { name, port: free_port(), caches };
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

    async fn once(&mut self, index: usize, caches: Caches, round: Option<u32>) {
        let figure = Figure::Once(caches);
        if !self.contenders[index].measured.wants(figure) {
            return;
        }
        let turn = self.open(index, caches);
        let taken = match self.contenders[index].packaging.once(&turn) {
            Ok(line) => {
                timed(&line).await.and_then(|(took, stdout)| self.check(index, &stdout).map(|()| took))
            }
            Err(why) => Err(why),
        };
        self.close().await;
        match taken {
            Ok(us) => self.contenders[index].measured.add(figure, round, us),
            Err(why) => self.give_up(index, &[figure], &why),
        }
    }

    /// Whether the program printed what it prints in the other packagings.
    fn check(&mut self, index: usize, stdout: &[u8]) -> Result<(), Why> {
        let name = self.contenders[index].packaging.name();
        let form = Expectation::of("application/json", stdout);
        let (first, expected) = self.printed.get_or_insert_with(|| (name.to_owned(), form.clone()));
        match expected.difference(&form) {
            None => Ok(()),
            Some(difference) => Err(format!("it does not print what {first} prints: {difference}")),
        }
    }

    async fn rungs(&mut self, index: usize, round: Option<u32>) {
        let turn = self.open(index, Caches::Warm);
        let rungs = self.contenders[index].packaging.rungs(&turn);
        for (place, rung) in rungs.into_iter().enumerate() {
            let figure = Figure::Rung(place);
            if self.contenders[index].measured.wants(figure) {
                let taken = timed(&rung.command).await;
                let measured = &mut self.contenders[index].measured;
                match taken {
                    Ok((us, _)) => measured.add(figure, round, us),
                    Err(why) => measured.give_up(figure, why),
                }
                if measured.rungs.len() == place {
                    measured.rungs.push((rung.adds, rung.what));
                }
            }
        }
        self.close().await;
    }

    /// Starts what serves, alone; while it serves, looks at its memory and loads it.
    async fn serve(&mut self, index: usize, caches: Caches, round: Option<u32>) {
        let figure = Figure::Start(caches);
        if !self.contenders[index].measured.wants(figure) {
            return;
        }
        let turn = self.open(index, caches);
        match self.start(index, &turn).await {
            Ok((process, sample)) => {
                self.contenders[index].measured.add(figure, round, sample.service_ns() as f64 / 1e3);
                if caches == Caches::Warm {
                    self.record(index, sample, round);
                    self.look_and_load(index, &turn, &process, round).await;
                }
                process.stop().await;
            }
            Err(why) if caches == Caches::Warm => {
                let also = [Figure::Throughput, Figure::Memory(When::Idle), Figure::Memory(When::Loaded)];
                self.give_up(index, &[figure], &why);
                self.give_up(index, &also, &why);
            }
            Err(why) => self.give_up(index, &[figure], &why),
        }
        self.close().await;
    }

    async fn start(&mut self, index: usize, turn: &Turn) -> Result<(Process, Sample), Why> {
        let contender = &mut self.contenders[index];
        let serve = contender.packaging.serve(turn);
        let serve: Serve = serve.inspect_err(|why| contender.measured.no_server = Some(why.clone()))?;
        let probe = contender.probe.as_mut().ok_or("it was not prepared")?;
        let started = serving::start(&serve, probe).await?;
        self.differs(index)?;
        Ok(started)
    }

    fn record(&mut self, index: usize, sample: Sample, round: Option<u32>) {
        let Some(probe) = &self.contenders[index].probe else { return };
        let Target { name, url } = probe.target();
        self.recorder.has_answered(name);
        if let Some(round) = round {
            // It is not logged, and it is ok: there is nothing that could go wrong.
            let _ = self.recorder.record(url.as_str(), sample.in_round(round as usize));
        }
    }

    async fn look_and_load(&mut self, index: usize, turn: &Turn, process: &Process, round: Option<u32>) {
        self.look(index, turn, process, When::Idle, round).await;
        if self.contenders[index].measured.wants(Figure::Throughput) {
            let loaded = self.load(index).await;
            let measured = &mut self.contenders[index].measured;
            match loaded {
                Ok(stage) => {
                    measured.failed_under_load += stage.tally.failures.values().sum::<usize>();
                    let rate = stage.tally.ok() as f64 / stage.period.as_secs_f64();
                    measured.add(Figure::Throughput, round, rate);
                }
                Err(e) => {
                    measured.give_up(Figure::Throughput, e.to_string());
                    measured.give_up(Figure::Memory(When::Loaded), "it could not be loaded".into());
                }
            }
        }
        self.look(index, turn, process, When::Loaded, round).await;
    }

    async fn look(&mut self, index: usize, turn: &Turn, process: &Process, when: When, round: Option<u32>) {
        let figure = Figure::Memory(when);
        let contender = &mut self.contenders[index];
        if !contender.measured.wants(figure) {
            return;
        }
        tokio::time::sleep(SETTLE).await;
        let child = process.id().ok_or_else(|| "it ended by itself".to_owned());
        let served = match child {
            Ok(child) => contender.packaging.served_by(turn, child).await,
            Err(why) => Err(why),
        };
        match served.and_then(|served| Ok((memory::of(&served)?, served.note))) {
            Ok((memory, note)) => {
                contender.measured.memory_note = note;
                contender.measured.add_memory(when, round, memory);
            }
            Err(why) => contender.measured.give_up(figure, why),
        }
    }

    async fn load(&self, index: usize) -> Result<Stage, Error> {
        let Some(probe) = &self.contenders[index].probe else { return Err(Error::Interrupted) };
        let pace = Pace { rate: None, until: Until::Elapsed(self.plan.burst) };
        let plan = LoadPlan {
            target: probe.target().clone(),
            template: self.plan.template.clone(),
            connections: self.plan.connections,
            timeout: self.plan.requests.timeout,
            stages: vec![pace],
        };
        load::quietly(&plan, pace, self.cancel).await
    }
}

impl Turns for Bench<'_> {
    async fn turn(&mut self, who: usize, round: Option<u32>) {
        let Some(contender) = self.contenders.get(who) else {
            match timed(&CommandLine::new("true")).await {
                Ok((us, _)) => self.floor.add(Figure::Rung(0), round, us),
                Err(why) => self.floor.give_up(Figure::Rung(0), why),
            }
            return;
        };
        if contender.sizes.is_err() {
            return;
        }
        let cached = matches!(contender.packaging.kind().compiled, Compiled::Cached(_));
        let caches: &[Caches] = if cached { &[Caches::Warm, Caches::Cold] } else { &[Caches::Warm] };
        self.rungs(who, round).await;
        for caches in caches {
            self.once(who, *caches, round).await;
        }
        for caches in caches {
            self.serve(who, *caches, round).await;
        }
    }
}

/// Microseconds from before a command's spawn to after its end, and what it printed.
async fn timed(line: &CommandLine) -> Result<(f64, Vec<u8>), Why> {
    let ended = process::run(line, process::LIMIT).await?;
    Ok((ended.took.as_nanos() as f64 / 1e3, ended.stdout))
}

/// One that nobody has now. Whoever else takes it before it is used is found out: what is started there ends.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    listener.and_then(|listener| listener.local_addr()).map_or(0, |address| address.port())
}
