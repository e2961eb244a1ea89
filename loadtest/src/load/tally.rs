//! What a thread has seen of a load: counted as it comes, so that millions of requests need no room.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::pacer::{Pace, SLICES};
use crate::sample::Outcome;
use crate::stats::Counted;

/// Of more instances than these it is only known that there were more.
const MAX_INSTANCES: usize = 100_000;

/// More causes are not told apart.
const MAX_CAUSES: usize = 100;
const OTHER_CAUSE: &str = "another cause";

/// What a thread has seen of a load, or all of them together.
#[derive(Clone, Debug)]
pub struct Tally {
    pub sent: u64,
    pub finished: u64,
    pub connections: u64,
    /// When the last one was sent, since the start.
    pub last_sent: Duration,
    /// When the last one was over, since the start.
    pub last_done: Duration,
    /// Done − intended of ok requests, by slice; censored of those that timed out or were not sent. Empty of a closed loop,
    /// where it is the service time.
    latency: Vec<Counted>,
    /// Done − sent of ok requests, by slice; censored of those that timed out.
    pub service: Vec<Counted>,
    /// Sent − intended where a connection was free when the request was due: the client's own lateness.
    pub late: Counted,
    /// The shortest wait for a connection in each slice, in nanoseconds.
    pub shortest_wait: [Option<u64>; SLICES],
    pub failures: BTreeMap<String, usize>,
    /// The same by slice.
    pub failed: [u64; SLICES],
    pub causes: BTreeMap<String, usize>,
    /// The first wrong answer that was seen: how it differs, and how its body begins.
    pub wrong_answer: Option<String>,
    /// Requests that were neither, since this client was stopped meanwhile. In no time.
    pub client_stopped: u64,
    /// Requests that were sent again, on a new connection, since the server was closing the kept one.
    pub retried: u64,
    /// Ok answers that came before requests were to end.
    pub in_time: u64,
    /// By an instance that had answered nothing before.
    pub fresh: usize,
    /// By one that had.
    pub reused: usize,
    /// Not told.
    pub unknown: usize,
    instances: HashSet<u64>,
    hasher: RandomState,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// How many others go before it.
    pub index: u64,
    pub slice: usize,
    pub intended: Duration,
    pub sent: Duration,
    pub free: Duration,
}

impl Tally {
    /// Of requests at that pace; it can be added to others that `hasher` is given to.
    pub fn new(pace: &Pace, hasher: RandomState) -> Self {
        Self::of(Counted::default, pace, hasher)
    }

    /// The same, with room for what is counted while it lasts.
    pub fn with_room(pace: &Pace, hasher: RandomState) -> Self {
        Self::of(Counted::with_room, pace, hasher)
    }

    fn of(counted: fn() -> Counted, pace: &Pace, hasher: RandomState) -> Self {
        let slices = |n| std::iter::repeat_with(counted).take(n).collect();
        Self {
            sent: 0,
            finished: 0,
            connections: 0,
            last_sent: Duration::ZERO,
            last_done: Duration::ZERO,
            latency: slices(if pace.rate.is_some() { SLICES } else { 0 }),
            service: slices(SLICES),
            late: counted(),
            shortest_wait: [None; SLICES],
            failures: BTreeMap::new(),
            failed: [0; SLICES],
            causes: BTreeMap::new(),
            wrong_answer: None,
            client_stopped: 0,
            retried: 0,
            in_time: 0,
            fresh: 0,
            reused: 0,
            unknown: 0,
            instances: HashSet::new(),
            hasher,
        }
    }

    /// Done − intended of ok requests, by slice; censored of those that timed out or were not sent.
    pub fn latency(&self) -> &[Counted] {
        if self.latency.is_empty() { &self.service } else { &self.latency }
    }

    /// So many requests of each slice were not sent.
    pub fn censor(&mut self, unsent: [u64; SLICES]) {
        self.latency.iter_mut().zip(unsent).for_each(|(slice, n)| slice.censor(n));
    }

    pub fn ok(&self) -> u64 {
        self.service.iter().map(Counted::count).sum()
    }

    /// How many instances answered, as far as they were counted.
    pub fn instances(&self) -> usize {
        self.instances.len()
    }

    /// Of the answers that say that their instance is fresh, how many are believed: an instance is fresh once, so each
    /// needs a name of its own, and a name that never changes is a fixed header.
    pub fn proven_fresh(&self) -> usize {
        match self.instances.len() {
            MAX_INSTANCES.. => self.fresh,
            1 if self.fresh > 1 => 0,
            names => self.fresh.min(names),
        }
    }

    pub fn send(&mut self, turn: &Turn) {
        self.sent += 1;
        self.last_sent = self.last_sent.max(turn.sent);
        let wait = nanos(turn.sent.saturating_sub(turn.intended));
        if turn.free <= turn.intended {
            self.late.record(wait);
        }
        let shortest = &mut self.shortest_wait[turn.slice];
        *shortest = Some(shortest.map_or(wait, |shortest| shortest.min(wait)));
    }

    /// It is over, and `failed` is the kind of failure, if it was one; none is to be sent after `end`.
    pub fn finish(&mut self, turn: &Turn, done: Duration, end: Option<Duration>, failed: Option<&str>) {
        self.finished += 1;
        self.last_done = self.last_done.max(done);
        let Some(kind) = failed else {
            self.in_time += u64::from(end.is_none_or(|end| done <= end));
            if let Some(latency) = self.latency.get_mut(turn.slice) {
                latency.record(nanos(done.saturating_sub(turn.intended)));
            }
            self.service[turn.slice].record(nanos(done.saturating_sub(turn.sent)));
            return;
        };
        if kind == Outcome::ClientStopped.kind() {
            self.client_stopped += 1;
            return;
        }
        if kind == Outcome::Timeout.kind() {
            if let Some(latency) = self.latency.get_mut(turn.slice) {
                latency.censor(1);
            }
            self.service[turn.slice].censor(1);
        }
        self.failed[turn.slice] += 1;
        count(&mut self.failures, kind, 1);
    }

    /// That failed on the way, for this reason. Few are told, and a server may word them anew each time.
    pub fn blame(&mut self, cause: &str) {
        self.blame_for(cause, 1);
    }

    pub fn differs(&mut self, how: &str) {
        self.wrong_answer.get_or_insert_with(|| how.to_owned());
    }

    fn blame_for(&mut self, cause: &str, n: usize) {
        let is_known = self.causes.contains_key(cause) || self.causes.len() < MAX_CAUSES;
        count(&mut self.causes, if is_known { cause } else { OTHER_CAUSE }, n);
    }

    /// What the server said of the instance that gave an ok answer: its name, and how many it has answered.
    pub fn hear(&mut self, instance: Option<&str>, served: Option<u64>) {
        match (served, instance) {
            (Some(1), Some(_)) => self.fresh += 1,
            (Some(2..), _) => self.reused += 1,
            _ => self.unknown += 1,
        }
        if let Some(instance) = instance
            && self.instances.len() < MAX_INSTANCES
        {
            self.instances.insert(self.hasher.hash_one(instance));
        }
    }

    /// Together with what another machine has seen meanwhile, whose schedule is another: if one of them waits for its
    /// connections, they wait.
    pub fn add_beside(&mut self, other: &Self) {
        let mine = self.shortest_wait;
        self.add(other);
        for ((wait, mine), its) in self.shortest_wait.iter_mut().zip(mine).zip(other.shortest_wait) {
            *wait = mine.max(its);
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.finished += other.finished;
        self.connections += other.connections;
        self.last_sent = self.last_sent.max(other.last_sent);
        self.last_done = self.last_done.max(other.last_done);
        self.latency.iter_mut().zip(&other.latency).for_each(|(mine, its)| *mine += its);
        self.service.iter_mut().zip(&other.service).for_each(|(mine, its)| *mine += its);
        self.late += &other.late;
        for (mine, its) in self.shortest_wait.iter_mut().zip(other.shortest_wait) {
            *mine = [*mine, its].into_iter().flatten().min();
        }
        other.failures.iter().for_each(|(kind, n)| count(&mut self.failures, kind, *n));
        self.failed.iter_mut().zip(other.failed).for_each(|(mine, its)| *mine += its);
        other.causes.iter().for_each(|(cause, n)| self.blame_for(cause, *n));
        other.wrong_answer.iter().for_each(|how| self.differs(how));
        self.client_stopped += other.client_stopped;
        self.retried += other.retried;
        self.in_time += other.in_time;
        self.fresh += other.fresh;
        self.reused += other.reused;
        self.unknown += other.unknown;
        self.instances.extend(&other.instances);
    }
}

fn count(counts: &mut BTreeMap<String, usize>, name: &str, n: usize) {
    match counts.get_mut(name) {
        Some(count) => *count += n,
        None => drop(counts.insert(name.to_owned(), n)),
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::pacer::Until;

    fn turn(intended: u64, sent: u64, free: u64) -> Turn {
        let ms = Duration::from_millis;
        Turn { index: 0, slice: 3, intended: ms(intended), sent: ms(sent), free: ms(free) }
    }

    fn pace(rate: Option<f64>) -> Pace {
        Pace { rate, until: Until::Sent(20) }
    }

    fn tally() -> Tally {
        Tally::new(&pace(Some(1.0)), RandomState::new())
    }

    #[test]
    fn latency_counts_from_when_it_was_due_and_service_time_from_when_it_was_sent() {
        let mut tally = tally();
        let turn = turn(10, 30, 30);
        tally.send(&turn);
        tally.finish(&turn, Duration::from_millis(35), None, None);
        assert_eq!((tally.latency[3].max(), tally.service[3].max()), (Some(25e6), Some(5e6)));
    }

    #[test]
    fn lateness_is_the_clients_only_where_a_connection_was_free() {
        let mut tally = tally();
        tally.send(&turn(10, 30, 30));
        assert_eq!((tally.late.count(), tally.shortest_wait[3]), (0, Some(20_000_000)));
        tally.send(&turn(10, 11, 10));
        assert_eq!((tally.late.max(), tally.shortest_wait[3]), (Some(1e6), Some(1_000_000)));
    }

    #[test]
    fn failures_are_counted_by_kind_and_are_no_times() {
        let mut tally = tally();
        let turn = turn(0, 0, 0);
        for kind in ["timeout", "status-500", "status-500"] {
            tally.finish(&turn, Duration::from_secs(1), None, Some(kind));
        }
        assert_eq!((tally.failures["timeout"], tally.failures["status-500"]), (1, 2));
        assert_eq!((tally.latency[3].censored(), tally.service[3].censored()), (1, 1));
        assert_eq!((tally.finished, tally.ok(), tally.failed[3]), (3, 0, 3));
    }

    #[test]
    fn what_was_under_way_while_this_client_was_stopped_is_no_failure_and_no_time() {
        let mut tally = tally();
        let turn = turn(0, 0, 0);
        tally.finish(&turn, Duration::from_secs(1), None, Some("client-stopped"));
        let mut both = tally.clone();
        both.add(&tally);
        assert_eq!((both.finished, both.client_stopped, both.ok(), both.failed[3]), (2, 2, 0, 0));
        assert!(both.failures.is_empty() && both.latency[3].censored() + both.service[3].censored() == 0);
    }

    #[test]
    fn a_fresh_instance_needs_a_name_of_its_own() {
        let proven = |said: &[(Option<&str>, u64)]| {
            let mut tally = tally();
            said.iter().for_each(|(name, served)| tally.hear(*name, Some(*served)));
            (tally.proven_fresh(), tally.unknown)
        };
        assert_eq!(proven(&[(None, 1); 3]), (0, 3));
        assert_eq!(proven(&[(Some("a"), 1); 3]), (0, 0));
        assert_eq!(proven(&[(Some("a"), 1), (Some("b"), 1), (Some("b"), 1)]), (2, 0));
        assert_eq!(proven(&[(Some("a"), 1), (Some("a"), 2)]), (1, 0));
    }

    #[test]
    fn causes_are_counted_and_not_without_end() {
        let mut tally = tally();
        (0..2 * MAX_CAUSES).for_each(|n| tally.blame(&format!("cause {n}")));
        let mut both = tally.clone();
        both.add(&tally);
        assert_eq!((tally.causes["cause 0"], tally.causes[OTHER_CAUSE]), (1, MAX_CAUSES));
        assert_eq!((both.causes["cause 0"], both.causes[OTHER_CAUSE]), (2, 2 * MAX_CAUSES));
    }

    #[test]
    fn an_answer_that_comes_after_the_end_is_ok_and_no_throughput() {
        let mut tally = tally();
        for done in [5, 15] {
            let (turn, done, end) = (turn(0, 0, 0), Duration::from_millis(done), Duration::from_millis(10));
            tally.finish(&turn, done, Some(end), None);
        }
        assert_eq!((tally.ok(), tally.in_time), (2, 1));
    }

    #[test]
    fn threads_that_meet_the_same_instance_have_met_one() {
        let hasher = RandomState::new();
        let mut tallies = [hasher.clone(), hasher].map(|hasher| Tally::new(&pace(None), hasher));
        for (tally, served) in tallies.iter_mut().zip([1, 2]) {
            tally.hear(Some("a"), Some(served));
        }
        let [mut all, other] = tallies;
        all.add(&other);
        assert_eq!((all.instances(), all.fresh, all.reused, all.unknown), (1, 1, 1, 0));
    }
}
