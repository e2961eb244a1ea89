//! A turn of a packaging that is alone: its commands, then its server, its memory and its throughput.

use std::time::Duration;

use super::Bench;
use crate::error::Error;
use crate::expectation::Expectation;
use crate::load::pacer::{Pace, Until};
use crate::load::plan::LoadPlan;
use crate::load::{self, Stage};
use crate::matrix::measured::{Figure, When};
use crate::matrix::packaging::{Caches, Compiled, Turn, Why};
use crate::matrix::rounds::Turns;
use crate::sample::Sample;
use crate::server::command_line::CommandLine;
use crate::server::memory;
use crate::server::process::{self, Process};
use crate::target::Target;

/// How long what serves is left alone before its memory is looked at: requests leave things behind that are tidied up.
const SETTLE: Duration = Duration::from_millis(50);

impl Turns for Bench<'_> {
    async fn turn(&mut self, who: usize, round: Option<u32>) {
        let Some(contender) = self.contenders.get(who) else {
            return self.spawn(round).await;
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
        self.recorder.turn_is_over();
    }
}

impl Bench<'_> {
    /// A process that does nothing.
    async fn spawn(&mut self, round: Option<u32>) {
        let Some(nothing) = &self.nothing else { return };
        match timed(&nothing.command).await {
            Ok((us, _)) => self.floor.add(Figure::Rung(0), round, us),
            Err(why) => self.floor.give_up(Figure::Rung(0), why),
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
            Err(why) => {
                self.contenders[index].measured.no_once = Some(why.clone());
                Err(why)
            }
        };
        self.close().await;
        match taken {
            Ok(us) => self.contenders[index].measured.add(figure, round, us),
            Err(why) => self.contenders[index].measured.fail(figure, round, why),
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
                    Err(why) => measured.fail(figure, round, why),
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
            Err(why) => {
                let measured = &mut self.contenders[index].measured;
                measured.fail(figure, round, why.clone());
                if caches == Caches::Warm && !measured.wants(figure) {
                    let also = [Figure::Throughput, Figure::Memory(When::Idle), Figure::Memory(When::Loaded)];
                    self.give_up(index, &also, &why);
                }
            }
        }
        self.close().await;
    }

    fn record(&mut self, index: usize, sample: Sample, round: Option<u32>) {
        let Some(probe) = &self.contenders[index].probe else { return };
        let Target { name, url, .. } = probe.target();
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
                    measured.add(Figure::Throughput, round, stage.throughput());
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

/// Microseconds from before a command's spawn to after its end, and what it printed.
async fn timed(line: &CommandLine) -> Result<(f64, Vec<u8>), Why> {
    let ended = process::run(line, process::LIMIT).await?;
    Ok((ended.took.as_nanos() as f64 / 1e3, ended.stdout))
}
