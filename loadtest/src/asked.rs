//! What a scenario asks, as far as it needs to know.

use crate::probe::Probe;
use crate::sample::{Phase, Sample};

/// What can be asked; a test's takes no time.
pub trait Asked {
    /// Its name in the report.
    fn name(&self) -> &str;
    /// Where it is.
    fn url(&self) -> &str;
    /// How its answers look other than those of another, if they do.
    fn difference(&self, other: &Self) -> Option<String>;
    /// On a new connection.
    fn cold(&mut self) -> impl Future<Output = Sample>;
    /// Closes its connection: the next warm request makes a new one.
    fn disconnect(&mut self) -> impl Future<Output = ()>;
    /// On the connection that is there.
    fn warm(&mut self, phase: Phase) -> impl Future<Output = Sample>;
}

impl Asked for Probe {
    fn name(&self) -> &str {
        &self.target().name
    }

    fn url(&self) -> &str {
        self.target().url.as_str()
    }

    fn difference(&self, other: &Self) -> Option<String> {
        Probe::difference(self, other)
    }

    async fn cold(&mut self) -> Sample {
        Probe::cold(self).await
    }

    async fn disconnect(&mut self) {
        Probe::disconnect(self).await;
    }

    async fn warm(&mut self, phase: Phase) -> Sample {
        Probe::warm(self, phase).await
    }
}
