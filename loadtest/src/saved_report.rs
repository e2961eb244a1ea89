//! A report that was saved as JSON, of whatever kind, before it is known to be sound.

use std::fs;
use std::path::Path;

use serde::de::{DeserializeOwned, Error as _};
use serde_json::Value;

use crate::error::Error;
use crate::saved;
use crate::unreadable::unreadable;

/// What is left to whoever has a damaged report.
const SAMPLES: &str = "a file of --samples can be reported again";
const MEASURE_AGAIN: &str = "the page that was made of it has another copy to save; else measure again";

/// A report that was saved as JSON.
pub struct SavedReport<'a> {
    /// Where it was saved.
    pub file: &'a Path,
    value: Value,
}

impl<'a> SavedReport<'a> {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no JSON that may be shown.
    pub fn read(file: &'a Path) -> Result<Self, Error> {
        let text = fs::read(file).map_err(|e| unreadable(file, &e))?;
        let value = serde_json::from_slice(&text);
        let value = value.and_then(|value| saved::without_controls(&value).map(|()| value));
        value.map(|value| Self { file, value }).map_err(|e| no_report(file, &e, SAMPLES))
    }

    /// Whether it says that it is one of packagings.
    pub fn is_matrix(&self) -> bool {
        self.value["kind"] == "matrix"
    }

    /// As what it is; `known` is the newest version of that which is known here.
    ///
    /// # Errors
    ///
    /// When it is of a later version, or not what it is to be.
    pub fn into_report<T: DeserializeOwned>(self, known: u32) -> Result<T, Error> {
        let remedy = if self.is_matrix() { MEASURE_AGAIN } else { SAMPLES };
        supported(&self.value, known)
            .and_then(|()| serde_json::from_value(self.value))
            .map_err(|e| no_report(self.file, &e, remedy))
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

fn no_report(file: &Path, e: &serde_json::Error, remedy: &str) -> Error {
    Error::Usage(format!("{} is no report of this loadtest ({e}): {remedy}", file.display()))
}
