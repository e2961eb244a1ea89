//! A word to whoever has enough, at once: removing what was started takes a while.

use std::io::{IsTerminal, Write, stderr};

use tokio_util::sync::CancellationToken;

/// Says so in a terminal as soon as it is cancelled, unless `quiet`.
pub fn announce(cancel: &CancellationToken, quiet: bool) {
    let cancel = cancel.clone();
    tokio::spawn(async move {
        cancel.cancelled().await;
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        // Whether or not it is read.
        let _ = stderr().write_all(words(stderr().is_terminal() && !quiet, is_dumb).as_bytes());
    });
}

/// In place of the progress, which goes on below it, if at all, and is removed as ever.
fn words(is_seen: bool, is_dumb: bool) -> &'static str {
    match (is_seen, is_dumb) {
        (false, _) => "",
        (true, false) => "\r\x1b[Kloadtest: ending: removing what was started\n",
        (true, true) => "\nloadtest: ending: removing what was started\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_looks_at_a_terminal_is_told_and_in_a_line_of_its_own() {
        assert_eq!((words(false, false), words(false, true)), ("", ""));
        for is_dumb in [false, true] {
            let told = words(true, is_dumb);
            assert!(told.contains("ending") && told.ends_with('\n'), "{told:?}");
            assert_eq!(told.contains('\x1b'), !is_dumb, "{told:?}");
        }
    }
}
