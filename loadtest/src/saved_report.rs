//! A report that was saved as JSON, of whatever kind, before it is known to be sound.

use std::path::Path;

use serde::de::{DeserializeOwned, Error as _};
use serde_json::Value;

use crate::error::Error;
use crate::input::Input;
use crate::saved;

/// What is left to whoever has a damaged report.
const SAMPLES: &str = "report its file of --samples again, if there is one; else measure again";
const MEASURE_AGAIN: &str = "the page that was made of it has another copy to save; else measure again";

pub struct SavedReport<'a> {
    pub file: &'a Path,
    value: Value,
}

impl<'a> SavedReport<'a> {
    pub fn read(file: &'a Input) -> Result<Self, Error> {
        let (text, file) = (file.whole()?, file.path.as_path());
        let value: Value = serde_json::from_slice(&text).map_err(|e| broken(file, &text, &e))?;
        let saved = Self { file, value };
        if saved.value["schema_version"].is_null() {
            return Err(Error::Usage(format!(
                "{} is no file of this loadtest: name one that -o FILE.json or --samples FILE.ndjson wrote",
                file.display()
            )));
        }
        saved::without_controls(&saved.value).map_err(|e| no_report(file, &e, saved.remedy()))?;
        Ok(saved)
    }

    pub fn is_matrix(&self) -> bool {
        self.value["kind"] == "matrix"
    }

    fn remedy(&self) -> &'static str {
        if self.is_matrix() { MEASURE_AGAIN } else { SAMPLES }
    }

    /// As what it is; `known` is the newest version of that which is known here.
    pub fn into_report<T: DeserializeOwned>(self, known: u32) -> Result<T, Error> {
        let remedy = self.remedy();
        supported(&self.value, known)
            .and_then(|()| serde_json::from_value(self.value))
            .map_err(|e| no_report(self.file, &e, remedy))
    }
}

/// What is no JSON, or only the beginning of it, in which its kind may still stand.
fn broken(file: &Path, text: &[u8], e: &serde_json::Error) -> Error {
    let is_matrix = String::from_utf8_lossy(text).replace(' ', "").contains("\"kind\":\"matrix\"");
    let remedy = if is_matrix { MEASURE_AGAIN } else { SAMPLES };
    match e.is_eof() {
        true => Error::Usage(format!("{} breaks off before its end: {remedy}", file.display())),
        false => no_report(file, e, remedy),
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
