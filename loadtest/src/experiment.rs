//! The order of events. In every round each target has its turn, in an order that is drawn anew: it is started, asked warm,
//! left idle, asked cold and stopped. What the machine does meanwhile falls on all targets alike, and what differs from one
//! process to the next of a program falls on rounds, which statistics take for what is drawn.

mod rehearsal;

use std::collections::BTreeSet;
use std::time::Duration;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::explain;
use crate::idle::Idling;
use crate::participant::Measurable;
use crate::plan::Plan;
use crate::recorder::Recorder;
use crate::sample::{Phase, Sample};
use crate::schedule::{self, Turn};

/// So many failed starts in a row are no mishap any more.
const STRIKES: u32 = 3;

/// Whether a measurement came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// With every sample taken.
    Completely,
    /// By the user.
    Interrupted,
}

/// What is expected of the targets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms {
    /// When they were last asked, if they were.
    pub asked: Option<Instant>,
    /// They are to be compared, and so must answer alike: else the measurement ends after the first round.
    pub alike: bool,
    /// What does not work is left out, and the others are measured.
    pub tolerant: bool,
}

/// A round that is to be done.
struct Round {
    number: usize,
    turn: Turn,
    order: Vec<usize>,
    /// Who did not start in it.
    absent: BTreeSet<usize>,
}

/// Runs the rounds of a plan.
struct Experiment<'a> {
    plan: &'a Plan,
    rng: ChaCha8Rng,
    tolerant: bool,
    /// Whether it is still to be seen that all targets answer alike.
    alike_unchecked: bool,
    /// How many starts of each target have failed, one after the other.
    strikes: Vec<u32>,
    /// Phases that have all their samples.
    over: BTreeSet<Phase>,
    /// Whether any cold request was.
    cold_was_answered: bool,
}

/// Runs a plan to its end, or until the user has had enough; ends all that it started.
///
/// # Errors
///
/// When a target does not start, gives no correct answer at all, or another than it should; the recorder's.
pub async fn run<C: Measurable>(
    plan: &Plan,
    participants: &mut Vec<C>,
    terms: Terms,
    recorder: &mut Recorder,
    cancel: &CancellationToken,
) -> Result<Ended, Error> {
    let mut experiment = Experiment {
        plan,
        rng: ChaCha8Rng::seed_from_u64(plan.seed),
        tolerant: terms.tolerant,
        alike_unchecked: terms.alike,
        strikes: Vec::new(),
        over: BTreeSet::new(),
        cold_was_answered: false,
    };
    let ended = tokio::select! {
        biased;
        () = cancel.cancelled() => Ok(Ended::Interrupted),
        ended = experiment.rounds(participants, terms.asked, recorder) => ended.map(|()| Ended::Completely),
    };
    stop_all(participants).await;
    ended
}

impl Experiment<'_> {
    async fn rounds<C: Measurable>(
        &mut self,
        participants: &mut Vec<C>,
        asked: Option<Instant>,
        recorder: &mut Recorder,
    ) -> Result<(), Error> {
        if self.tolerant {
            rehearsal::try_all(participants, self.plan.timeout, recorder).await?;
        }
        let names: Vec<_> = participants.iter().map(|participant| participant.name().to_owned()).collect();
        recorder.begin(schedule::rounds(self.plan), 2 * participants.len());
        self.strikes = vec![0; participants.len()];
        let idle = self.plan.idle.max(self.plan.interval);
        let mut idling = Idling::new(idle, participants.len(), asked.or_else(|| recorder.resumed_at()));
        let mut rehearsed = self.tolerant;
        for round in 0.. {
            let turn = self.turn(round, &names, recorder);
            if turn.is_nothing() {
                break;
            }
            let order = self.order(participants.len());
            if recorder.keeps(round, turn, participants)? {
                continue;
            }
            if !std::mem::replace(&mut rehearsed, true) {
                rehearsal::start_all(participants, recorder).await?;
            }
            let mut round = Round { number: round, turn, order, absent: BTreeSet::new() };
            self.start_and_ask_warm(&mut round, participants, &mut idling, recorder).await?;
            self.ask_cold(&round, participants, &mut idling, recorder).await?;
            stop_all(participants).await;
            self.check_answers(participants)?;
        }
        Ok(())
    }

    /// What is taken in that round: of each phase that is not over yet.
    fn turn(&mut self, round: usize, names: &[String], recorder: &Recorder) -> Turn {
        for phase in Phase::ONE_BY_ONE {
            let mut planned = schedule::rounds_of(phase, self.plan);
            if phase == Phase::Warm && round >= planned {
                // Rounds that were only warm-up are made up for.
                planned += recorder.unsettled_rounds(names).min(planned);
            }
            if round >= planned || recorder.knows_enough(self.plan, phase, round, names) {
                self.over.insert(phase);
            }
        }
        Turn::of(self.plan, round, &self.over)
    }

    /// The order of `n` targets in the next round.
    fn order(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        order.shuffle(&mut self.rng);
        order
    }

    /// Each runs once, is started, and asked warm.
    async fn start_and_ask_warm<C: Measurable>(
        &mut self,
        round: &mut Round,
        participants: &mut [C],
        idling: &mut Idling,
        recorder: &mut Recorder,
    ) -> Result<(), Error> {
        for index in round.order.clone() {
            let participant = &mut participants[index];
            let abilities = participant.abilities();
            if round.turn.once && abilities.once {
                let sample = participant.once().await;
                recorder.record(participant.url(), sample.in_round(round.number))?;
            }
            if !abilities.serves {
                round.absent.insert(index);
            } else if self.start(index, participant, round, recorder).await? {
                self.warm_block(participant, round, recorder).await?;
                if abilities.starts || round.turn.warm > 0 {
                    idling.answered(index, Instant::now());
                }
            }
            recorder.turn_is_over();
        }
        Ok(())
    }

    /// Whether it can be asked in this round.
    async fn start<C: Measurable>(
        &mut self,
        index: usize,
        participant: &mut C,
        round: &mut Round,
        recorder: &mut Recorder,
    ) -> Result<bool, Error> {
        let started = if self.strikes[index] < STRIKES {
            participant.start().await
        } else {
            Err(Error::Target(format!("not started again after {STRIKES} failures in a row")))
        };
        let sample = match started {
            Ok(sample) => {
                self.strikes[index] = 0;
                sample.filter(|_| round.turn.startup)
            }
            Err(why) => {
                self.strikes[index] = (self.strikes[index] + 1).min(STRIKES);
                participant.stop().await;
                round.absent.insert(index);
                let sample = participant.not_started(&why).in_round(round.number);
                recorder.record(participant.url(), sample)?;
                return if self.strikes[index] == STRIKES && !self.tolerant { Err(why) } else { Ok(false) };
            }
        };
        if let Some(sample) = sample {
            recorder.record(participant.url(), sample.in_round(round.number))?;
        }
        Ok(true)
    }

    async fn warm_block<C: Measurable>(
        &self,
        participant: &mut C,
        round: &Round,
        recorder: &mut Recorder,
    ) -> Result<(), Error> {
        let turn = round.turn;
        if turn.warm == 0 {
            return Ok(());
        }
        let warm_up = turn.warm_up(participant.abilities());
        for request in 0..warm_up + turn.warm {
            let phase = if request < warm_up { Phase::WarmUp } else { Phase::Warm };
            let mut sample = participant.warm(phase).await;
            let is_last = request + 1 == warm_up + turn.warm;
            if is_last {
                sample.memory_bytes = participant.memory().await;
                if let Some(burst) = self.plan.burst.filter(|_| turn.burst) {
                    sample.throughput_per_s = participant.throughput(burst).await;
                }
            }
            let next = self.next_send(&sample).filter(|_| !is_last);
            recorder.record(participant.url(), sample.in_round(round.number))?;
            if let Some(next) = next {
                sleep_until(next).await;
            }
        }
        // A connection that waits for its next turn would keep its place in the server's memory from round to round,
        // and one target could have the better place for good.
        participant.disconnect().await;
        Ok(())
    }

    /// Each is asked cold, once it has idled.
    async fn ask_cold<C: Measurable>(
        &mut self,
        round: &Round,
        participants: &mut [C],
        idling: &mut Idling,
        recorder: &mut Recorder,
    ) -> Result<(), Error> {
        for &index in &round.order {
            if round.turn.cold && !round.absent.contains(&index) {
                if let Some(ready) = idling.ready(index, participants) {
                    sleep_until(ready).await;
                }
                let participant = &mut participants[index];
                let mut sample = participant.cold().await;
                idling.answered(index, Instant::now());
                if round.turn.warm == 0 {
                    sample.memory_bytes = participant.memory().await;
                }
                self.record_cold(participant.url(), sample.in_round(round.number), recorder)?;
            }
            recorder.turn_is_over();
        }
        Ok(())
    }

    /// Where it was refused, it may have been for what this client added to it.
    fn record_cold(&mut self, url: &str, sample: Sample, recorder: &mut Recorder) -> Result<(), Error> {
        let hint = explain::cold_query_hint(&sample.outcome).filter(|_| !self.plan.caches.no_cache_buster);
        if !self.cold_was_answered && hint.is_some() {
            // So will the others be, and warm requests are without it.
            self.over.insert(Phase::Cold);
        }
        self.cold_was_answered |= sample.outcome.is_ok();
        match (recorder.record(url, sample), hint) {
            (Err(Error::Target(why)), Some(hint)) => Err(Error::Target(format!("{why}; {hint}"))),
            (recorded, _) => recorded,
        }
    }

    /// Two services that answer differently do different things, and which is faster is no question.
    fn check_answers<C: Measurable>(&mut self, participants: &[C]) -> Result<(), Error> {
        if !std::mem::take(&mut self.alike_unchecked) {
            return Ok(());
        }
        let Some((first, others)) = participants.split_first() else { return Ok(()) };
        let differing = others.iter().find_map(|other| Some((other, first.difference(other)?)));
        differing.map_or(Ok(()), |(other, difference)| {
            Err(Error::Usage(format!(
                "{} and {} do not answer alike ({difference}): compare what gives the same answer",
                told(first),
                told(other)
            )))
        })
    }

    /// `interval` after the last send, which may be now; no wait at all for an interval of nothing.
    fn next_send(&self, last: &Sample) -> Option<Instant> {
        let rest = self.plan.interval.checked_sub(Duration::from_nanos(last.service_ns()))?;
        (!rest.is_zero()).then(|| Instant::now() + rest)
    }
}

/// The port of what is started is another one in every round, and says nothing.
fn told<C: Measurable>(participant: &C) -> &str {
    if participant.abilities().starts { participant.name() } else { participant.url() }
}

async fn stop_all<C: Measurable>(participants: &mut [C]) {
    for participant in participants {
        participant.stop().await;
    }
}

#[cfg(test)]
mod tests;
