//! The order of events: which target is asked when. Targets take turns, in an order drawn anew for every round,
//! so that what the machine does meanwhile falls on all of them alike.

use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::asked::Asked;
use crate::error::Error;
use crate::explain;
use crate::idle::Idling;
use crate::placement::Placement;
use crate::plan::Plan;
use crate::recorder::Recorder;
use crate::rounds::{WARM_UP, share, unless_kept, warm_rounds};
use crate::sample::{Phase, Sample};

/// Whether a phase came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// With every sample taken.
    Completely,
    /// By the user.
    Interrupted,
}

/// Runs the phases of a plan.
pub struct Scenario<'a> {
    plan: &'a Plan,
    cancel: &'a CancellationToken,
    rng: ChaCha8Rng,
    /// Of the cores, apart from the order.
    cores: ChaCha8Rng,
    /// Whether it is still to be seen that all targets answer alike.
    alike_unchecked: bool,
}

impl<'a> Scenario<'a> {
    /// With the plan's seed.
    pub fn new(plan: &'a Plan, cancel: &'a CancellationToken) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(plan.seed);
        let mut cores = rng.clone();
        cores.set_stream(1);
        Self { plan, cancel, rng, cores, alike_unchecked: false }
    }

    /// Of targets that are to be compared, and so must answer alike: else the measurement ends after the first round.
    pub fn of_alike_targets(self) -> Self {
        Self { alike_unchecked: true, ..self }
    }

    /// What it runs.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// The order of `n` targets in the next round.
    pub fn order(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        order.shuffle(&mut self.rng);
        order
    }

    /// Cold, then warm samples of every target; `asked` is when each was last asked, if it was.
    ///
    /// # Errors
    ///
    /// The recorder's.
    pub async fn cold_and_warm<A: Asked>(
        &mut self,
        targets: &mut [A],
        asked: Option<Instant>,
        recorder: &mut Recorder,
    ) -> Result<Ended, Error> {
        if self.cold(targets, asked, recorder).await? == Ended::Interrupted {
            return Ok(Ended::Interrupted);
        }
        self.warm(targets, recorder).await
    }

    async fn cold<A: Asked>(
        &mut self,
        targets: &mut [A],
        asked: Option<Instant>,
        recorder: &mut Recorder,
    ) -> Result<Ended, Error> {
        let rounds = self.plan.cold_samples;
        recorder.begin(Phase::Cold, rounds, targets.len());
        let kept = recorder.resume(Phase::Cold, &names(targets), |_| 1)?;
        let placement = Placement::here();
        let idle = self.plan.idle.max(self.plan.interval);
        let mut idling = Idling::new(idle, targets, asked.or_else(|| recorder.resumed_at()));
        for round in 0..rounds {
            if recorder.knows_enough(self.plan, Phase::Cold, round, &names(targets)) {
                break;
            }
            placement.move_to(self.cores.random());
            let order = self.order(targets.len());
            for index in unless_kept(order, round < kept) {
                let target = &mut targets[index];
                let Some(sample) = self.unless_cancelled(idling.ready(index), target.cold()).await else {
                    return Ok(Ended::Interrupted);
                };
                idling.answered(index, Instant::now());
                let hint = self.cold_query_hint(&sample);
                match (recorder.record(target.url(), sample.in_round(round)), hint) {
                    // Warm requests are without that query: whether they are answered is still to be seen.
                    (Err(Error::Target(_)), Some(_)) if self.plan.warm_samples > 0 => {
                        return Ok(Ended::Completely);
                    }
                    (Err(Error::Target(why)), Some(hint)) => {
                        return Err(Error::Target(format!("{why}; {hint}")));
                    }
                    (recorded, _) => recorded?,
                }
            }
            if round >= kept {
                self.check_answers(targets)?;
            }
        }
        Ok(Ended::Completely)
    }

    /// Why a cold request may have been refused, if that may be for what this client added to it.
    fn cold_query_hint(&self, sample: &Sample) -> Option<&'static str> {
        explain::cold_query_hint(&sample.outcome).filter(|_| !self.plan.caches.no_cache_buster)
    }

    async fn warm<A: Asked>(&mut self, targets: &mut [A], recorder: &mut Recorder) -> Result<Ended, Error> {
        recorder.begin(Phase::Warm, self.plan.warm_samples, targets.len());
        let planned = warm_rounds(self.plan.warm_samples);
        let in_round = |round| WARM_UP + share(self.plan.warm_samples, round);
        let placement = Placement::here();
        let kept = recorder.resume(Phase::Warm, &names(targets), in_round)?;
        for round in 0.. {
            // Rounds that were only warm-up are made up for.
            if round >= planned && round >= planned + recorder.unsettled_rounds(&names(targets)).min(planned)
                || recorder.knows_enough(self.plan, Phase::Warm, round, &names(targets))
            {
                break;
            }
            placement.move_to(self.cores.random());
            let order = self.order(targets.len());
            for index in unless_kept(order, round < kept) {
                if self.warm_block(&mut targets[index], round, recorder).await? == Ended::Interrupted {
                    return Ok(Ended::Interrupted);
                }
            }
            if round >= kept {
                self.check_answers(targets)?;
            }
        }
        Ok(Ended::Completely)
    }

    async fn warm_block<A: Asked>(
        &self,
        target: &mut A,
        round: usize,
        recorder: &mut Recorder,
    ) -> Result<Ended, Error> {
        let samples = share(self.plan.warm_samples, round);
        let phases =
            std::iter::repeat_n(Phase::WarmUp, WARM_UP).chain(std::iter::repeat_n(Phase::Warm, samples));
        let mut ready = None;
        for phase in phases {
            let Some(sample) = self.unless_cancelled(ready, target.warm(phase)).await else {
                return Ok(Ended::Interrupted);
            };
            ready = self.next_send(&sample);
            recorder.record(target.url(), sample.in_round(round))?;
        }
        // A connection that waits for its next turn would keep its place in the server's memory from round to round,
        // and one target could have the better place for good.
        target.disconnect().await;
        Ok(Ended::Completely)
    }

    /// Two services that answer differently do different things, and which is faster is no question.
    fn check_answers<A: Asked>(&mut self, targets: &[A]) -> Result<(), Error> {
        if !std::mem::take(&mut self.alike_unchecked) {
            return Ok(());
        }
        let Some((first, others)) = targets.split_first() else { return Ok(()) };
        let differing = others.iter().find_map(|other| Some((other, first.difference(other)?)));
        differing.map_or(Ok(()), |(other, difference)| {
            Err(Error::Usage(format!(
                "{} and {} do not answer alike ({difference}): compare what gives the same answer",
                first.url(),
                other.url()
            )))
        })
    }

    /// `interval` after the last send, which may be now; no wait at all for an interval of nothing.
    fn next_send(&self, last: &Sample) -> Option<Instant> {
        let rest = self.plan.interval.checked_sub(Duration::from_nanos(last.service_ns()))?;
        (!rest.is_zero()).then(|| Instant::now() + rest)
    }

    /// What `asking` gives after `ready`; `None` when the user has had enough.
    async fn unless_cancelled(
        &self,
        ready: Option<Instant>,
        asking: impl Future<Output = Sample>,
    ) -> Option<Sample> {
        let wait_and_ask = async {
            if let Some(ready) = ready {
                sleep_until(ready).await;
            }
            asking.await
        };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => None,
            sample = wait_and_ask => Some(sample),
        }
    }
}

fn names<A: Asked>(targets: &[A]) -> Vec<String> {
    targets.iter().map(|target| target.name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Freshness, Testimony};
    use crate::progress::Progress;
    use crate::report::fixtures;
    use crate::rounds::WARM_BLOCK;
    use crate::sample::{Outcome, Segments};
    use std::cell::RefCell;
    use std::rc::Rc;

    type Diary = Rc<RefCell<Vec<(Duration, &'static str, Phase)>>>;

    /// Answers after some paused time, and writes down when it was asked.
    struct Scripted {
        name: &'static str,
        url: String,
        begun: Instant,
        diary: Diary,
        cancel_at: Option<(usize, CancellationToken)>,
        outcome: Outcome,
        millis: Millis,
    }

    /// How long the answer takes that so many requests go before.
    type Millis = Rc<dyn Fn(usize) -> u64>;

    impl Scripted {
        async fn answer(&mut self, phase: Phase) -> Sample {
            let millis = (self.millis)(self.diary.borrow().len());
            self.diary.borrow_mut().push((self.begun.elapsed(), self.name, phase));
            if let Some((at, cancel)) = &self.cancel_at
                && self.diary.borrow().len() == *at
            {
                cancel.cancel();
            }
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Sample {
                target: self.name.into(),
                phase,
                round: 0,
                intended_ns: 0,
                sent_ns: 0,
                done_ns: millis * 1_000_000,
                segments: Segments::default(),
                new_connection: true,
                retried: false,
                waited: false,
                outcome: self.outcome.clone(),
                freshness: Freshness::Unknown,
                testimony: Testimony::default(),
                headers: Default::default(),
                memory_bytes: None,
            }
        }
    }

    impl Asked for Scripted {
        fn name(&self) -> &str {
            self.name
        }
        fn url(&self) -> &str {
            &self.url
        }
        fn difference(&self, _: &Self) -> Option<String> {
            None
        }
        async fn cold(&mut self) -> Sample {
            self.answer(Phase::Cold).await
        }
        async fn disconnect(&mut self) {}
        async fn warm(&mut self, phase: Phase) -> Sample {
            self.answer(phase).await
        }
    }

    fn plan(cold: usize, warm: usize, interval: Duration) -> Plan {
        Plan { cold_samples: cold, warm_samples: warm, interval, ..fixtures::plan() }
    }

    struct Played {
        ended: Result<Ended, Error>,
        diary: Vec<(Duration, &'static str, Phase)>,
        samples: Vec<Sample>,
    }

    async fn play(plan: Plan, cancel_at: Option<usize>, outcome: Outcome) -> Played {
        play_with(plan, cancel_at, outcome, Rc::new(|_| 1)).await
    }

    async fn play_with(plan: Plan, cancel_at: Option<usize>, outcome: Outcome, millis: Millis) -> Played {
        play_at(|name| format!("http://{name}/"), plan, cancel_at, outcome, millis).await
    }

    async fn play_at(
        url: impl Fn(&str) -> String,
        plan: Plan,
        cancel_at: Option<usize>,
        outcome: Outcome,
        millis: Millis,
    ) -> Played {
        let (diary, cancel) = (Diary::default(), CancellationToken::new());
        let mut targets: Vec<_> = ["a", "b", "c"]
            .into_iter()
            .map(|name| Scripted {
                name,
                url: url(name),
                begun: Instant::now(),
                diary: diary.clone(),
                cancel_at: cancel_at.map(|at| (at, cancel.clone())),
                outcome: outcome.clone(),
                millis: millis.clone(),
            })
            .collect();
        let mut recorder = Recorder::new(None, Progress::new(true), plan.timeout);
        let ended = Scenario::new(&plan, &cancel).cold_and_warm(&mut targets, None, &mut recorder).await;
        Played { ended, diary: diary.borrow().clone(), samples: recorder.finish() }
    }

    const IDLE: Duration = Duration::from_millis(1500);

    /// The shortest time from one request to the next, of all or of those of a target.
    fn shortest(played: &Played, of: Option<&str>) -> Duration {
        let is_of = |entry: &&(Duration, &str, Phase)| of.is_none_or(|name| entry.1 == name);
        let asked: Vec<_> = played.diary.iter().filter(is_of).map(|(at, ..)| *at).collect();
        asked.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_target_idles_before_each_cold_request_and_the_machine_for_a_part_of_that() {
        let played = play(plan(5, 0, Duration::ZERO), None, Outcome::Ok).await;
        assert_eq!(played.samples.len(), 15);
        for name in ["a", "b", "c"] {
            assert!(shortest(&played, Some(name)) >= IDLE, "{:?}", played.diary);
        }
        assert!(shortest(&played, None) >= IDLE / 3, "{:?}", played.diary);
        // The targets idle at the same time: fourteen requests do not wait one after the other.
        assert!(played.diary.last().unwrap().0 < 14 * IDLE * 2 / 3, "{:?}", played.diary);
    }

    #[tokio::test(start_paused = true)]
    async fn targets_of_one_server_wait_until_that_has_idled() {
        let plan = plan(5, 0, Duration::ZERO);
        let url = |name: &str| format!("http://server/{name}");
        let played = play_at(url, plan, None, Outcome::Ok, Rc::new(|_| 1)).await;
        assert!(shortest(&played, None) >= IDLE, "{:?}", played.diary);
    }

    #[tokio::test(start_paused = true)]
    async fn the_order_of_targets_changes_and_the_seed_decides_it() {
        let names = |played: &Played| played.diary.iter().map(|(_, name, _)| *name).collect::<String>();
        let first = names(&play(plan(8, 0, Duration::ZERO), None, Outcome::Ok).await);
        let again = names(&play(plan(8, 0, Duration::ZERO), None, Outcome::Ok).await);
        assert_eq!(first, again);
        assert!(first.as_bytes().chunks(3).any(|round| round != &first.as_bytes()[..3]), "{first}");
    }

    #[tokio::test(start_paused = true)]
    async fn warm_samples_come_in_rounds_each_begun_by_a_warm_up() {
        let played = play(plan(0, 425, Duration::ZERO), None, Outcome::Ok).await;
        let count = |phase| played.samples.iter().filter(|s| s.phase == phase && s.target == "a").count();
        assert_eq!((count(Phase::Warm), count(Phase::WarmUp)), (425, 22 * WARM_UP));
        let last_round = played.samples.iter().map(|s| s.round).max();
        assert_eq!(last_round, Some(21));
    }

    #[tokio::test(start_paused = true)]
    async fn rounds_that_were_only_warm_up_are_made_up_for() {
        let slow = Rc::new(|asked: usize| if asked < 3 * 46 { 9 } else { 1 });
        let played = play_with(plan(0, 1000, Duration::ZERO), None, Outcome::Ok, slow).await;
        let samples = played.samples;
        let warm = samples.iter().filter(|s| s.phase == Phase::Warm && s.target == "a").count();
        // The first two of fifty rounds took nine times as long, and count in no figure.
        assert_eq!((warm, samples.iter().map(|s| s.round).max()), (1000, Some(51)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_phase_ends_when_every_target_is_known_well_enough() {
        let until = |text: &str| Plan { until: text.parse().ok(), ..plan(100, 5000, Duration::ZERO) };
        let played = play(until("p50±2%"), None, Outcome::Ok).await;
        let count = |phase| played.samples.iter().filter(|s| s.phase == phase && s.target == "a").count();
        // Every answer takes the same time.
        assert_eq!((count(Phase::Cold), count(Phase::Warm)), (20, 20 * WARM_BLOCK));
        let never = play(until("p999±2%"), None, Outcome::Ok).await;
        assert_eq!(never.samples.iter().filter(|s| s.phase == Phase::Cold).count(), 300);
    }

    #[tokio::test(start_paused = true)]
    async fn an_interval_counts_from_send_to_send() {
        let played = play(plan(0, 10, Duration::from_secs(1)), None, Outcome::Ok).await;
        let warm: Vec<_> = played.diary.iter().filter(|(.., phase)| *phase != Phase::Cold).collect();
        let same_block = |pair: &[&(Duration, &str, Phase)]| {
            pair[0].1 == pair[1].1 && pair[1].2 == Phase::WarmUp && pair[0].2 == Phase::WarmUp
        };
        for pair in warm.windows(2).filter(|pair| same_block(pair)) {
            assert_eq!(pair[1].0 - pair[0].0, Duration::from_secs(1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_interruption_keeps_what_was_measured() {
        let played = play(plan(5, 5, Duration::ZERO), Some(7), Outcome::Ok).await;
        assert!(matches!(played.ended, Ok(Ended::Interrupted)));
        assert_eq!(played.samples.len(), 6);
    }

    #[tokio::test(start_paused = true)]
    async fn a_target_that_never_answered_ends_the_measurement_at_once() {
        let played = play(plan(5, 5, Duration::ZERO), None, Outcome::Status(500)).await;
        let message = played.ended.unwrap_err().to_string();
        assert!(message.contains("/ answered 500"), "{message}");
        assert_eq!(played.diary.len(), 1);
    }
}
