//! Rounds, in each of which every turn is taken once, in an order that is drawn.

use std::collections::{BTreeMap, BTreeSet};

use loadtest::stats::Observation;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::server::Server;
use crate::setting::Setting;
use crate::site::Site;
use crate::turn::Turn;
use crate::verdict::Observed;

/// What came of all rounds.
#[derive(Default)]
pub struct Taken {
    /// What was learnt.
    pub observed: Observed,
    /// Why a turn cannot be had here.
    pub missing: BTreeMap<Turn, String>,
    /// Why a turn failed; it is not taken again.
    pub failed: BTreeMap<Turn, String>,
}

/// Takes every turn in every round; all servers run from the beginning to the end, and are ended with this.
/// A turn that fails is told with what came of the others.
pub async fn take(turns: &BTreeSet<Turn>, rounds: u32, seed: u64, setting: &Setting) -> Taken {
    let mut taken = Taken::default();
    taken.missing.extend(turns.iter().filter_map(|turn| Some((*turn, setting.missing(turn)?))));
    let here = turns.iter().filter(|turn| !taken.missing.contains_key(turn)).copied();
    let mut order: Vec<Turn> = here.collect();
    let (servers, silent) = start(&order, setting).await;
    for turn in &order {
        if let Some(why) = turn.site().and_then(|site| silent.get(&site)) {
            taken.failed.insert(*turn, why.clone());
        }
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        order.shuffle(&mut rng);
        for turn in order.iter().filter(|turn| round < turn.rounds(rounds)) {
            if !taken.failed.contains_key(turn) {
                taken.turn(turn, round, &servers, setting).await;
            }
        }
    }
    for server in servers.into_values() {
        server.stop().await;
    }
    taken
}

impl Taken {
    async fn turn(&mut self, turn: &Turn, round: u32, servers: &BTreeMap<Site, Server>, setting: &Setting) {
        let url = turn.site().and_then(|site| servers.get(&site)).map_or("", |server| &server.url);
        match turn.take(setting, url).await {
            Ok(learnt) => {
                for (figure, value) in learnt {
                    let observation = Observation { value, round };
                    self.observed.entry((*turn, figure)).or_default().push(observation);
                }
            }
            Err(e) => {
                eprintln!("{turn:?}: {e}");
                self.failed.insert(*turn, e.to_string());
            }
        }
    }
}

/// Every server that a turn needs, and why others do not serve.
async fn start(turns: &[Turn], setting: &Setting) -> (BTreeMap<Site, Server>, BTreeMap<Site, String>) {
    let (mut servers, mut silent) = (BTreeMap::new(), BTreeMap::new());
    for site in turns.iter().filter_map(Turn::site).collect::<BTreeSet<_>>() {
        match site.start(setting).await {
            Ok(server) => drop(servers.insert(site, server)),
            Err(e) => drop(silent.insert(site, e.to_string())),
        }
    }
    (servers, silent)
}
