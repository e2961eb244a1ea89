//! A load out of a file: counted line by line, so that its size takes time and no memory.

use std::collections::BTreeMap;
use std::hash::RandomState;
use std::io;
use std::sync::LazyLock;
use std::time::Duration;

use super::{Head, Recorded, SCHEMA_VERSION, Sent, StageEnd};
use crate::error::Error;
use crate::experiment::Ended;
use crate::input::Input;
use crate::load::Stage;
use crate::load::pacer::Pace;
use crate::load::tally::{Tally, Turn};
use crate::sample::Outcome;
use crate::saved::{End, Lines, without_controls, without_line};
use crate::unreadable::unreadable;

/// More than these no load has: it is ten rates at most.
const MAX_STAGES: usize = 1000;

/// The same for all files: an instance that answered several machines is one.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Whether a file begins like that of a load.
///
/// # Errors
///
/// When it cannot be read.
pub fn is_recording(file: &Input) -> Result<bool, Error> {
    let value = serde_json::from_slice::<serde_json::Value>(&file.first_line()?);
    Ok(value.is_ok_and(|value| value.get("load").is_some() && value.get("plan").is_some()))
}

impl Recorded {
    /// Reads a file that `load --samples` wrote, and which may still be growing.
    pub fn read(file: &Input) -> Result<Self, Error> {
        let unreadable = |e: io::Error| unreadable(&file.path, &e);
        let mut lines = Lines::new(&file.path, file.reader().map_err(unreadable)?);
        let first = lines.whole().map_err(unreadable)?.unwrap_or_default().to_vec();
        let head = head(&first).map_err(|why| lines.wrong(&why))?;
        let mut reading = Reading::new(&head, HASHER.clone());
        while let Some(line) = lines.whole().map_err(unreadable)? {
            if let Err(why) = reading.add(line) {
                return Err(lines.wrong(&why));
            }
        }
        let (stages, interrupted) = reading.finish();
        Ok(Self { path: file.path.clone(), head, stages, interrupted, notes: Vec::new() })
    }
}

fn head(line: &[u8]) -> Result<Head, String> {
    let value = serde_json::from_slice(line).and_then(|value| without_controls(&value).map(|()| value));
    let head: Head = value
        .and_then(serde_json::from_value)
        .map_err(|e| format!("this is no file of a load ({})", without_line(&e)))?;
    match head.schema_version {
        SCHEMA_VERSION if head.load.stages.len() > MAX_STAGES => Err("no load has so many stages".into()),
        SCHEMA_VERSION => head.load.stages.iter().try_for_each(Pace::check).map(|()| head),
        version => {
            Err(format!("version {version} of such files is not known to this loadtest: use a newer one"))
        }
    }
}

struct Reading<'a> {
    head: &'a Head,
    tallies: Vec<Tally>,
    ends: BTreeMap<usize, StageEnd>,
    ended: Option<Ended>,
}

impl<'a> Reading<'a> {
    fn new(head: &'a Head, hasher: RandomState) -> Self {
        let tallies = head.load.stages.iter().map(|pace| Tally::new(pace, hasher.clone())).collect();
        Self { head, tallies, ends: BTreeMap::new(), ended: None }
    }

    fn add(&mut self, line: &[u8]) -> Result<(), String> {
        let no_request = match serde_json::from_slice::<Sent>(line) {
            Ok(sent) => return self.count(&sent),
            Err(e) => e,
        };
        if let Ok(end) = serde_json::from_slice::<StageEnd>(line) {
            let stage = end.stage_ended as usize;
            self.tally(stage)?;
            self.ends.insert(stage, end);
        } else if let Ok(End { ended }) = serde_json::from_slice(line) {
            self.ended = Some(ended);
        } else {
            let why = without_line(&no_request);
            return Err(format!("no request ({why}): delete the line, or measure again"));
        }
        Ok(())
    }

    fn tally(&mut self, stage: usize) -> Result<&mut Tally, String> {
        self.tallies.get_mut(stage).ok_or_else(|| format!("there is no stage {stage}"))
    }

    fn count(&mut self, sent: &Sent) -> Result<(), String> {
        let said = [&sent.failed, &sent.cause];
        if said.into_iter().flatten().any(|text| text.contains(char::is_control)) {
            return Err("a failure with a control character".into());
        }
        let stage = sent.stage as usize;
        let pace = self.head.load.stages.get(stage).ok_or_else(|| format!("there is no stage {stage}"))?;
        let intended = Duration::from_nanos(sent.intended_ns);
        let turn = Turn {
            index: sent.index,
            slice: pace.slice(intended, sent.index),
            intended,
            sent: Duration::from_nanos(sent.sent_ns),
            free: Duration::from_nanos(sent.free_ns),
        };
        let tally = self.tally(stage)?;
        tally.send(&turn);
        tally.finish(&turn, Duration::from_nanos(sent.done_ns), pace.until.end(), sent.failed.as_deref());
        tally.retried += u64::from(sent.retried);
        let is_wrong = sent.failed.as_deref() == Some(&*Outcome::WrongAnswer(String::new()).kind());
        match sent.cause.as_deref() {
            Some(how) if is_wrong => tally.differs(how),
            Some(cause) => tally.blame(cause),
            None => {}
        }
        if sent.failed.is_none() {
            tally.hear(sent.instance.as_deref(), sent.served);
        }
        Ok(())
    }

    /// The stages that were begun, and whether something of them is missing.
    fn finish(mut self) -> (Vec<Stage>, bool) {
        let begun = self.tallies.iter().rposition(|tally| tally.sent > 0).map_or(0, |last| last + 1);
        self.tallies.truncate(begun.max(self.ends.len()));
        let interrupted = self.ended != Some(Ended::Completely);
        let stages = self.tallies.into_iter().enumerate().map(|(index, tally)| {
            let pace = self.head.load.stages[index];
            stage(pace, tally, self.ends.get(&index))
        });
        (stages.collect(), interrupted)
    }
}

/// Of a stage that was killed, it is known until when answers came.
fn stage(pace: Pace, mut tally: Tally, end: Option<&StageEnd>) -> Stage {
    let Some(end) = end else {
        let period = tally.last_done;
        let unsent = pace.due(period).saturating_sub(tally.sent);
        return Stage { pace, tally, period, unsent: 0, busy: None }.with_unsent(unsent);
    };
    tally.sent = tally.sent.max(end.sent);
    tally.connections = end.connections_made;
    Stage { pace, tally, period: end.period, unsent: 0, busy: end.busy }.with_unsent(end.unsent)
}
