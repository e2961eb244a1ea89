//! When a target may be asked for a cold sample: its server has idled then, and so has the machine for a part of that.

use std::time::Duration;

use reqwest::Url;
use tokio::time::Instant;

use crate::asked::Asked;

/// Who was asked when.
pub struct Idling {
    idle: Duration,
    /// The server of each target, and when it was asked last.
    targets: Vec<(String, Option<Instant>)>,
}

impl Idling {
    /// Of these targets, which were `asked` last at that time, if they were.
    pub fn new<A: Asked>(idle: Duration, targets: &[A], asked: Option<Instant>) -> Self {
        Self { idle, targets: targets.iter().map(|target| (server(target.url()), asked)).collect() }
    }

    /// It was asked, and has answered now.
    pub fn answered(&mut self, index: usize, now: Instant) {
        self.targets[index].1 = Some(now);
    }

    /// Not before its server has idled; nor before an equal share of that after any target, so that none meets a machine, or a
    /// client, that the one before it in the round has just woken. `None`: at once.
    pub fn ready(&self, index: usize) -> Option<Instant> {
        let server = &self.targets[index].0;
        let last = |is_meant: &dyn Fn(&str) -> bool| {
            self.targets.iter().filter(|(other, _)| is_meant(other)).filter_map(|(_, at)| *at).max()
        };
        let own = last(&|other| other == server).map(|at| at + self.idle);
        let any = last(&|_| true).map(|at| at + self.idle / self.targets.len() as u32);
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
