//! What the contract is held against, and how.

pub mod checks;
pub mod command;
pub mod http;
pub mod packagings;
