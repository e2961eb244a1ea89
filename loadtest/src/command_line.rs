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
    let args: Vec<_> = args.into_iter().collect();
    Cli::try_parse_from(&args).or_else(|complaint| match remedy(&complaint, args.get(1)) {
        Some(remedy) => Err(Error::Usage(remedy)),
        None if word(&complaint, ContextKind::InvalidSubcommand) == Some("--help") => {
            Cli::parse_from(["loadtest", "--help"]);
            unreachable!("help ends the process")
        }
        None => complaint.exit(),
    })
}

fn remedy(complaint: &clap::Error, first: Option<&OsString>) -> Option<String> {
    if let Some(word) = word(complaint, ContextKind::InvalidSubcommand) {
        return no_command(word);
    }
    let invalid = || word(complaint, ContextKind::InvalidArg);
    match complaint.kind() {
        ErrorKind::InvalidValue => missing_url(complaint),
        ErrorKind::ArgumentConflict => twice(invalid()?, word(complaint, ContextKind::PriorArg)?),
        ErrorKind::UnknownArgument => {
            let command = first.and_then(|first| first.to_str()).unwrap_or_default();
            negative(invalid()?).or_else(|| if command == "load" { url(invalid()?) } else { None })
        }
        _ => None,
    }
}

fn no_command(word: &str) -> Option<String> {
    if ["compare", "deploy", "image", "load", "matrix", "report", "serve"].contains(&word) {
        Some(format!("{word} comes first: write loadtest {word}, then everything else"))
    } else if word.ends_with(".toml") && !word.contains("://") {
        Some(format!("{word:?} is neither a command nor a flag: write --from {word}"))
    } else {
        url(word)
    }
}

/// What looks like a URL, and stands alone.
fn url(word: &str) -> Option<String> {
    let scheme = if word.contains("://") { "" } else { "http://" };
    (!word.starts_with('-') && word.contains(['.', ':', '/']))
        .then(|| format!("{word:?} is neither a command nor a flag: write --url {scheme}{word}"))
}

/// What clap takes for a flag.
fn negative(word: &str) -> Option<String> {
    let is_number = word.strip_prefix('-')?.starts_with(|first: char| first.is_ascii_digit());
    is_number
        .then(|| format!("{word:?} is no flag, and no number or time here is negative: leave out its minus"))
}

fn twice(flag: &str, earlier: &str) -> Option<String> {
    (flag.starts_with("--url ") && flag == earlier)
        .then(|| "--url names one URL: several are measured with loadtest compare NAME=URL NAME=URL".into())
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
