//! Why a target gave no usable answer, in one line that names the remedy.

mod this_client;
mod tls;

use std::time::Duration;

use crate::sample::Outcome;

/// What to tell of the first request to `url`, which failed; `timeout` is what it was given.
pub fn first_failure(url: &str, outcome: &Outcome, timeout: Duration) -> String {
    let told = failure(url, outcome, timeout);
    let was_reached = !matches!(outcome, Outcome::Timeout | Outcome::Transport(_));
    let proxy = this_client::unused_proxy(url, |name| std::env::var(name).ok()).filter(|_| !was_reached);
    proxy.map_or(told.clone(), |proxy| format!("{told} ({proxy})"))
}

/// What to add where a cold request was refused with this status: a server may refuse the query that makes it differ.
pub fn cold_query_hint(outcome: &Outcome) -> Option<&'static str> {
    matches!(outcome, Outcome::Status(400 | 401 | 403 | 422)).then_some(COLD_QUERY)
}

const COLD_QUERY: &str = "cold requests have ?_cold=… added, which a signed or strict URL refuses: --no-cache-buster leaves it out";

fn failure(url: &str, outcome: &Outcome, timeout: Duration) -> String {
    match outcome {
        Outcome::Ok => format!("{url} answered"),
        Outcome::Status(code) => format!("{url} answered {code}: {}", status_remedy(*code)),
        Outcome::WrongAnswer(difference) => format!("{url} changed its answer: {difference}"),
        Outcome::Cached(betrayed) => {
            format!(
                "{url} is answered by a cache, not by the target ({betrayed}); ask for something that is not cached, or \
                 measure the cache with --allow-cached"
            )
        }
        Outcome::Timeout => {
            let limit = humantime::format_duration(timeout);
            format!("{url} did not answer within {limit}; -t allows more time")
        }
        Outcome::Transport(cause) => format!("{url}: {}", transport_remedy(url, cause)),
        Outcome::ClientStopped => {
            format!(
                "{url} was not measured: this client was stopped while it waited for the answer; measure again"
            )
        }
    }
}

/// What to tell of requests to `url` that failed so, some of which may have been `answered`; `cause` is that of what
/// failed on the way, where it is known.
pub fn failures(url: &str, kind: &str, cause: Option<&str>, answered: bool) -> String {
    let status = kind.strip_prefix("status-").and_then(|code| code.parse().ok());
    if let Some(told) = cause.and_then(this_client::remedy) {
        return told;
    }
    match (kind, cause, status) {
        (_, _, Some(code)) => format!("answered {code}: {}", status_remedy(code)),
        ("timeout", ..) => "timed out; -t allows more time".into(),
        ("wrong-answer", ..) => {
            "its answer changed; ask for something whose form stays, or see what it answered in the file of --samples"
                .into()
        }
        ("cached", ..) => {
            "answered by a cache; ask for something that is not cached, or measure the cache with --allow-cached".into()
        }
        (_, Some("connection refused"), _) if answered => {
            "connection refused after it had answered; does it still run? Its own log may tell why not".into()
        }
        (_, Some(cause), _) if answered => {
            format!("no whole answer ({cause}) after others were whole; see the target's own log")
        }
        (_, Some(cause), _) => transport_remedy(url, cause),
        (_, None, _) => "no whole answer came; does it still run? Its own log may tell why not".into(),
    }
}

fn status_remedy(code: u16) -> &'static str {
    match code {
        300..=399 => {
            "redirects are not followed, since they would be timed as one request; measure the URL it leads to"
        }
        401 | 403 => "pass what it wants to see with -H 'NAME: VALUE'",
        404 => "is the path right?",
        405 | 501 => "is the method (-m) right?",
        500..=599 => "the target itself fails; see its own log",
        _ => "only a 2xx answer can be measured",
    }
}

fn transport_remedy(url: &str, cause: &str) -> String {
    let has = |text: &str| cause.contains(text);
    if let Some(told) = this_client::remedy(cause).or_else(|| tls::remedy(cause)) {
        told
    } else if has("connection refused") {
        "connection refused; does anything listen there?".into()
    } else if has("lookup address") || has("resolve") || has("Name or service") {
        format!("the host does not resolve ({cause}); is its name right?")
    } else if has("InvalidContentType") || has("corrupt message") {
        format!("no TLS there ({cause}); try {}", url.replacen("https://", "http://", 1))
    } else if has("longer than") {
        format!("{cause}; such a body measures the network, not the target")
    } else {
        format!("no whole answer ({cause}); does it speak HTTP?")
    }
}
