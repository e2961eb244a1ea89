//! The data to save, within the page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::report::plot::count_of;
use crate::report::{Report, csv};
use crate::sample::Sample;

/// What a page has room for: with the rest of it, it is to be sent around.
const ROOM: usize = 64 * 1024;

/// A file to save.
pub struct Download {
    /// Under this name.
    pub name: &'static str,
    /// What is in it.
    pub what: String,
    /// As a URL that asks nobody.
    pub url: String,
}

/// The report, its figures, and its samples, or why those are not here.
pub fn downloads(report: &Report, samples: &[Sample]) -> (Vec<Download>, Option<String>) {
    let json = serde_json::to_vec(report).expect("reports serialize");
    let mut downloads = vec![
        Download::new("report.json", "the whole report, for programs", "application/json", &json),
        Download::new("figures.csv", "a row for each target and phase", "text/csv", &csv::figures(report)),
    ];
    // A row of a sample is never as short as this.
    let rows = if samples.len() < ROOM / 40 { csv::samples(samples) } else { vec![0; ROOM + 1] };
    let too_many = match rows.len() {
        _ if samples.is_empty() => None,
        ..=ROOM => {
            let what = format!("{}, a row each", count_of(samples.len(), "sample"));
            downloads.push(Download::new("samples.csv", &what, "text/csv", &rows));
            None
        }
        _ => Some(format!(
            "The {} are too many to be in this page: `loadtest report FILE.ndjson -o samples.csv` writes them, a row each, \
             of the file that --samples wrote.",
            count_of(samples.len(), "sample")
        )),
    };
    (downloads, too_many)
}

impl Download {
    fn new(name: &'static str, what: &str, kind: &str, bytes: &[u8]) -> Self {
        Self { name, what: what.into(), url: format!("data:{kind};base64,{}", STANDARD.encode(bytes)) }
    }
}
