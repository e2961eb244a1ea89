//! Files of samples that are not replaced: whoever forgot `--resume`, or repeated a command that was killed, would lose what
//! was measured. Others are replaced, as by any program that is told where to write, once the first sample is there.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::Error;
use crate::input::Input;
use crate::load::recording;
use crate::saved::{End, Saved};

/// The last line says how it ended, in fewer bytes.
const LAST_LINE: u64 = 256;

/// # Errors
///
/// When `path` has samples of a measurement that did not end.
pub fn refuse(path: &Path) -> Result<(), Error> {
    let refused = |what: String, goes_on: &str| {
        let path = path.display();
        Err(Error::Usage(format!(
            "{path} has {what} that did not end: {goes_on}; else delete the file, or name another one"
        )))
    };
    match Saved::if_begun(path) {
        Ok(Some(saved)) if !saved.is_complete() && !saved.samples.is_empty() => {
            refused(format!("{} samples of a measurement", saved.samples.len()), "--resume goes on with it")
        }
        Err(_) if is_unfinished_load(path) => {
            refused("requests of a load".into(), "`loadtest report` shows what there is")
        }
        _ => Ok(()),
    }
}

/// One that the user ended has been reported, and ended so.
fn is_unfinished_load(path: &Path) -> bool {
    // What is no file would be waited for.
    path.is_file()
        && Input::open(path).and_then(|file| recording::is_recording(&file)).unwrap_or(false)
        && last_line(path).is_ok_and(|line| serde_json::from_slice::<End>(&line).is_err())
}

fn last_line(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_LINE)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    Ok(end.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default().to_vec())
}
