//! Waits until what was deployed answers, and it is the new version as far as that can be known.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use url::Url;

use super::stages::Readiness;
use crate::args::Platform;
use crate::error::Error;
use crate::explain;
use crate::probe::Probe;
use crate::sample::Outcome;

/// From one asking to the next, and so how closely the first answer is known.
const ASK_EVERY: Duration = Duration::from_millis(250);
/// Where a Spin application says what it is.
const INFO: &str = "/.well-known/spin/info";

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Of its image: another one for whatever else is in it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub oci_image_digest: Option<String>,
    /// As its manifest has it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
}

/// How it is known that the new version was measured, not the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    Changed,
    /// The plugin said that it is ready, having seen the digest of what it uploaded there.
    Plugin,
    Unproven,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    pub at: Instant,
    /// With which request, from 1.
    pub request: usize,
    pub identity: Option<Identity>,
    pub proof: Proof,
}

#[derive(Clone, Debug)]
pub struct Known {
    pub before: Option<Identity>,
    pub seen: bool,
}

impl Known {
    /// By what the plugin said, which of Fermyon Cloud's is known to look at the digest, and of Akamai's is not.
    pub fn new(platform: Platform, readiness: Readiness, before: Option<Identity>) -> Self {
        Self { before, seen: platform == Platform::Cloud && readiness == Readiness::Ready }
    }

    /// `None` as long as it is the version before.
    fn proof(&self, now: Option<&Identity>) -> Option<Proof> {
        match (&self.before, now) {
            (Some(before), Some(now)) if before != now => Some(Proof::Changed),
            _ if self.seen => Some(Proof::Plugin),
            (Some(before), Some(now)) if before == now => None,
            _ => Some(Proof::Unproven),
        }
    }
}

pub async fn identity(probe: &Probe, url: &Url) -> Option<Identity> {
    let said = probe.look_up(url.join(INFO).ok()?).await?;
    serde_json::from_slice(&said).ok().filter(|identity| *identity != Identity::default())
}

/// Asks until there is an answer, of the new version as far as that is known.
pub async fn wait(probe: &mut Probe, known: &Known, limit: Duration) -> Result<Answered, Error> {
    let started = Instant::now();
    let url = probe.target().url.clone();
    let late = humantime::format_duration(limit);
    for request in 1.. {
        let sample = probe.cold().await;
        let at = Instant::now();
        // Of another form than the version before answered, it is an answer all the same.
        if matches!(sample.outcome, Outcome::Ok | Outcome::WrongAnswer(_)) {
            let identity = identity(probe, &url).await;
            if let Some(proof) = known.proof(identity.as_ref()) {
                return Ok(Answered { at, request, identity, proof });
            }
        }
        if started.elapsed() + ASK_EVERY > limit {
            return Err(Error::Target(match sample.outcome {
                Outcome::Ok | Outcome::WrongAnswer(_) => format!(
                    "{url} is still of the version before, {late} after the deployment; --ready-timeout allows more \
                     time, and where nothing was changed, leave --replaces and SPIN_URL out"
                ),
                outcome => format!(
                    "deployed, but not ready within {late}, which --ready-timeout extends: {}",
                    explain::first_failure(url.as_str(), &outcome, probe.timeout())
                ),
            }));
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
    unreachable!("nobody waits for that many")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(digest: &str) -> Option<Identity> {
        Some(Identity { oci_image_digest: Some(digest.into()), version: None })
    }

    #[test]
    fn what_is_not_known_is_not_proven() {
        let known = |before, seen| Known { before, seen };
        assert_eq!(known(None, false).proof(identity("a").as_ref()), Some(Proof::Unproven));
        assert_eq!(known(identity("a"), false).proof(None), Some(Proof::Unproven));
        assert_eq!(known(identity("a"), false).proof(identity("b").as_ref()), Some(Proof::Changed));
        assert_eq!(known(None, true).proof(None), Some(Proof::Plugin));
    }

    #[test]
    fn the_version_before_is_waited_out_unless_the_plugin_saw_that_it_is_the_same() {
        let again = |seen| Known { before: identity("a"), seen }.proof(identity("a").as_ref());
        assert_eq!((again(false), again(true)), (None, Some(Proof::Plugin)));
    }

    #[test]
    fn only_the_plugin_that_is_known_to_look_at_the_version_proves_it() {
        let seen = |platform, readiness| Known::new(platform, readiness, None).seen;
        assert!(seen(Platform::Cloud, Readiness::Ready));
        assert!(!seen(Platform::Aka, Readiness::Ready) && !seen(Platform::Cloud, Readiness::NotReached));
    }
}
