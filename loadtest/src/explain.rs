//! Why a target gave no usable answer, in one line that names the remedy.

use std::time::Duration;

use crate::sample::{Outcome, Sample};

/// What to tell of the first request to `url`, which failed.
pub fn first_failure(url: &str, sample: &Sample) -> String {
    match &sample.outcome {
        Outcome::Ok => format!("{url} answered"),
        Outcome::Status(code) => format!("{url} answered {code}: {}", status_remedy(*code)),
        Outcome::WrongAnswer(difference) => format!("{url} changed its answer: {difference}"),
        Outcome::Cached(betrayed) => {
            format!(
                "{url} is answered by a cache, not by the target ({betrayed}); ask for something that is not cached"
            )
        }
        Outcome::Timeout => {
            let limit = humantime::format_duration(limit(Duration::from_nanos(sample.service_ns())));
            format!("{url} did not answer within {limit}; -t allows more time")
        }
        Outcome::Transport(cause) => format!("{url}: {}", transport_remedy(url, cause)),
    }
}

/// What `-t` said: the roundest time that is hardly less than the one waited, since a timer is late and never early.
fn limit(waited: Duration) -> Duration {
    let waited = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
    let late = 5 + waited / 100;
    let round = |step: &u64| waited / step * step;
    let limit = [60_000, 1000, 500, 100, 50, 10, 5].iter().map(round).find(|limit| waited - limit <= late);
    Duration::from_millis(limit.filter(|limit| *limit > 0).unwrap_or(waited))
}

fn status_remedy(code: u16) -> &'static str {
    match code {
        300..=399 => {
            "redirects are not followed, since they would be timed as one request; measure the URL it leads to"
        }
        401 | 403 => "pass what it wants to see with -H 'NAME: VALUE'",
        404 => "is the path right?",
        405 => "is the method (-m) right?",
        500..=599 => "the target itself fails; see its own log",
        _ => "only a 2xx answer can be measured",
    }
}

fn transport_remedy(url: &str, cause: &str) -> String {
    let has = |text: &str| cause.contains(text);
    if has("connection refused") {
        "connection refused; does anything listen there?".into()
    } else if has("lookup address") || has("resolve") || has("Name or service") {
        format!("the host does not resolve ({cause}); is its name right?")
    } else if has("InvalidContentType") || has("corrupt message") {
        format!("no TLS there ({cause}); try {}", url.replacen("https://", "http://", 1))
    } else if has("certificate") || has("UnknownIssuer") {
        format!(
            "its certificate is not trusted here ({cause}); SSL_CERT_FILE names a file of others to trust"
        )
    } else if has("longer than") {
        format!("{cause}; such a body measures the network, not the target")
    } else {
        format!("no whole answer ({cause}); does it speak HTTP?")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_out_is_told_as_it_was_given() {
        for (given, waited) in
            [(1000, 1001), (300, 304), (30_000, 30_002), (1500, 1502), (250, 251), (90_000, 90_001)]
        {
            let told = limit(Duration::from_millis(waited)).as_millis();
            assert_eq!(told, given);
        }
    }
}
