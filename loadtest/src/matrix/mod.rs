//! Every packaging that this machine can run, in one table.

pub mod artefacts;
pub mod command_line;
pub mod packaging;
