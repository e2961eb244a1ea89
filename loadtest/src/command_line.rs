//! Reads the command line. Where clap does not see what was meant, what to write instead is told in one line.

use std::error::Error as _;
use std::ffi::OsString;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::args::Cli;
use crate::error::Error;
use crate::usage;

/// The command line; ends the process where help or the version is asked for, and where clap has a complaint.
pub fn read(args: impl IntoIterator<Item = OsString>) -> Result<Cli, Error> {
    let args: Vec<_> = args.into_iter().collect();
    let cli = Cli::try_parse_from(&args).or_else(|complaint| match remedy(&complaint, args.get(1)) {
        Some(remedy) => Err(Error::Usage(remedy)),
        None if word(&complaint, ContextKind::InvalidSubcommand) == Some("--help") => {
            Cli::parse_from(["loadtest", "--help"]);
            unreachable!("help ends the process")
        }
        None => complaint.exit(),
    })?;
    usage::check_ramp(&cli).map(|()| cli)
}

fn remedy(complaint: &clap::Error, first: Option<&OsString>) -> Option<String> {
    if let Some(word) = word(complaint, ContextKind::InvalidSubcommand) {
        return no_command(word);
    }
    let invalid = || word(complaint, ContextKind::InvalidArg);
    match complaint.kind() {
        ErrorKind::InvalidValue => missing_url(complaint),
        ErrorKind::ValueValidation => malformed(complaint),
        ErrorKind::ArgumentConflict => twice(invalid()?, word(complaint, ContextKind::PriorArg)?),
        ErrorKind::UnknownArgument => {
            let command = first.and_then(|first| first.to_str()).unwrap_or_default();
            negative(invalid()?).or_else(|| elsewhere(command, invalid()?))
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

/// What another command knows, or this one by another name.
fn elsewhere(command: &str, word: &str) -> Option<String> {
    let of_load = ["-c", "--connections", "-z", "--duration", "-q", "--rate", "--ramp"];
    let in_turn = ["--cold", "--warm", "--idle", "--interval", "--until", "--resume"];
    match command {
        "load" if in_turn.contains(&word) => Some(format!(
            "{word} is for requests one after the other, and not for a load: leave it out, or load"
        )),
        "load" => url(word),
        "compare" if word == "--url" => {
            Some("compare takes each URL with its name: write NAME=URL NAME=URL".into())
        }
        "matrix" if word.contains("://") => {
            Some(format!("{word:?} has no flag and no name: write --url NAME={word}"))
        }
        "serve" | "matrix" | "deploy" | "image" if word.ends_with(".toml") => {
            Some(format!("{word:?} has no flag: write --from {word}"))
        }
        first if first.starts_with('-') && of_load.contains(&word) => {
            Some(format!("{word} is for many requests at a time: write loadtest load, then everything else"))
        }
        _ => None,
    }
}

/// What looks like a URL, and stands alone.
fn url(word: &str) -> Option<String> {
    let scheme = if word.contains("://") { "" } else { "http://" };
    (!word.starts_with('-') && word.contains(['.', ':', '/']))
        .then(|| format!("{word:?} is neither a command nor a flag: write --url {scheme}{word}"))
}

fn negative(word: &str) -> Option<String> {
    let is_number = word.strip_prefix('-')?.starts_with(|first: char| first.is_ascii_digit());
    is_number
        .then(|| format!("{word:?} is no flag, and no number or time here is negative: leave out its minus"))
}

fn twice(flag: &str, earlier: &str) -> Option<String> {
    let means = |name: &str| flag == earlier && flag.starts_with(name);
    if means("--url ") {
        return Some(
            "--url names one URL: several are measured with loadtest compare NAME=URL NAME=URL".into(),
        );
    }
    means("--output ").then(|| {
        "-o names one file: keep the samples with --samples FILE.ndjson, and loadtest report FILE.ndjson -o … writes as many \
         reports of them as you like"
            .into()
    })
}

/// A value that its flag cannot read, with what the flag says of it.
fn malformed(complaint: &clap::Error) -> Option<String> {
    let flag = word(complaint, ContextKind::InvalidArg)?.split(' ').next()?;
    let value = word(complaint, ContextKind::InvalidValue)?;
    Some(format!("{flag} {value:?}: {}", complaint.source()?))
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
