//! How often something held.

use std::fmt;

/// How often something held, of how many times it was claimed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    pub held: usize,
    pub claimed: usize,
}

impl Score {
    /// `None`: nothing was claimed.
    pub fn count(&mut self, held: Option<bool>) {
        if let Some(held) = held {
            self.claimed += 1;
            self.held += usize::from(held);
        }
    }

    /// Whether it held no more often than a share of `truly` explains, with two standard errors.
    pub fn is_at_most(&self, truly: f64) -> bool {
        self.claimed == 0 || self.share() <= truly + 2.0 * self.error(truly)
    }

    /// Whether it held no less often than that.
    pub fn is_at_least(&self, truly: f64) -> bool {
        self.claimed == 0 || self.share() >= truly - 2.0 * self.error(truly)
    }

    fn error(&self, truly: f64) -> f64 {
        (truly * (1.0 - truly) / self.claimed as f64).sqrt()
    }

    pub fn share(&self) -> f64 {
        self.held as f64 / self.claimed as f64
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.claimed {
            0 => f.pad("withheld"),
            _ => f.pad(&format!("{:.1} %", 100.0 * self.share())),
        }
    }
}
