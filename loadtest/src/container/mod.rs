//! Images under Docker and under containerd, as packagings of the matrix: found, imported, run, and removed again.

mod archive;
mod client;
pub mod ctr;
pub mod docker;
mod nothing;
mod serving;

/// Removes what was made by processes of this machine that have ended, where a daemon answers.
pub async fn remove_stale() {
    docker::remove_stale().await;
    ctr::remove_stale().await;
}
