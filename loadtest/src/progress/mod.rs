//! What a person sees while it measures, on standard error where that is a terminal.

mod line;
mod screen;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use self::line::Seen;
use self::screen::Screen;
use crate::blocks::History;
use crate::sample::{Phase, Sample};

pub struct Progress {
    screen: Screen,
    seen: Seen,
    /// When the first round, or the load, began.
    since: Instant,
    turns: usize,
    total: usize,
    done: usize,
    /// Of those done, the ones that were not there already.
    taken: usize,
    at_most: bool,
    failed: u64,
    times: BTreeMap<Phase, History>,
    /// Of a load, how many rates are over, and of how many.
    rates: (usize, usize),
}

pub struct LoadSeen {
    /// How much of it, or of the rate under way, is over, from 0 to 1.
    pub share: f64,
    pub elapsed: Duration,
    pub requests: u64,
    /// Of those that were answered since this was last told, the slowest.
    pub slowest: Option<Duration>,
    /// Requests that failed since.
    pub failed: u64,
}

impl Progress {
    /// On standard error if that is a terminal, and not `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self {
            screen: Screen::new(quiet),
            seen: Seen::default(),
            since: Instant::now(),
            turns: 1,
            total: 0,
            done: 0,
            taken: 0,
            at_most: false,
            failed: 0,
            times: BTreeMap::new(),
            rates: (0, 1),
        }
    }

    /// The same, of phases that may end before their announced number of samples.
    pub fn at_most(self, at_most: bool) -> Self {
        Self { at_most, ..self }
    }

    pub fn begin(&mut self, rounds: usize, turns: usize) {
        self.turns = turns.max(1);
        (self.since, self.total, self.done, self.taken) = (Instant::now(), rounds * self.turns, 0, 0);
        self.seen = Seen { phase: "start".into(), ..Seen::default() };
        self.show();
    }

    pub fn advance(&mut self, sample: &Sample) {
        if sample.phase == Phase::WarmUp {
            return;
        }
        let us = sample.service_ns() as f64 / 1e3;
        let times = self.times.entry(sample.phase).or_default();
        if sample.outcome.is_ok() {
            times.push(us);
        }
        self.seen.phase = sample.phase.in_words().into();
        self.seen.times = times.clone();
        self.failed += u64::from(sample.outcome.is_failure());
        self.seen.last = Some(us);
        self.seen.target.clear();
        self.seen.target.push_str(&sample.target);
        self.show();
    }

    pub fn turn_is_over(&mut self) {
        (self.done, self.taken) = (self.done + 1, self.taken + 1);
        // Rounds that are made up for were not announced.
        self.total = self.total.max(self.done);
        self.show();
    }

    pub fn skip_round(&mut self) {
        self.done += self.turns;
        self.show();
    }

    pub fn begin_rate(&mut self, over: usize, rates: usize) {
        if over == 0 {
            self.since = Instant::now();
        }
        self.rates = (over, rates);
    }

    pub fn load(&mut self, load: &LoadSeen) {
        let (over, rates) = self.rates;
        let share = (over as f64 + load.share.min(1.0)) / rates as f64;
        let of = if rates > 1 { format!(", rate {} of {rates}", over + 1) } else { String::new() };
        let elapsed = self.since.elapsed().as_secs_f64();
        self.failed += load.failed;
        let seen = &mut self.seen;
        seen.phase = Phase::Load.name().into();
        seen.share = share;
        seen.count = format!("{} requests{of}", load.requests);
        seen.rate = (!load.elapsed.is_zero()).then(|| load.requests as f64 / load.elapsed.as_secs_f64());
        seen.left = (share > 0.0).then(|| seconds(elapsed * (1.0 - share) / share));
        seen.failed = self.failed;
        if let Some(slowest) = load.slowest {
            let us = slowest.as_secs_f64() * 1e6;
            seen.times.push(us);
            seen.last = Some(us);
            seen.target = "slowest now".into();
        }
        self.screen.show(|look| seen.line(look));
    }

    pub fn pause(&mut self) {
        self.screen.clear();
    }

    fn show(&mut self) {
        let Self { screen, seen, since, turns, total, done, taken, at_most, failed, .. } = self;
        screen.show(|look| {
            let rounds = *total / *turns;
            let round = (*done / *turns + 1).min(rounds);
            seen.share = *done as f64 / (*total).max(1) as f64;
            seen.count = format!("round {round:>0$}/{rounds}", rounds.to_string().len());
            // Before the first round, nothing idles: it alone tells too little.
            let each = (*taken > *turns).then(|| since.elapsed().as_secs_f64() / *taken as f64);
            seen.left = each.map(|each| seconds(each * total.saturating_sub(*done) as f64));
            seen.at_most = *at_most;
            seen.failed = *failed;
            seen.line(look)
        });
    }
}

/// No time at all of what is none.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
