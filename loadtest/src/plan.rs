//! What will be done: validated once, never changed, and part of the report.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::args::CommonArgs;
use crate::cache::CachePolicy;
use crate::error::Error;
use crate::evidence::Source;
use crate::expectation::Check;
use crate::margin::Margin;
use crate::micros;
use crate::reach::Reach;
use crate::sample::Phase;
use crate::stats;
use crate::target::RequestTemplate;
use crate::until::Until;

/// Cold samples, and start-ups, unless `-n` says otherwise: the fewest that are compared.
const COLD: usize = stats::COMPARED;
/// Warm samples unless `-n` says otherwise: they support a 99th percentile.
const WARM: usize = 1000;
/// The same where `--until` may end a phase earlier: some minutes of each.
const COLD_CAP: usize = 200;
const WARM_CAP: usize = 100_000;
/// Half a second more than Spin keeps an idle instance.
const IDLE: Duration = Duration::from_millis(1500);

/// The largest integer that every reader of JSON keeps.
pub const MAX_SEED: u64 = 1 << 53;
/// The most samples of a phase.
const MAX_SAMPLES: usize = 10_000_000;
/// The longest wait or time-out.
const MAX_WAIT: Duration = Duration::from_secs(24 * 3600);

/// What will be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The request's method.
    pub method: String,
    /// Names of the request's own headers; their values may be secrets.
    pub header_names: Vec<String>,
    /// How targets are reached, where that is not as their URLs say.
    #[serde(flatten)]
    pub reach: Reach,
    /// What is done about caches on the way.
    #[serde(flatten)]
    pub caches: CachePolicy,
    /// How closely answers are checked.
    #[serde(skip_serializing_if = "Check::is_usual", default)]
    pub check: Check,
    /// The header that names the instance, if it is not in `Server-Timing`.
    pub instance_header: Option<String>,
    /// The header that counts the instance's answers, if it is not in `Server-Timing`.
    pub served_header: Option<String>,
    /// Runs of each program to its end, of those that are commands.
    #[serde(skip_serializing_if = "is_none", default)]
    pub once_samples: usize,
    /// Start-ups of each target that is started here.
    pub startup_samples: usize,
    /// Cold samples of each target.
    pub cold_samples: usize,
    /// Warm samples of each target.
    pub warm_samples: usize,
    /// How well a percentile must be known for a phase to end with fewer samples than these.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Until>,
    /// The least time from one request to the next.
    #[serde(rename = "interval_us", with = "micros")]
    pub interval: Duration,
    /// The idle wait before each cold request.
    #[serde(rename = "idle_us", with = "micros")]
    pub idle: Duration,
    /// The limit of a whole request.
    #[serde(rename = "timeout_us", with = "micros")]
    pub timeout: Duration,
    /// The load after the warm requests of each round.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub burst: Option<Burst>,
    /// How much medians may differ and still be called the same.
    #[serde(default)]
    pub margin: Margin,
    /// Of every random choice.
    pub seed: u64,
}

/// A short load, as fast as answers come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Burst {
    /// How long.
    #[serde(rename = "duration_us", with = "micros")]
    pub duration: Duration,
    /// Over how many connections.
    pub connections: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

impl Plan {
    /// # Errors
    ///
    /// When a number makes no sense, or a header or method cannot be sent.
    pub fn new(args: &CommonArgs) -> Result<(Self, RequestTemplate), Error> {
        let evidence = Source { instance: args.instance_header.clone(), served: args.served_header.clone() };
        let template = RequestTemplate { evidence, ..RequestTemplate::of(&args.request)? };
        if args.samples_per_phase == Some(0) {
            return Err(Error::Usage("-n 0 measures nothing: ask for at least 1".into()));
        }
        if args.samples_per_phase.is_some_and(|n| n > MAX_SAMPLES) {
            return Err(Error::Usage(format!(
                "-n is too large: every sample is kept in memory, at most {MAX_SAMPLES}"
            )));
        }
        for (flag, time) in
            [("--interval", args.interval), ("--idle", args.idle), ("-t", Some(args.request.timeout))]
        {
            if time.is_some_and(|time| time > MAX_WAIT) {
                return Err(Error::Usage(format!("{flag} is too long: at most 1day")));
            }
        }
        if args.request.timeout.is_zero() {
            return Err(Error::Usage("-t 0s allows no answer: give it time, like 30s".into()));
        }
        let both = args.cold == args.warm;
        let samples = |phase: bool, default: usize| match phase || both {
            true => args.samples_per_phase.unwrap_or(default),
            false => 0,
        };
        let (cold, warm) = if args.until.is_some() { (COLD_CAP, WARM_CAP) } else { (COLD, WARM) };
        let counts = [(Phase::Cold, samples(args.cold, cold)), (Phase::Warm, samples(args.warm, warm))];
        args.until.map_or(Ok(()), |until| check_until(until, &counts))?;
        let plan = Self {
            instance_header: args.instance_header.as_ref().map(ToString::to_string),
            served_header: args.served_header.as_ref().map(ToString::to_string),
            startup_samples: samples(false, cold),
            cold_samples: samples(args.cold, cold),
            warm_samples: samples(args.warm, warm),
            until: args.until,
            interval: args.interval.unwrap_or_default(),
            idle: args.idle.unwrap_or(IDLE),
            margin: args.margin.unwrap_or_default(),
            ..Self::of_load(&template, args.request.timeout, args.seed)
        };
        Ok((plan, template))
    }

    /// For what is not started here.
    pub fn without_startups(self) -> Self {
        Self { startup_samples: 0, ..self }
    }

    /// Of a load, which has no samples to be counted beforehand.
    pub fn of_load(template: &RequestTemplate, timeout: Duration, seed: Option<u64>) -> Self {
        Self {
            method: template.method.to_string(),
            header_names: template.headers.keys().map(ToString::to_string).collect(),
            reach: template.reach.clone(),
            caches: template.caches.clone(),
            check: template.check,
            instance_header: None,
            served_header: None,
            once_samples: 0,
            startup_samples: 0,
            cold_samples: 0,
            warm_samples: 0,
            interval: Duration::ZERO,
            idle: Duration::ZERO,
            timeout,
            until: None,
            burst: None,
            margin: Margin::default(),
            seed: seed.unwrap_or_else(|| rand::random_range(0..=MAX_SEED)),
        }
    }

    /// The lab's own loop, but for what `self` says of the requests.
    pub fn course(self) -> Self {
        Self {
            startup_samples: 0,
            cold_samples: 5,
            warm_samples: 5,
            interval: Duration::from_secs(1),
            idle: Duration::from_secs(5),
            ..self
        }
    }

    /// Samples of each target in `phase`; warm-up has none of its own, and load counts no samples beforehand.
    pub fn samples(&self, phase: Phase) -> usize {
        match phase {
            Phase::Once => self.once_samples,
            Phase::Startup => self.startup_samples,
            Phase::Cold => self.cold_samples,
            Phase::WarmUp | Phase::Load => 0,
            Phase::Warm => self.warm_samples,
        }
    }
}

/// # Errors
///
/// When a phase would reach its cap before the percentile can be told.
fn check_until(until: Until, counts: &[(Phase, usize)]) -> Result<(), Error> {
    let least = until.least();
    match counts.iter().find(|(_, cap)| (1..least).contains(cap)) {
        None => Ok(()),
        Some((phase, cap)) => Err(Error::Usage(format!(
            "--until {until} needs at least {least} samples, and {} ends after {cap}: raise the cap with -n {least} or \
             more{}",
            phase.in_words(),
            if *phase == Phase::Cold { ", or measure --warm alone" } else { "" }
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::Parser;

    fn plan(args: &[&str]) -> Result<Plan, String> {
        let cli = Cli::try_parse_from(["loadtest"].iter().chain(args)).map_err(|e| e.to_string())?;
        Plan::new(&cli.measure.common).map(|(plan, _)| plan).map_err(|e| e.to_string())
    }

    fn samples(args: &[&str]) -> (usize, usize, usize) {
        let plan = plan(args).unwrap();
        (plan.startup_samples, plan.cold_samples, plan.warm_samples)
    }

    #[test]
    fn neither_or_both_of_cold_and_warm_mean_both() {
        assert_eq!(samples(&[]), (20, 20, 1000));
        assert_eq!(samples(&["--cold", "--warm"]), (20, 20, 1000));
        assert_eq!(samples(&["--cold"]), (0, 20, 0));
        assert_eq!(samples(&["--warm", "-n", "7"]), (0, 0, 7));
    }

    #[test]
    fn until_something_is_known_there_are_more_samples() {
        assert_eq!(samples(&["--until", "p50±2%"]), (200, 200, 100_000));
        assert_eq!(samples(&["--until", "p50±2%", "-n", "50"]), (50, 50, 50));
    }

    #[test]
    fn a_cap_below_what_until_needs_is_refused() {
        for (args, cap) in [(&["--until", "p50±2%", "-n", "19"][..], "19"), (&["--until", "p99±2%"], "200")]
        {
            let refusal = plan(args).unwrap_err();
            assert!(refusal.contains(&format!("ends after {cap}")) && refusal.contains("-n "), "{refusal}");
        }
        assert_eq!(samples(&["--until", "p99±2%", "--warm"]), (0, 0, 100_000));
    }

    #[test]
    fn what_nobody_could_wait_for_is_refused() {
        assert!(plan(&["-n", "18446744073709551615"]).unwrap_err().contains("at most 10000000"));
        for flag in ["--idle", "--interval", "-t"] {
            let refusal = plan(&[flag, "300000years"]).unwrap_err();
            assert!(refusal.contains(flag) && refusal.contains("1day"), "{refusal}");
        }
    }

    #[test]
    fn times_are_microseconds_and_header_values_stay_private() {
        let plan = plan(&["--idle", "2s", "--seed", "5", "-H", "authorization: secret"]).unwrap();
        let json = serde_json::to_value(&plan).unwrap();
        assert_eq!((json["idle_us"].as_f64(), json["seed"].as_u64()), (Some(2e6), Some(5)));
        assert!(!json.to_string().contains("secret"));
        assert_eq!(json["header_names"][0], "authorization");
    }

    #[test]
    fn the_lab_waits_five_seconds_and_one() {
        let plan = plan(&[]).unwrap().course();
        assert_eq!(
            (plan.cold_samples, plan.idle, plan.warm_samples, plan.interval),
            (5, Duration::from_secs(5), 5, Duration::from_secs(1))
        );
    }
}
