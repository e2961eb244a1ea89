//! Loads that were sent to one target at the same time, by several machines: as one.

use std::path::PathBuf;

use super::Head;
use crate::comparable;
use crate::error::Error;
use crate::load::Stage;
use crate::load::pacer::{Pace, Until};
use crate::report::{self, Report};

#[derive(Clone, Debug)]
pub struct Recorded {
    pub path: PathBuf,
    pub head: Head,
    pub stages: Vec<Stage>,
    pub interrupted: bool,
    pub notes: Vec<String>,
}

impl Recorded {
    /// As if one machine had sent them all.
    pub fn merge(shards: Vec<Self>) -> Result<Self, Error> {
        for (index, shard) in shards.iter().enumerate() {
            shards[..index].iter().try_for_each(|earlier| check(earlier, shard))?;
        }
        let names: Vec<_> = shards.iter().map(|shard| shard.path.display().to_string()).collect();
        let merged = shards.into_iter().reduce(Self::and);
        let mut merged = merged.ok_or_else(|| Error::Usage("there is no file to report: name one".into()))?;
        if names.len() > 1 {
            merged.notes = vec![format!(
                "merged of {}: rates and connections are sums, which holds if they were sent at the same time",
                names.join(", ")
            )];
        }
        Ok(merged)
    }

    fn and(mut self, other: Self) -> Self {
        self.head.load.connections += other.head.load.connections;
        self.interrupted |= other.interrupted;
        let stages = self.stages.into_iter().zip(other.stages);
        self.stages = stages.map(|(one, other)| one.beside(&other)).collect();
        self.head.load.stages = self.stages.iter().map(|stage| stage.pace).collect();
        self
    }

    pub fn report(&self) -> Report {
        let mut report = report::load::build(&self.head, &self.stages, self.interrupted);
        report.warnings.extend(self.notes.iter().cloned());
        report
    }
}

impl Stage {
    fn beside(mut self, other: &Self) -> Self {
        self.pace = beside(self.pace, other.pace);
        self.tally.add_beside(&other.tally);
        self.period = self.period.max(other.period);
        self.unsent += other.unsent;
        self.busy = self.busy.zip(other.busy).map(|(one, other)| one.max(other));
        self
    }
}

fn beside(one: Pace, other: Pace) -> Pace {
    let until = match (one.until, other.until) {
        (Until::Sent(a), Until::Sent(b)) => Until::Sent(a.saturating_add(b)),
        (until, _) => until,
    };
    Pace { rate: one.rate.zip(other.rate).map(|(a, b)| a + b), until }
}

fn check(one: &Recorded, other: &Recorded) -> Result<(), Error> {
    let paths = |why: &str| {
        let (one, other) = (one.path.display(), other.path.display());
        Err(Error::Usage(format!("{one} and {other} are not of one load: {why}; report them apart")))
    };
    if let Some(difference) = comparable::plans(&one.head.plan, &other.head.plan, &["seed"]) {
        return paths(&difference);
    }
    if one.head.target.url != other.head.target.url {
        return paths(&format!("one asked {}, the other {}", one.head.target.url, other.head.target.url));
    }
    let alike = |(a, b): (&Pace, &Pace)| {
        let ends = a.until == b.until || a.until.end().is_none() && b.until.end().is_none();
        ends && a.rate.is_some() == b.rate.is_some()
    };
    let (stages, others) = (&one.head.load.stages, &other.head.load.stages);
    if stages.len() != others.len() || !stages.iter().zip(others).all(alike) {
        return paths("they sent for different times, or in different loops");
    }
    let (here, there) = (&one.head.environment, &other.head.environment);
    if here.started_at == there.started_at && one.head.plan.seed == other.head.plan.seed {
        return Err(Error::Usage(format!(
            "{} and {} have the same requests: leave one out",
            one.path.display(),
            other.path.display()
        )));
    }
    Ok(())
}
