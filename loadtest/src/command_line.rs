//! Reads the command line. Where clap does not see what was meant, what to write instead is told in one line.

use std::ffi::OsString;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::args::Cli;
use crate::error::Error;

/// The command line; ends the process where help or the version is asked for, and where clap has a complaint.
///
/// # Errors
///
/// When something else was meant than what is written.
pub fn read(args: impl IntoIterator<Item = OsString>) -> Result<Cli, Error> {
    Cli::try_parse_from(args).or_else(|complaint| match remedy(&complaint) {
        Some(remedy) => Err(Error::Usage(remedy)),
        None if word(&complaint, ContextKind::InvalidSubcommand) == Some("--help") => {
            Cli::parse_from(["loadtest", "--help"]);
            unreachable!("help ends the process")
        }
        None => complaint.exit(),
    })
}

fn remedy(complaint: &clap::Error) -> Option<String> {
    if complaint.kind() == ErrorKind::InvalidValue {
        return missing_url(complaint);
    }
    let word = word(complaint, ContextKind::InvalidSubcommand)?;
    if ["compare", "deploy", "image", "load", "matrix", "report", "serve"].contains(&word) {
        Some(format!("{word} comes first: write loadtest {word}, then everything else"))
    } else if word.contains("://") {
        Some(format!("{word:?} is neither a command nor a flag: write --url {word}"))
    } else if word.ends_with(".toml") {
        Some(format!("{word:?} is neither a command nor a flag: write --from {word}"))
    } else if word.contains(['.', ':', '/']) {
        Some(format!("{word:?} is neither a command nor a flag: write --url http://{word}"))
    } else {
        None
    }
}

/// A shell makes nothing of a variable that is not set.
fn missing_url(complaint: &clap::Error) -> Option<String> {
    let flag = word(complaint, ContextKind::InvalidArg)?;
    let value = word(complaint, ContextKind::InvalidValue)?;
    (flag.starts_with("--url ") && value.is_empty())
        .then(|| "--url has no URL: is the variable that it comes from set, such as SPIN_URL?".into())
}

fn word(complaint: &clap::Error, kind: ContextKind) -> Option<&str> {
    match complaint.get(kind)? {
        ContextValue::String(word) => Some(word),
        _ => None,
    }
}
