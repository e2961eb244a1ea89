//! What is needed to measure: programs built, peers found, a place for files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use loadtest::error::Error;
use tempfile::TempDir;

use crate::peers::{Found, Peer};
use crate::turn::Turn;
use crate::workspace::{self, Artefacts};

/// What is needed to measure.
pub struct Setting {
    /// What is shipped.
    pub artefacts: Artefacts,
    /// Files that are gone at the end; within `target`, since some are large.
    pub dir: TempDir,
    peers: BTreeMap<Peer, Result<Found, String>>,
    hello: Result<(), String>,
}

impl Setting {
    /// For these turns: nothing is built or looked for that none of them needs.
    ///
    /// # Errors
    ///
    /// When something of this workspace cannot be built.
    pub async fn of(turns: &BTreeSet<Turn>) -> Result<Self, Error> {
        let packages: BTreeSet<&str> = turns.iter().flat_map(Turn::packages).collect();
        workspace::programs(packages).await?;
        let artefacts = workspace::artefacts().await?;
        let hello = if turns.iter().any(Turn::says_hello) { workspace::hello().await } else { Ok(()) };
        let mut peers = BTreeMap::new();
        for peer in turns.iter().flat_map(Turn::peers).collect::<BTreeSet<_>>() {
            peers.insert(peer, peer.find().await);
        }
        let parent = workspace::root().join("target/bench");
        let dir = std::fs::create_dir_all(&parent).and_then(|()| TempDir::with_prefix_in("files-", &parent));
        let dir =
            dir.map_err(|e| Error::Usage(format!("{} cannot be written into: {e}", parent.display())))?;
        Ok(Self { artefacts, dir, peers, hello: hello.map_err(|e| e.to_string()) })
    }

    /// Where a peer is that is here.
    pub fn program(&self, peer: Peer) -> PathBuf {
        let found = self.peers.get(&peer).and_then(|found| found.as_ref().ok());
        found.map_or_else(|| peer.name().into(), |found| found.program.clone())
    }

    /// Why a turn cannot be had here; `None` where it can.
    pub fn missing(&self, turn: &Turn) -> Option<String> {
        let hello = if turn.says_hello() { self.hello.as_ref().err().cloned() } else { None };
        let peer = |peer| self.peers.get(&peer)?.as_ref().err().cloned();
        hello.or_else(|| turn.peers().into_iter().find_map(peer))
    }

    /// What the peers say of themselves.
    pub fn versions(&self) -> Vec<String> {
        let version = |found: &Result<Found, String>| Some(found.as_ref().ok()?.version.clone());
        let versions: Vec<_> = self.peers.values().filter_map(version).collect();
        if versions.is_empty() { vec!["none".into()] } else { versions }
    }
}
