//! Rounds, in each of which every turn is taken once, in an order that is drawn.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use loadtest::error::Error;
use loadtest::load::pacer::{Pace, Until};
use loadtest::stats::Observation;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use tokio_util::sync::CancellationToken;

use crate::load;
use crate::setting::Setting;
use crate::site::Site;
use crate::turn::{Times, Turn, Whose};
use crate::verdict::Observed;
use crate::workspace;

/// For how long a server is loaded before anything counts, over so many connections.
const WARM_UP: (Duration, usize) = (Duration::from_millis(200), 8);

/// What came of all rounds.
#[derive(Default)]
pub struct Taken {
    /// What was learnt.
    pub observed: Observed,
    /// Why a turn cannot be had here.
    pub missing: BTreeMap<Turn, String>,
    /// Why a turn failed; it is not taken again.
    pub failed: BTreeMap<Turn, String>,
    /// Whether it was ended before its end.
    pub interrupted: bool,
}

/// Takes every turn in every round, and then those that are taken apart from rounds.
///
/// A server is started for each round anew: how fast a process is for as long as it lives, the system decides as it starts.
/// A turn that fails is told with what came of the others.
pub async fn take(
    turns: &BTreeSet<Turn>,
    rounds: u32,
    seed: u64,
    setting: &Setting,
    cancel: &CancellationToken,
) -> Taken {
    let mut taken = Taken::default();
    taken.missing.extend(turns.iter().filter_map(|turn| Some((*turn, setting.missing(turn)?))));
    let taking = taken.all(turns, rounds, seed, setting);
    // What is under way ends as it is dropped.
    let interrupted = cancel.run_until_cancelled(taking).await.is_none();
    Taken { interrupted, ..taken }
}

impl Taken {
    async fn all(&mut self, turns: &BTreeSet<Turn>, rounds: u32, seed: u64, setting: &Setting) {
        let mut stops: BTreeMap<Place, Vec<Turn>> = BTreeMap::new();
        let here: Vec<Turn> = turns.iter().filter(|turn| !self.missing.contains_key(turn)).copied().collect();
        for turn in here.iter().filter(|turn| turn.times() == Times::EveryRound) {
            stops.entry(Place::of(turn)).or_default().push(*turn);
        }
        self.rehearse(&here, setting).await;
        let mut stops: Vec<(Place, Vec<Turn>)> = stops.into_iter().collect();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let began = Instant::now();
        for round in 0..if stops.is_empty() { 0 } else { rounds } {
            eprintln!("round {} of {rounds}{}", round + 1, left(round, rounds, began.elapsed()));
            stops.shuffle(&mut rng);
            for (place, turns) in &mut stops {
                turns.shuffle(&mut rng);
                self.stop(*place, turns, round, setting).await;
            }
        }
        for turn in here {
            let Times::Apart(times) = turn.times() else { continue };
            for time in 0..times {
                self.turn(turn, time, "", setting).await;
            }
        }
    }

    /// Starts every server once, so that what they compile is cached, and that it is known which of them serve.
    async fn rehearse(&mut self, turns: &[Turn], setting: &Setting) {
        let sites: BTreeSet<Site> = turns.iter().filter_map(Turn::started).collect();
        for site in sites {
            match site.start(setting).await {
                Ok(server) => server.stop().await,
                Err(e) => {
                    let of_it = turns.iter().filter(|turn| turn.started() == Some(site));
                    of_it.for_each(|turn| self.fail(*turn, &e));
                }
            }
        }
    }

    /// All turns at one server, which runs for no longer.
    async fn stop(&mut self, place: Place, turns: &[Turn], round: u32, setting: &Setting) {
        let turns: Vec<Turn> = turns.iter().filter(|turn| !self.failed.contains_key(turn)).copied().collect();
        let Place::At(site, _) = place else {
            for turn in turns {
                self.turn(turn, round, "", setting).await;
            }
            return;
        };
        if turns.is_empty() {
            return;
        }
        match site.start(setting).await {
            Ok(server) => {
                let (period, connections) = WARM_UP;
                let pace = Pace { rate: None, until: Until::Elapsed(period) };
                // What goes wrong now goes wrong again when it counts, and is told then.
                let _ = load::run(&server.url, connections, pace).await;
                for turn in turns {
                    self.turn(turn, round, &server.url, setting).await;
                }
                server.stop().await;
            }
            Err(e) => turns.into_iter().for_each(|turn| self.fail(turn, &e)),
        }
    }

    async fn turn(&mut self, turn: Turn, round: u32, url: &str, setting: &Setting) {
        if self.failed.contains_key(&turn) {
            return;
        }
        match turn.take(setting, url).await {
            Ok(learnt) => {
                for (figure, value) in learnt {
                    let observation = Observation { value, round };
                    self.observed.entry((turn, figure)).or_default().push(observation);
                }
            }
            Err(e) => self.fail(turn, &e),
        }
    }

    fn fail(&mut self, turn: Turn, why: &Error) {
        eprintln!("{turn:?}: {why}");
        // Where the checkout is, is nobody else's matter.
        let root = workspace::root().display().to_string();
        self.failed.insert(turn, why.to_string().replace(&root, "."));
    }
}

/// Where turns are taken one after the other: at a server, or each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// What tells of clients has a server of its own: one that has been under seconds of their loads is not as those that it is
    /// compared with, which have just been started.
    At(Site, Whose),
    Alone(Turn),
}

impl Place {
    fn of(turn: &Turn) -> Self {
        turn.site().map_or(Self::Alone(*turn), |site| Self::At(site, turn.whose()))
    }
}

fn left(done: u32, rounds: u32, elapsed: Duration) -> String {
    if done == 0 {
        return String::new();
    }
    let left = elapsed / done * (rounds - done);
    format!(", {} left", humantime::format_duration(Duration::from_secs(left.as_secs())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{App, By};

    #[test]
    fn a_server_is_judged_by_the_same_turns_as_those_that_it_is_compared_with() {
        let turns = |app| [1, 32].map(|c| Place::of(&Turn::Load(Site(By::Itself, app), c)));
        for app in [App::Bare, App::Shipped] {
            let [one, many] = turns(app);
            assert_eq!(one, many);
            assert_ne!(one, Place::of(&Turn::Warm(1)));
        }
        assert_eq!(Place::of(&Turn::Warm(1)), Place::of(&Turn::Rate(1)));
    }

    #[test]
    fn what_is_left_is_told_from_what_the_rounds_before_took() {
        assert_eq!(left(0, 20, Duration::from_secs(9)), "");
        assert_eq!(left(5, 20, Duration::from_secs(150)), ", 7m 30s left");
    }
}
