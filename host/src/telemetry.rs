//! Traces, printed as `spin up` prints them: errors, and what `RUST_LOG` asks for.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::{Directive, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, registry};

/// Prints the traces of this process to standard error from now on. Does nothing if the process has a subscriber.
///
/// The layers and filters are Spin's. They decide how much each traced call costs, and guests of WAGI make more
/// calls than others: with a plainer subscriber, the packagings would compare otherwise than in Spin.
pub fn print_traces() {
    let directives = ["wasmtime_wasi_http=warn", "[{app_log}]=off", "[{app_log_non_utf8}]=off"];
    let directives = directives.into_iter().filter_map(|directive| directive.parse::<Directive>().ok());
    let filter = directives.fold(EnvFilter::from_default_env(), EnvFilter::add_directive);
    let traces =
        fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).with_filter(filter);
    // Spin has a second layer like this, for alerts. Its filter looks at fields, so no call is skipped by its level.
    let alerts = fmt::layer()
        .with_writer(io::stderr)
        .without_time()
        .with_filter(filter_fn(|event| event.fields().field("alert").is_some()));
    let _ = registry().with(traces).with(alerts).try_init();
}
