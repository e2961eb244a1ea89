//! When a target may be asked for a cold sample: its server has idled then, and so has the machine for a part of that.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use crate::participant::Measurable;

pub struct Idling {
    idle: Duration,
    asked: Vec<Option<Instant>>,
}

impl Idling {
    /// Of so many targets, which were `asked` last at that time, if they were.
    pub fn new(idle: Duration, targets: usize, asked: Option<Instant>) -> Self {
        Self { idle, asked: vec![asked; targets] }
    }

    pub fn answered(&mut self, index: usize, now: Instant) {
        self.asked[index] = Some(now);
    }

    /// Not before its server has idled; nor before an equal share of that after any target, so that none meets a machine, or a
    /// client, that the one before it in the round has just woken. `None`: at once.
    pub fn ready<C: Measurable>(&self, index: usize, participants: &[C]) -> Option<Instant> {
        let own_server = server(participants[index].url());
        let own = participants.iter().zip(&self.asked).filter(|(other, _)| server(other.url()) == own_server);
        let own = own.filter_map(|(_, at)| *at).max().map(|at| at + self.idle);
        let any = self.asked.iter().flatten().max().map(|at| *at + self.idle / self.asked.len() as u32);
        own.max(any)
    }
}

/// Host and port; of what is no URL, all of it.
fn server(url: &str) -> String {
    let parsed = Url::parse(url).ok();
    let of = |url: &Url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?));
    parsed.as_ref().and_then(of).unwrap_or_else(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_host_and_a_port_whatever_its_path() {
        assert_eq!(server("http://a.test/x?y"), server("http://a.test:80/"));
        assert_ne!(server("http://a.test/"), server("https://a.test/"));
        assert_ne!(server("http://a.test:81/"), server("http://a.test/"));
        assert_eq!(server("x"), "x");
    }
}
