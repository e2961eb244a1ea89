//! Images under Docker and under containerd, as packagings of the matrix: found, imported, run, and removed again.

mod archive;
mod client;
pub mod ctr;
pub mod docker;
mod nothing;
pub mod owner;
mod serving;
