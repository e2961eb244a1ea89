//! Ctrl-C, SIGTERM and SIGHUP, turned into a token that everything under way looks at; and how a process learns that the
//! one has ended that started it.

#[cfg(unix)]
use std::sync::{Arc, atomic::AtomicBool};

#[cfg(unix)]
use signal_hook::{consts::SIGINT, flag};
use tokio::io::AsyncReadExt;
use tokio_util::sync::CancellationToken;

#[cfg(unix)]
use crate::exit::INTERRUPTED;

/// A token that is cancelled by the first SIGINT, SIGTERM or SIGHUP. A second SIGINT ends the process at once, whatever is still
/// under way.
///
/// Must be called within a tokio runtime.
pub fn token() -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    // Listened for from here on, not from when the task has its turn: a process may be started before that.
    let signalled = signalled();
    // Where that fails, the first is all that is heeded.
    let _ = end_at_the_second();
    tokio::spawn(async move {
        signalled.await;
        cancelled.cancel();
    });
    token
}

/// Waits until standard input closes: where it is a pipe, it does so with the process that started this one, however
/// that ends.
pub async fn stdin_closed() {
    let (mut stdin, mut ignored) = (tokio::io::stdin(), [0; 64]);
    while stdin.read(&mut ignored).await.is_ok_and(|n| n > 0) {}
}

#[cfg(unix)]
fn signalled() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    // Asked before any is handled. Where it is ignored, as nohup has it, it stays ignored.
    let hangup = if hangup_is_ignored() { SignalKind::terminate() } else { SignalKind::hangup() };
    let signals = [SignalKind::interrupt(), SignalKind::terminate(), hangup].map(signal);
    async move {
        let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = signals else {
            // Then signals end the process, as they do by default.
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// In the handler itself, since a thread that computes, or waits for whoever reads, comes to nothing else. Only of SIGINT, which is
/// sent by hand: what sends others may send them twice, as `timeout` does.
#[cfg(unix)]
fn end_at_the_second() -> std::io::Result<()> {
    let interrupted = Arc::new(AtomicBool::new(false));
    flag::register_conditional_shutdown(SIGINT, i32::from(INTERRUPTED), interrupted.clone())?;
    flag::register(SIGINT, interrupted)?;
    Ok(())
}

#[cfg(not(unix))]
fn end_at_the_second() -> std::io::Result<()> {
    Ok(())
}

/// Where that cannot be known, it is left as it is.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The lowest bit is signal 1, which it is.
    mask.is_none_or(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
async fn signalled() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
