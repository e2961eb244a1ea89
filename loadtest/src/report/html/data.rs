//! The data to save, within the page.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::report::picture::count;
use crate::report::{Report, csv};
use crate::sample::Sample;

/// What a page has room for, packed: with the rest of it, it is to be sent around.
const ROOM: usize = 64 * 1024;
const PLAIN: usize = 32 * 1024;
/// More samples than this do not fit, however they are packed.
const MOST: usize = 5000;

pub struct Download {
    pub name: String,
    pub what: String,
    /// As a URL that asks nobody.
    pub url: String,
}

/// The report, its figures, and its samples, and why those are not here that have no room.
pub fn downloads(report: &Report, samples: &[Sample]) -> (Vec<Download>, Vec<String>) {
    let json = serde_json::to_vec(report).expect("reports serialize");
    let figures = match report.is_of_load() {
        true => Download::new("load.csv", "a row for each part of the load", "text/csv", &csv::parts(report)),
        false => {
            Download::new("figures.csv", "a row for each target and phase", "text/csv", &csv::figures(report))
        }
    };
    let all =
        [Download::new("report.json", "the whole report, for programs", "application/json", &json), figures];
    // Names can be of any length.
    let (mut downloads, large): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|download| download.url.len() <= ROOM);
    let mut left_out = Vec::new();
    if !large.is_empty() {
        let names: Vec<_> = large.iter().map(|download| download.name.trim_end_matches(".gz")).collect();
        left_out.push(format!(
            "{} would make this page too large: `loadtest report FILE -o report.json` writes the whole report, of the \
             file that --samples wrote.",
            names.join(" and ")
        ));
    }
    if samples.is_empty() {
        return (downloads, left_out);
    }
    let count = count(samples.len(), "sample");
    let fitting = (samples.len() <= MOST)
        .then(|| {
            Download::new("samples.csv", &format!("{count}, a row each"), "text/csv", &csv::samples(samples))
        })
        .filter(|download| download.url.len() <= ROOM);
    if fitting.is_none() {
        left_out.push(format!(
            "The {count} are too many to be in this page: `loadtest report FILE.ndjson -o samples.csv` writes them, a row \
             each, of the file that --samples wrote."
        ));
    }
    downloads.extend(fitting);
    (downloads, left_out)
}

impl Download {
    /// Packed if it is large.
    pub fn new(name: &str, what: &str, kind: &str, bytes: &[u8]) -> Self {
        let url = |kind: &str, bytes: &[u8]| format!("data:{kind};base64,{}", STANDARD.encode(bytes));
        match bytes.len() {
            ..=PLAIN => Self { name: name.into(), what: what.into(), url: url(kind, bytes) },
            _ => Self {
                name: format!("{name}.gz"),
                what: format!("{what} (packed: gunzip unpacks it)"),
                url: url("application/gzip", &packed(bytes)),
            },
        }
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).and_then(|()| packer.finish()).expect("memory takes what is packed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    #[test]
    fn what_is_packed_is_what_was_to_be_saved() {
        let bytes = b"0123456789".repeat(PLAIN / 5);
        let download = Download::new("x.csv", "rows", "text/csv", &bytes);
        let (kind, packed) = download.url.split_once(',').unwrap();
        let mut unpacked = Vec::new();
        GzDecoder::new(STANDARD.decode(packed).unwrap().as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!((download.name.as_str(), kind), ("x.csv.gz", "data:application/gzip;base64"));
        assert_eq!(unpacked, bytes);
    }
}
