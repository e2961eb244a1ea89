//! Removes what packagings made under names that are known, whoever made it.

use std::time::Duration;

/// How long until the next look.
const AGAIN: Duration = Duration::from_millis(500);
/// So many looks in a row find nothing before it is believed: a daemon may still be making what it was asked for by a
/// client that was killed.
const QUIET: u32 = 2;
/// After so many looks, what is still there cannot be removed.
const LOOKS: u32 = 20;

/// Removes what is named so wherever a daemon answers, until no more appears.
pub async fn remove_all(is_meant: impl Fn(&str) -> bool) {
    let mut quiet = 0;
    for _ in 0..LOOKS {
        let found = super::docker::remove(&is_meant).await | super::ctr::remove(&is_meant).await;
        quiet = if found { 0 } else { quiet + 1 };
        if quiet == QUIET {
            break;
        }
        tokio::time::sleep(AGAIN).await;
    }
}
