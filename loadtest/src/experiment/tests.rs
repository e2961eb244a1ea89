use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::evidence::Freshness;
use crate::plan::Burst;
use crate::progress::Progress;
use crate::report::fixtures;
use crate::sample::Outcome;
use crate::schedule::Abilities;

/// When who was asked what; `None` is a stop.
type Diary = Rc<RefCell<Vec<(Duration, &'static str, Option<Phase>)>>>;

/// How three targets, a, b and c, behave.
#[derive(Clone)]
struct Script {
    starts: bool,
    cancel_at: Option<usize>,
    outcome: Outcome,
    /// How long the answer takes that so many requests go before.
    millis: Rc<dyn Fn(usize) -> u64>,
    url: fn(&str) -> String,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            starts: false,
            cancel_at: None,
            outcome: Outcome::Ok,
            millis: Rc::new(|_| 1),
            url: |name| format!("http://{name}/"),
        }
    }
}

/// Answers after some paused time, and writes down when it was asked.
struct Scripted {
    name: &'static str,
    url: String,
    begun: Instant,
    diary: Diary,
    script: Script,
    cancel: CancellationToken,
}

impl Scripted {
    fn note(&self, phase: Option<Phase>) {
        self.diary.borrow_mut().push((self.begun.elapsed(), self.name, phase));
    }

    async fn answer(&mut self, phase: Phase) -> Sample {
        let millis = (self.script.millis)(self.diary.borrow().len());
        self.note(Some(phase));
        if self.script.cancel_at == Some(self.diary.borrow().len()) {
            self.cancel.cancel();
        }
        tokio::time::sleep(Duration::from_millis(millis)).await;
        Sample {
            target: self.name.into(),
            done_ns: millis * 1_000_000,
            new_connection: true,
            outcome: self.script.outcome.clone(),
            freshness: Freshness::Unknown,
            ..fixtures::sample("", phase, 1)
        }
    }
}

impl Measurable for Scripted {
    fn name(&self) -> &str {
        self.name
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn difference(&self, _: &Self) -> Option<String> {
        None
    }

    fn abilities(&self) -> Abilities {
        if self.script.starts { Abilities::STARTS } else { Abilities::RUNS }
    }

    async fn once(&mut self) -> Sample {
        self.answer(Phase::Once).await
    }

    fn not_started(&self, _: &Error) -> Sample {
        Sample { target: self.name.into(), ..fixtures::sample("", Phase::Startup, 0) }
    }

    async fn start(&mut self) -> Result<Option<Sample>, Error> {
        Ok(if self.script.starts { Some(self.answer(Phase::Startup).await) } else { None })
    }

    async fn cold(&mut self) -> Sample {
        self.answer(Phase::Cold).await
    }

    async fn disconnect(&mut self) {}

    async fn warm(&mut self, phase: Phase) -> Sample {
        self.answer(phase).await
    }

    async fn throughput(&self, _: Burst) -> Option<f64> {
        None
    }

    async fn clean(&mut self) {}

    async fn memory(&self) -> Option<u64> {
        self.script.starts.then_some(7 << 20)
    }

    async fn stop(&mut self) {
        if self.script.starts {
            self.note(None);
        }
    }
}

fn plan(cold: usize, warm: usize) -> Plan {
    Plan { cold_samples: cold, warm_samples: warm, ..fixtures::plan() }
}

struct Played {
    ended: Result<Ended, Error>,
    diary: Vec<(Duration, &'static str, Option<Phase>)>,
    samples: Vec<Sample>,
}

impl Played {
    fn count(&self, phase: Phase, name: &str) -> usize {
        self.samples.iter().filter(|s| s.phase == phase && s.target == name).count()
    }

    /// The shortest time from one request to the next, of all or of those of a target.
    fn shortest(&self, of: Option<&str>) -> Duration {
        let is_of = |entry: &&(Duration, &str, Option<Phase>)| of.is_none_or(|name| entry.1 == name);
        let asked: Vec<_> = self.diary.iter().filter(is_of).map(|(at, ..)| *at).collect();
        asked.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap()
    }
}

async fn play(plan: Plan, script: Script) -> Played {
    let (diary, cancel) = (Diary::default(), CancellationToken::new());
    let mut participants = Vec::from(["a", "b", "c"].map(|name| Scripted {
        name,
        url: (script.url)(name),
        begun: Instant::now(),
        diary: diary.clone(),
        script: script.clone(),
        cancel: cancel.clone(),
    }));
    let mut recorder = Recorder::new(None, Progress::new(true), plan.timeout);
    let ended = run(&plan, &mut participants, Terms::default(), &mut recorder, &cancel).await;
    Played { ended, diary: diary.borrow().clone(), samples: recorder.finish() }
}

const IDLE: Duration = Duration::from_millis(1500);

#[tokio::test(start_paused = true)]
async fn a_target_idles_before_each_cold_request_and_the_machine_for_a_part_of_that() {
    let played = play(plan(5, 0), Script::default()).await;
    assert_eq!(played.samples.len(), 15);
    for name in ["a", "b", "c"] {
        assert!(played.shortest(Some(name)) >= IDLE, "{:?}", played.diary);
    }
    assert!(played.shortest(None) >= IDLE / 3, "{:?}", played.diary);
    // The targets idle at the same time: fourteen requests do not wait one after the other.
    assert!(played.diary.last().unwrap().0 < 14 * IDLE * 2 / 3, "{:?}", played.diary);
}

#[tokio::test(start_paused = true)]
async fn targets_of_one_server_wait_until_that_has_idled() {
    let script = Script { url: |name| format!("http://server/{name}"), ..Script::default() };
    let played = play(plan(5, 0), script).await;
    assert!(played.shortest(None) >= IDLE, "{:?}", played.diary);
}

#[tokio::test(start_paused = true)]
async fn in_every_round_a_target_is_started_asked_warm_left_idle_asked_cold_and_stopped() {
    let plan = Plan { startup_samples: 2, ..plan(2, 40) };
    let played = play(plan, Script { starts: true, ..Script::default() }).await;
    let of_a: Vec<_> = played.diary.iter().filter(|(_, name, _)| *name == "a").collect();
    let mut told: Vec<_> = of_a.iter().map(|(.., phase)| *phase).collect();
    told.dedup();
    let round = [Some(Phase::Startup), Some(Phase::WarmUp), Some(Phase::Warm), Some(Phase::Cold), None];
    let without_cold = [Some(Phase::Startup), Some(Phase::WarmUp), Some(Phase::Warm), None];
    // One start is not counted; from the third round on there are only warm samples left.
    let mut expected = vec![Some(Phase::Startup), None];
    expected.extend(round.iter().chain(&round));
    (2..20).for_each(|_| expected.extend(without_cold));
    assert_eq!(told[..expected.len()], expected);
    let cold = of_a.windows(2).filter(|pair| pair[1].2 == Some(Phase::Cold));
    assert!(cold.into_iter().all(|pair| pair[1].0 - pair[0].0 >= IDLE), "{of_a:?}");
    assert_eq!((played.count(Phase::Startup, "a"), played.count(Phase::Cold, "a")), (2, 2));
    assert_eq!(played.count(Phase::Warm, "a"), 40);
}

#[tokio::test(start_paused = true)]
async fn the_memory_of_what_was_started_is_taken_once_in_each_round() {
    for (cold, warm) in [(3, 0), (3, 60)] {
        let played = play(plan(cold, warm), Script { starts: true, ..Script::default() }).await;
        let rounds = if warm > 0 { 20 } else { cold };
        let weighed: Vec<_> = played.samples.iter().filter(|s| s.memory_bytes.is_some()).collect();
        assert_eq!(weighed.len(), 3 * rounds);
        assert!(weighed.iter().all(|s| s.phase == if warm > 0 { Phase::Warm } else { Phase::Cold }));
    }
    let running = play(plan(3, 60), Script::default()).await;
    assert!(running.samples.iter().all(|s| s.memory_bytes.is_none()));
}

#[tokio::test(start_paused = true)]
async fn the_order_of_targets_changes_and_the_seed_decides_it() {
    let names = |played: &Played| played.diary.iter().map(|(_, name, _)| *name).collect::<String>();
    let first = names(&play(plan(8, 0), Script::default()).await);
    let again = names(&play(plan(8, 0), Script::default()).await);
    assert_eq!(first, again);
    assert!(first.as_bytes().chunks(3).any(|round| round != &first.as_bytes()[..3]), "{first}");
}

#[tokio::test(start_paused = true)]
async fn warm_samples_come_in_rounds_each_begun_by_a_warm_up() {
    let played = play(plan(0, 425), Script::default()).await;
    assert_eq!((played.count(Phase::Warm, "a"), played.count(Phase::WarmUp, "a")), (425, 22 * 3));
    assert_eq!(played.samples.iter().map(|s| s.round).max(), Some(21));
}

#[tokio::test(start_paused = true)]
async fn rounds_that_were_only_warm_up_are_made_up_for() {
    let slow = Rc::new(|asked: usize| if asked < 2 * 3 * 23 { 9 } else { 1 });
    let played = play(plan(0, 1000), Script { millis: slow, ..Script::default() }).await;
    // The first two of fifty rounds took nine times as long, and count in no figure.
    assert_eq!(played.count(Phase::Warm, "a"), 1000);
    assert_eq!(played.samples.iter().map(|s| s.round).max(), Some(51));
}

#[tokio::test(start_paused = true)]
async fn a_phase_ends_when_every_target_is_known_well_enough() {
    let until = |text: &str| Plan { until: text.parse().ok(), ..plan(100, 5000) };
    let played = play(until("p50±2%"), Script::default()).await;
    // Every answer takes the same time.
    assert_eq!((played.count(Phase::Cold, "a"), played.count(Phase::Warm, "a")), (20, 20 * 20));
    let never = play(until("p999±2%"), Script::default()).await;
    assert_eq!(never.samples.iter().filter(|s| s.phase == Phase::Cold).count(), 300);
}

#[tokio::test(start_paused = true)]
async fn an_interval_counts_from_send_to_send() {
    let plan = Plan { interval: Duration::from_secs(1), ..plan(0, 10) };
    let played = play(plan, Script::default()).await;
    let of_a: Vec<_> = played.diary.iter().filter(|(_, name, _)| *name == "a").collect();
    assert_eq!(of_a.len(), 13);
    assert!(of_a.windows(2).all(|pair| pair[1].0 - pair[0].0 == Duration::from_secs(1)), "{of_a:?}");
}

#[tokio::test(start_paused = true)]
async fn an_interruption_keeps_what_was_measured_and_ends_what_was_started() {
    let script = Script { cancel_at: Some(20), starts: true, ..Script::default() };
    let played = play(plan(5, 5), script).await;
    assert!(matches!(played.ended, Ok(Ended::Interrupted)));
    assert!(!played.samples.is_empty() && played.samples.len() < 20);
    let last: Vec<_> = played.diary.iter().rev().take(3).map(|(_, name, phase)| (*name, *phase)).collect();
    assert_eq!(last, [("c", None), ("b", None), ("a", None)]);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_never_answered_ends_the_measurement_at_once() {
    let script = Script { outcome: Outcome::Status(500), ..Script::default() };
    let played = play(plan(5, 5), script).await;
    let message = played.ended.unwrap_err().to_string();
    assert!(message.contains("/ answered 500"), "{message}");
    assert_eq!(played.diary.len(), 1);
}
