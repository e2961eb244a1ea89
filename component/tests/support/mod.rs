//! What the contract is held against, and how.

pub mod command;
pub mod http;
pub mod packagings;
