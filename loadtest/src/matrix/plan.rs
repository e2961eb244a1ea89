//! What the matrix consists of: validated once, never changed, part of the report.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::packaging::Packaging;
use crate::args::MatrixArgs;
use crate::error::Error;
use crate::local;
use crate::micros;
use crate::plan::Plan;
use crate::stats;
use crate::target::{RequestTemplate, Target};

/// The fewest rounds that are compared; so many there are unless `-n` says otherwise.
pub const COMPARED: u32 = stats::COMPARED as u32;
/// Warm requests for each round.
const WARM: usize = 50;
/// More than anybody waits for.
const MAX_ROUNDS: u32 = 10_000;
/// Longer than anybody waits.
const MAX_WAIT: Duration = Duration::from_secs(24 * 3600);

/// What the matrix consists of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MatrixPlan {
    /// How often each packaging is started, and does everything else that is done by itself.
    pub rounds: u32,
    /// How long each is asked as fast as it answers, in a round.
    #[serde(rename = "burst_us", with = "micros")]
    pub burst: Duration,
    /// Over how many connections.
    pub connections: usize,
    /// Names or parts of names of what was asked for; none: everything.
    pub only: Vec<String>,
    /// Of what was not.
    pub skip: Vec<String>,
    /// The requests one after the other.
    #[serde(flatten)]
    pub requests: Plan,
    /// What every request has in common.
    #[serde(skip)]
    pub template: RequestTemplate,
    /// What is served already.
    #[serde(skip)]
    pub elsewhere: Vec<Target>,
    /// Of what is packaged here.
    #[serde(skip)]
    pub manifests: Vec<PathBuf>,
    /// Asked below every route.
    #[serde(skip)]
    pub path: String,
}

impl MatrixPlan {
    /// # Errors
    ///
    /// When a number makes no sense, a URL is none, or there is no manifest.
    pub fn new(args: &MatrixArgs) -> Result<Self, Error> {
        let rounds = args.rounds.unwrap_or(COMPARED);
        let refused = |why: String| Err(Error::Usage(why));
        match rounds {
            0 => return refused("-n 0 measures nothing: ask for at least 1 round".into()),
            MAX_ROUNDS.. => return refused(format!("-n is too large: fewer than {MAX_ROUNDS} rounds")),
            _ => {}
        }
        if args.connections == 0 {
            return refused("-c 0 sends nothing: ask for at least 1 connection".into());
        }
        if args.burst.is_zero() || args.request.timeout.is_zero() {
            return refused("-z and -t allow no answer with 0s: give them time, like 500ms and 30s".into());
        }
        if [args.burst, args.idle, args.request.timeout].iter().any(|time| *time > MAX_WAIT) {
            return refused("-z, --idle and -t are at most 1day".into());
        }
        let template = RequestTemplate::of(&args.request)?;
        let elsewhere = args.urls.iter().map(|url| Target::parse(url)).collect::<Result<Vec<_>, _>>()?;
        let requests = Plan {
            startup_samples: rounds as usize,
            cold_samples: rounds as usize,
            warm_samples: rounds as usize * WARM,
            idle: args.idle,
            ..Plan::of_load(&template, args.request.timeout, args.seed)
        };
        Ok(Self {
            rounds,
            burst: args.burst,
            connections: args.connections,
            only: args.only.clone(),
            skip: args.skip.clone(),
            requests,
            template,
            elsewhere,
            manifests: local::manifests(&args.manifests)?,
            path: args.path.to_string(),
        })
    }

    /// Those that are asked for: with a URL, whatever the others are.
    ///
    /// # Errors
    ///
    /// When a name is of none of them, two have the same, or none is left.
    pub fn chosen(&self, all: Vec<Box<dyn Packaging>>) -> Result<Vec<Box<dyn Packaging>>, Error> {
        let names: Vec<String> = all.iter().map(|packaging| packaging.name().to_owned()).collect();
        for (flag, parts) in [("--only", &self.only), ("--skip", &self.skip)] {
            if let Some(part) = parts.iter().find(|part| !names.iter().any(|name| is_meant(name, part))) {
                return Err(Error::Usage(format!(
                    "{flag} {part} is no packaging: there are {}",
                    names.join(", ")
                )));
            }
        }
        if let Some(twice) = (1..names.len()).find(|index| names[..*index].contains(&names[*index])) {
            return Err(Error::Usage(format!(
                "two packagings are named {:?}: give --url another name",
                names[twice]
            )));
        }
        let any = |parts: &[String], name: &str| parts.iter().any(|part| is_meant(name, part));
        let is_chosen = |packaging: &dyn Packaging| {
            let (name, is_by_url) = (packaging.name(), packaging.kind().remote);
            (self.only.is_empty() || is_by_url || any(&self.only, name)) && !any(&self.skip, name)
        };
        let chosen: Vec<_> = all.into_iter().filter(|packaging| is_chosen(packaging.as_ref())).collect();
        if chosen.is_empty() {
            return Err(Error::Usage("--only and --skip leave no packaging: leave one out".into()));
        }
        Ok(chosen)
    }
}

/// By its whole name, if there is one like it, else by a part: "spin" is all that Spin serves.
fn is_meant(name: &str, part: &str) -> bool {
    name.to_lowercase().contains(&part.to_lowercase())
}
