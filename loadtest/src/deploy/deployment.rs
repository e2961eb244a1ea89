//! What is reported of a deployment.

use serde::{Deserialize, Serialize};

use super::ready::{Identity, Proof};
use super::stages::{Readiness, Stage};
use crate::args::Platform;

/// How the targets came to be where they are. Times are microseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    pub platform: Platform,
    pub spin: String,
    /// The command, without what the user passed on, which may be secret.
    pub command: String,
    pub passed_on: usize,
    /// What the command's lines tell apart, in order; what they do not is one.
    pub stages: Vec<Stage>,
    pub readiness: Readiness,
    pub command_us: f64,
    /// From the command's start until every route had answered here; `null` if not all did.
    pub answered_us: Option<f64>,
    /// With how many requests, the first just after the command's end: with one a route, they may have been ready earlier.
    pub requests: usize,
    /// Which version answered, and how that is known; `null` if not all routes did.
    pub version: Option<Version>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub proof: Proof,
    pub now: Option<Identity>,
    pub before: Option<Identity>,
}

impl Version {
    pub fn told(&self) -> &'static str {
        match self.proof {
            Proof::Changed => {
                "the new version answered: what it says of itself is not what was said there before"
            }
            Proof::Plugin => {
                "the new version was ready: the plugin says so, and looks for the digest that it uploaded"
            }
            Proof::Unproven => {
                "whether the new version answered, or one before it, is not proven; --replaces URL tells them apart \
                 where the application says at /.well-known/spin/info what it is"
            }
        }
    }
}
