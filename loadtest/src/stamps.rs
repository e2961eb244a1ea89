//! When the steps of a request were done.

use std::time::Instant;

use crate::sample::Segments;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    pub connect_begun: Option<Instant>,
    pub resolved: Option<Instant>,
    pub tls_begun: Option<Instant>,
    pub ready: Option<Instant>,
    /// Connecting took the whole wait for an address that did not answer.
    pub waited: bool,
    pub answered: Option<Instant>,
}

impl Moments {
    /// The headers of the answer are there now.
    pub fn answered(moments: Option<&mut Self>) {
        if let Some(moments) = moments {
            moments.answered = Some(Instant::now());
        }
    }

    /// The parts of a request sent, answered (headers) and done at these times. On a connection that was already
    /// there, the first byte counts from `sent`.
    pub fn segments(&self, sent: Instant, answered: Option<Instant>, done: Instant) -> Segments {
        let nanos = |from: Option<Instant>, to: Option<Instant>| {
            Some(u64::try_from(to?.saturating_duration_since(from?).as_nanos()).unwrap_or(u64::MAX))
        };
        let tcp_from = self.resolved.or(self.connect_begun);
        Segments {
            dns_ns: nanos(self.connect_begun, self.resolved),
            connect_ns: nanos(tcp_from, self.tls_begun.or(self.ready)),
            tls_ns: nanos(self.tls_begun, self.ready),
            first_byte_ns: nanos(self.ready.or(Some(sent)), answered),
            body_ns: nanos(answered, Some(done)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn segments_follow_one_another_and_add_up() {
        let sent = Instant::now();
        let at = |ms| sent + Duration::from_millis(ms);
        let moments = Moments {
            connect_begun: Some(at(0)),
            resolved: Some(at(3)),
            tls_begun: Some(at(5)),
            ready: Some(at(12)),
            ..Moments::default()
        };
        let segments = moments.segments(sent, Some(at(20)), at(21));
        let ms = |n: u64| Some(n * 1_000_000);
        assert_eq!(
            segments,
            Segments {
                dns_ns: ms(3),
                connect_ns: ms(2),
                tls_ns: ms(7),
                first_byte_ns: ms(8),
                body_ns: ms(1)
            }
        );
    }

    #[test]
    fn what_did_not_come_to_pass_has_no_time() {
        let sent = Instant::now();
        let moments = Moments { connect_begun: Some(sent), resolved: Some(sent), ..Moments::default() };
        let segments = moments.segments(sent, None, sent);
        assert_eq!((segments.connect_ns, segments.first_byte_ns, segments.body_ns), (None, None, None));
    }
}
