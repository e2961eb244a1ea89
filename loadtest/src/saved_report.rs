//! A report that was saved as JSON, before it is known to be sound.

use std::path::Path;

use serde::de::{DeserializeOwned, Error as _};
use serde_json::Value;

use crate::error::Error;
use crate::input::Input;
use crate::saved;

/// What is left to whoever has a damaged report.
const REMEDY: &str = "report its file of --samples again, if there is one; else measure again";

/// Reads a report; `known` is the newest version that is known here.
///
/// # Errors
///
/// When the file cannot be read, is no JSON that may be shown, no report, or one of a later version.
pub fn read<T: DeserializeOwned>(input: &Input, known: u32) -> Result<T, Error> {
    let (text, file) = (input.whole()?, input.path.as_path());
    let value: Value = serde_json::from_slice(&text).map_err(|e| broken(file, &e))?;
    if value["schema_version"].is_null() {
        return Err(Error::Usage(format!(
            "{} is no file of this loadtest: name one that -o FILE.json or --samples FILE.ndjson wrote",
            file.display()
        )));
    }
    if value["kind"] == "matrix" {
        return Err(Error::Usage(format!(
            "{} is a matrix of an earlier loadtest: render it with that, or measure again",
            file.display()
        )));
    }
    saved::without_controls(&value)
        .and_then(|()| supported(&value, known))
        .and_then(|()| serde_json::from_value(value))
        .map_err(|e| no_report(file, &e))
}

fn broken(file: &Path, e: &serde_json::Error) -> Error {
    match e.is_eof() {
        true => Error::Usage(format!("{} breaks off before its end: {REMEDY}", file.display())),
        false => no_report(file, e),
    }
}

/// What a later version means by its fields is not known here.
fn supported(report: &Value, known: u32) -> serde_json::Result<()> {
    match report["schema_version"].as_u64() {
        Some(version) if version > u64::from(known) => Err(serde_json::Error::custom(format!(
            "it is of version {version} of the report, and this loadtest knows {known}: use a newer one"
        ))),
        _ => Ok(()),
    }
}

fn no_report(file: &Path, e: &serde_json::Error) -> Error {
    Error::Usage(format!("{} is no report of this loadtest ({e}): {REMEDY}", file.display()))
}
