//! Why a target gave no usable answer, in one line that names the remedy.

use std::time::Duration;

use crate::sample::{KEPT_CONNECTION_CLOSED, Outcome};

/// What to add where a cold request was refused with this status: a server may refuse the query that makes it differ.
pub fn cold_query_hint(outcome: &Outcome) -> Option<&'static str> {
    matches!(outcome, Outcome::Status(400 | 401 | 403 | 422)).then_some(COLD_QUERY)
}

const COLD_QUERY: &str = "cold requests have ?_cold=… added, which a signed or strict URL refuses: --no-cache-buster leaves it out";

/// What to tell of the first request to `url`, which failed; `timeout` is what it was given.
pub fn first_failure(url: &str, outcome: &Outcome, timeout: Duration) -> String {
    match outcome {
        Outcome::Ok => format!("{url} answered"),
        Outcome::Status(code) => format!("{url} answered {code}: {}", status_remedy(*code)),
        Outcome::WrongAnswer(difference) => {
            format!("{url} gave a wrong answer ({difference}); if it is right, --check status accepts it")
        }
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
    // What stands in an answer is the target's word.
    let is_ours = |cause: &&str| kind == "transport" && !is_of_answer(cause);
    if let Some(told) = cause.filter(is_ours).and_then(own_remedy) {
        return told;
    }
    match (kind, cause, status) {
        (_, _, Some(code)) => format!("answered {code}: {}", status_remedy(code)),
        ("timeout", ..) => "timed out; -t allows more time".into(),
        ("wrong-answer", Some(how), _) => {
            format!("its answer changed, first to {how}; if that is right, --check status accepts it")
        }
        ("wrong-answer", ..) => "its answer changed; if that is right, --check status accepts it".into(),
        ("cached", ..) => {
            "answered by a cache; ask for something that is not cached, or measure the cache with --allow-cached".into()
        }
        (_, Some("connection refused"), _) if answered => {
            "connection refused after it had answered; does it still run? Its own log may tell why not".into()
        }
        (_, Some(KEPT_CONNECTION_CLOSED), _) => KEPT_CONNECTION_REMEDY.into(),
        (_, Some(cause), _) if answered && is_broken_off(cause) => {
            format!("no whole answer ({cause}) after others were whole; see the target's own log")
        }
        (_, Some(cause), _) => transport_remedy(url, cause),
        (_, None, _) => "no whole answer came; does it still run? Its own log may tell why not".into(),
    }
}

const KEPT_CONNECTION_REMEDY: &str = "the server closed a kept connection as the next request came: it does not announce that \
it closes (Connection: close), or keeps a connection only as long as --interval; change that, or ask with -H 'Connection: \
close'";

/// As far as this client can tell, it was the target that ended it.
fn is_broken_off(cause: &str) -> bool {
    ["connection closed", "connection reset", "end of file", "broken pipe"]
        .iter()
        .any(|ends| cause.contains(ends))
}

fn status_remedy(code: u16) -> &'static str {
    match code {
        300..=303 | 307 | 308 => {
            "redirects are not followed, since they would be timed as one request; measure the URL it leads to"
        }
        401 | 403 => "pass what it wants to see with -H 'NAME: VALUE'",
        404 | 410 => "is the path right?",
        405 | 501 => "is the method (-m) right?",
        429 => "it limits how often it is asked; ask less often, or have its limit raised for this client",
        502 | 504 => {
            "what stands before the target got no answer of it; see its log, and the target's own log"
        }
        503 => "it cannot answer now; does it still start, or limit its load? See its own log",
        500..=599 => "the target itself fails; see its own log",
        _ => "only a 2xx answer can be measured",
    }
}

/// Whether it is told by what stands in the answer, whatever that says.
fn is_of_answer(cause: &str) -> bool {
    cause.starts_with("invalid HTTP: ")
}

fn transport_remedy(url: &str, cause: &str) -> String {
    let has = |text: &str| cause.contains(text);
    if is_of_answer(cause) {
        if has("answers in TLS") {
            format!("{cause}; try {}", url.replacen("http://", "https://", 1))
        } else if has("the header \"") {
            format!("no HTTP client reads its answer ({cause}); mend that in the target")
        } else {
            format!("no whole answer ({cause}); does it speak HTTP?")
        }
    } else if let Some(told) = own_remedy(cause).or_else(|| certificate_remedy(cause)) {
        told
    } else if has("connection refused") {
        "connection refused; does anything listen there?".into()
    } else if has("lookup address") || has("resolve") || has("Name or service") {
        format!("the host does not resolve ({cause}); is its name right?")
    } else if has("InvalidContentType") || has("corrupt message") {
        format!("no TLS there ({cause}); try {}", url.replacen("https://", "http://", 1))
    } else if has("longer than") {
        format!("{cause}; such a body measures the network, not the target")
    } else if cause == KEPT_CONNECTION_CLOSED {
        KEPT_CONNECTION_REMEDY.into()
    } else if has("cannot connect") {
        format!("{cause}; is its address right, and is it reachable from here?")
    } else if is_broken_off(cause) {
        format!("no whole answer ({cause}); does it speak HTTP? Its own log may tell why it closed")
    } else {
        format!("no whole answer ({cause}); does it speak HTTP?")
    }
}

/// Of TLS: rustls says itself what is wrong with a certificate.
fn certificate_remedy(cause: &str) -> Option<String> {
    let has = |text: &str| cause.contains(text);
    if has("NotValidYet") || has("not valid yet") {
        Some("its certificate is not valid yet; is the clock of this machine right? -k accepts any".into())
    } else if has("certificate") {
        Some(format!(
            "its certificate is not trusted here ({cause}); name its file, or that of its authority, in SSL_CERT_FILE, or accept \
             any with -k"
        ))
    } else if has("alert: ProtocolVersion") || has("alert: HandshakeFailure") {
        Some(format!("no TLS that both sides know ({cause}); the server needs TLS 1.2 or 1.3"))
    } else {
        None
    }
}

/// Of what this machine lacks, which is not to be blamed on the target.
fn own_remedy(cause: &str) -> Option<String> {
    let has = |text: &str| cause.contains(text);
    if has("Cannot assign requested address") || has("AddrNotAvailable") {
        Some(format!(
            "this machine has no free port for another connection ({cause}), which is not the target's fault: wait a minute, use \
             fewer connections, or widen net.ipv4.ip_local_port_range"
        ))
    } else if has("Too many open files") {
        Some(format!(
            "this client may open no more files ({cause}), which is not the target's fault: raise the limit with ulimit -n"
        ))
    } else if has("Network is unreachable") || has("No route to host") {
        Some(format!("this machine has no route to the target ({cause}); is its network up?"))
    } else if has("Temporary failure in name resolution") {
        Some(format!("this machine cannot resolve any name now ({cause}); is its network up?"))
    } else {
        None
    }
}
