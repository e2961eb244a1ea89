//! Requests to all that serve, one after the other, while all of them serve.

use super::{Bench, Contender};
use crate::error::Error;
use crate::experiment::{self, Ended};
use crate::explain;
use crate::matrix::measured::Figure;
use crate::matrix::packaging::{Caches, Why};
use crate::participant::Participant;
use crate::sample::Outcome;
use crate::server::process::Process;
use crate::target::Target;

impl Bench<'_> {
    /// Cold and warm requests to all that serve, which serve meanwhile.
    ///
    /// # Errors
    ///
    /// The recorder's.
    pub async fn requests(&mut self) -> Result<Ended, Error> {
        let (plan, cancel) = (self.plan, self.cancel);
        let mut serving = Vec::new();
        let asked = async {
            for index in 0..self.contenders.len() {
                if let Some(process) = self.stand(index).await {
                    serving.push(process);
                }
            }
        };
        if cancel.run_until_cancelled(asked).await.is_none() {
            return Ok(Ended::Interrupted);
        }
        let standing =
            |contender: &Contender| contender.probe.is_some() && contender.measured.wants(Figure::Requests);
        let mut probes = Vec::new();
        for contender in &mut self.contenders {
            if standing(contender) {
                probes.extend(contender.probe.take().map(Participant::running));
            }
        }
        let now = tokio::time::Instant::now();
        let ended =
            experiment::run(&plan.requests, &mut probes, Some(now), false, &mut self.recorder, cancel).await;
        for process in serving {
            process.stop().await;
        }
        self.close().await;
        ended
    }

    /// Starts what serves and leaves it so; of what is served already, asks once.
    async fn stand(&mut self, index: usize) -> Option<Process> {
        let contender = &self.contenders[index];
        if contender.sizes.is_err() {
            return None;
        }
        if contender.packaging.url().is_some() {
            let known = self.ask_once(index).await.and_then(|()| self.differs(index));
            if let Err(why) = known {
                self.give_up(index, &[Figure::Requests], &why);
            }
            return None;
        }
        if let Some(why) = self.contenders[index].measured.why.get(&Figure::Start(Caches::Warm)).cloned() {
            self.give_up(index, &[Figure::Requests], &why);
            return None;
        }
        let turn = self.open(index, Caches::Warm);
        match self.start(index, &turn).await {
            Ok((process, _)) => Some(process),
            Err(why) => {
                self.give_up(index, &[Figure::Requests], &why);
                None
            }
        }
    }

    async fn ask_once(&mut self, index: usize) -> Result<(), Why> {
        let probe = self.contenders[index].probe.as_mut().ok_or("it was not prepared")?;
        let mut sample = probe.cold().await;
        if sample.outcome == Outcome::ClientStopped {
            sample = probe.cold().await;
        }
        let Target { name, url, .. } = probe.target();
        if !sample.outcome.is_ok() {
            return Err(explain::first_failure(url.as_str(), &sample.outcome, self.plan.requests.timeout));
        }
        self.recorder.has_answered(name);
        Ok(())
    }
}
