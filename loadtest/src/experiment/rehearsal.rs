//! What is done once before anything counts: the first start may compile, and reads files that later ones find in memory.

use std::time::Duration;

use crate::error::Error;
use crate::explain;
use crate::participant::Measurable;
use crate::recorder::Recorder;
use crate::sample::Outcome;

/// Starts what is started once before it counts: the first start may compile, and reads files that later ones find in memory.
pub async fn start_all<C: Measurable>(participants: &mut [C], recorder: &mut Recorder) -> Result<(), Error> {
    for participant in participants {
        if let Some(sample) = participant.start().await? {
            recorder.rehearsed(participant.url(), &sample)?;
            participant.stop().await;
        }
    }
    Ok(())
}

/// Tries everything once before it counts, and leaves out what does not work, or does something else than the first one.
pub async fn try_all<C: Measurable>(
    participants: &mut Vec<C>,
    timeout: Duration,
    recorder: &mut Recorder,
) -> Result<(), Error> {
    let mut index = 0;
    let mut why = String::new();
    while index < participants.len() {
        let tried = try_out(&mut participants[index], timeout, recorder).await;
        participants[index].stop().await;
        let alike =
            tried.and_then(|()| differs(&participants[..index], &participants[index]).map_or(Ok(()), Err));
        match alike {
            Ok(()) => index += 1,
            Err(reason) => {
                let mut out = participants.remove(index);
                out.clean().await;
                why = format!("{}: {}", out.name(), reason.trim_start_matches(&format!("{}: ", out.name())));
                recorder.leave_out(why.clone());
            }
        }
    }
    if participants.is_empty() { Err(Error::Target(why)) } else { Ok(()) }
}

/// Whether it works at all: it runs to its end, and comes to answer; a server that runs already answers.
async fn try_out<C: Measurable>(
    participant: &mut C,
    timeout: Duration,
    recorder: &mut Recorder,
) -> Result<(), String> {
    let abilities = participant.abilities();
    if abilities.once
        && let Outcome::Transport(why) | Outcome::WrongAnswer(why) = participant.once().await.outcome
    {
        return Err(why);
    }
    if abilities.serves {
        let sample = match participant.start().await.map_err(|e| e.to_string())? {
            Some(sample) => sample,
            None => participant.cold().await,
        };
        if sample.outcome.is_failure() {
            return Err(explain::first_failure(participant.url(), &sample.outcome, timeout));
        }
    }
    recorder.has_answered(participant.name());
    Ok(())
}

/// How what it answers or prints differs from that of the others.
fn differs<C: Measurable>(others: &[C], participant: &C) -> Option<String> {
    others.iter().find_map(|other| {
        let difference = other.difference(participant)?;
        Some(format!("it does not do what {} does: {difference}", other.name()))
    })
}
