//! What a load consists of: validated once, never changed.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::pacer::{MAX_RATE, MAX_TIME, Pace, Until};
use crate::args::LoadArgs;
use crate::error::Error;
use crate::target::{RequestTemplate, Target};

/// How long it goes on unless `-z` or `-n` say otherwise; a ramp, so that each step is as long as its figures need.
const DURATION: Duration = Duration::from_secs(10);
const RAMP_DURATION: Duration = Duration::from_secs(30);

/// Rates of a ramp, the first and the last among them.
const STEPS: u32 = 10;

/// The most connections: an address of this machine has no more than 64,511 ports for one of the target's.
const MAX_CONNECTIONS: usize = 60_000;

/// What a load consists of.
#[derive(Clone, Debug)]
pub struct LoadPlan {
    /// What is asked.
    pub target: Target,
    /// What every request has in common.
    pub template: RequestTemplate,
    /// The most requests in flight, each on a connection of its own.
    pub connections: usize,
    /// The limit of a whole request.
    pub timeout: Duration,
    /// One after the other; several are the steps of a ramp.
    pub stages: Vec<Pace>,
}

impl LoadPlan {
    /// # Errors
    ///
    /// When a number makes no sense, flags contradict one another, or a URL, header or method cannot be sent.
    pub fn new(args: &LoadArgs) -> Result<Self, Error> {
        let target = Target::new(Target::UNNAMED, &url(args)?)?;
        let template = RequestTemplate::of(&args.request)?;
        if args.connections == 0 {
            return refused("-c 0 sends nothing: ask for at least 1 connection");
        }
        if args.connections > MAX_CONNECTIONS {
            return refused(format!("-c is too large: at most {MAX_CONNECTIONS} connections"));
        }
        if args.request.timeout.is_zero() {
            return refused("-t 0s allows no answer: give it time, like 30s");
        }
        if args.request.timeout > MAX_TIME {
            return refused("-t is too long: at most 1day");
        }
        let stages = stages(args)?;
        Ok(Self { target, template, connections: args.connections, timeout: args.request.timeout, stages })
    }

    /// The most requests that one stage sends; `None` of a closed loop that ends by time.
    pub fn most_requests(&self) -> Option<usize> {
        let requests = self.stages.iter().map(|stage| match stage.until {
            Until::Sent(n) => Some(n),
            Until::Elapsed(end) => stage.rate.map(|_| stage.due(end)),
        });
        let most = requests.collect::<Option<Vec<_>>>()?.into_iter().max()?;
        Some(usize::try_from(most).unwrap_or(usize::MAX))
    }
}

/// What a variable is empty for is not meant.
fn url(args: &LoadArgs) -> Result<String, Error> {
    let from_environment = || std::env::var("SPIN_URL").ok().filter(|url| !url.is_empty());
    let url = args.url.clone().or_else(from_environment);
    url.ok_or_else(|| Error::Usage("load has no URL: name one with --url, or set SPIN_URL".into()))
}

fn stages(args: &LoadArgs) -> Result<Vec<Pace>, Error> {
    match (&args.ramp, args.rate) {
        (Some(_), Some(_)) => refused("-q is one rate and --ramp are many: leave one out"),
        (Some(ramp), None) => ramp_of(&parse_ramp(ramp)?, args),
        (None, rate) => {
            if let Some(rate) = rate {
                check_rate("-q", rate)?;
            }
            Ok(vec![Pace { rate, until: until(args, DURATION)? }])
        }
    }
}

fn ramp_of(rates: &RangeInclusive<f64>, args: &LoadArgs) -> Result<Vec<Pace>, Error> {
    let Until::Elapsed(duration) = until(args, RAMP_DURATION)? else {
        return refused("-n says nothing of a ramp, whose steps are equally long: use -z instead");
    };
    let step = (rates.end() - rates.start()) / f64::from(STEPS - 1);
    let rate = |n: u32| rates.start() + step * f64::from(n);
    let until = Until::Elapsed(duration / STEPS);
    Ok((0..STEPS).map(|n| Pace { rate: Some(rate(n)), until }).collect())
}

fn until(args: &LoadArgs, default: Duration) -> Result<Until, Error> {
    match (args.requests, args.duration) {
        (Some(_), Some(_)) => refused("-n and -z both say when it is over: leave one out"),
        (Some(0), None) => refused("-n 0 sends nothing: ask for at least 1"),
        (Some(n), None) => Ok(Until::Sent(n)),
        (None, Some(Duration::ZERO)) => refused("-z 0s sends nothing: give it time, like 10s"),
        (None, Some(duration)) if duration > MAX_TIME => refused("-z is too long: at most 1day"),
        (None, duration) => Ok(Until::Elapsed(duration.unwrap_or(default))),
    }
}

fn parse_ramp(text: &str) -> Result<RangeInclusive<f64>, Error> {
    let rates = text.split_once("..").and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    let Some((from, to)) = rates else {
        return refused(format!("--ramp {text} is no range of rates: write it like 100..2000"));
    };
    check_rate("--ramp", from)?;
    check_rate("--ramp", to)?;
    if from >= to {
        return refused(format!("--ramp {text} does not rise: write the lower rate first"));
    }
    Ok(from..=to)
}

fn check_rate(flag: &str, rate: f64) -> Result<(), Error> {
    if !(rate.is_finite() && rate > 0.0) {
        return refused(format!(
            "{flag} {rate} is no rate: give it requests a second, more than 0; without it, as many are sent as are answered"
        ));
    }
    if rate > MAX_RATE {
        return refused(format!("{flag} {rate} is too much: at most {MAX_RATE} requests a second"));
    }
    Ok(())
}

fn refused<T>(why: impl Into<String>) -> Result<T, Error> {
    Err(Error::Usage(why.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;

    fn plan(args: &str) -> Result<LoadPlan, String> {
        let line = format!("loadtest load --url http://h.test/ {args}");
        let Some(Command::Load(args)) = Cli::parse_from(line.split_whitespace()).command else {
            unreachable!()
        };
        LoadPlan::new(&args).map_err(|e| e.to_string())
    }

    #[test]
    fn without_a_rate_it_is_a_closed_loop_of_fifty_connections_for_ten_seconds() {
        let plan = plan("").unwrap();
        assert_eq!((plan.connections, plan.timeout), (50, Duration::from_secs(30)));
        assert_eq!(plan.stages, [Pace { rate: None, until: Until::Elapsed(Duration::from_secs(10)) }]);
    }

    #[test]
    fn a_ramp_has_ten_rates_of_equal_time() {
        let stages = plan("--ramp 100..1000 -z 20s").unwrap().stages;
        let rates: Vec<_> = stages.iter().map(|stage| stage.rate.unwrap().round() as u32).collect();
        assert_eq!(rates, [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
        assert!(stages.iter().all(|stage| stage.until == Until::Elapsed(Duration::from_secs(2))));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_to_write() {
        for (args, word) in [
            ("-q 0", "more than 0"),
            ("-q=-5", "more than 0"),
            ("-q NaN", "more than 0"),
            ("-q 1e300", "at most"),
            ("-c 0", "at least 1"),
            ("-c 100000", "at most"),
            ("-n 0", "at least 1"),
            ("-z 0s", "like 10s"),
            ("-z 2days", "1day"),
            ("-t 0s", "like 30s"),
            ("-t 2days", "1day"),
            ("-n 5 -z 5s", "leave one out"),
            ("-q 5 --ramp 1..2", "leave one out"),
            ("--ramp 10..5", "lower rate first"),
            ("--ramp 5..5", "lower rate first"),
            ("--ramp 0..5", "more than 0"),
            ("--ramp 5", "like 100..2000"),
            ("--ramp 1..5 -n 5", "use -z"),
            ("-m get", "-m GET"),
        ] {
            let refusal = plan(args).unwrap_err();
            assert!(refusal.contains(word), "{args}: {refusal}");
        }
    }
}
