//! `loadtest report`: what was measured, reported again.

use std::path::Path;
use std::process::ExitCode;

use crate::args::ReportArgs;
use crate::error::Error;
use crate::exit;
use crate::gate::Gatekeeper;
use crate::input::Input;
use crate::load::recording::{self, Recorded};
use crate::output::Output;
use crate::place::Place;
use crate::report::{Report, SCHEMA_VERSION};
use crate::saved_report;
use crate::shards::Measured;

/// Reports what is in files, as one measurement.
///
/// # Errors
///
/// When they cannot be read, are not of one measurement, or the report cannot be written.
pub fn report(args: &ReportArgs) -> Result<ExitCode, Error> {
    check_not_replaced(&args.files, args.report.output.as_deref())?;
    let files = args.files.iter().map(|file| Input::open(file)).collect::<Result<Vec<_>, _>>()?;
    let output = Output::open(&args.report, None)?.of_saved();
    let Read { mut report, of } = Read::files(&files)?;
    if let Some(margin) = args.margin {
        check_margin(&report)?;
        report.judge_by(margin);
    }
    let gatekeeper = Gatekeeper::of_report(&args.report.fail_if, &report)?;
    let (output, samples) = match of {
        Of::Samples(measured) => {
            gatekeeper.check(&measured.header.targets)?;
            (output, measured.samples)
        }
        Of::Load(recorded) => {
            gatekeeper.check(std::slice::from_ref(&recorded.head.target))?;
            (output.of_load()?, Vec::new())
        }
        Of::Report if gatekeeper.needs_samples() => return Err(without_samples(&args.files[0], "compared")),
        Of::Report if report.is_of_load() => (output.of_load()?, Vec::new()),
        Of::Report => {
            let why = format!("{} is a report and has no samples", args.files[0].display());
            (output.without_samples(&why)?, Vec::new())
        }
    };
    let judged = if args.report.fail_if.is_empty() {
        // A saved report keeps what came of its own gates.
        Ok(())
    } else {
        report.gates.clear();
        gatekeeper.judge(&mut report)
    };
    output.write(&report, &samples)?;
    judged?;
    Ok(exit::rendered(&report))
}

fn check_margin(report: &Report) -> Result<(), Error> {
    if report.comparisons.is_empty() {
        return Err(Error::Usage(
            "--margin is for verdicts, and nothing is compared here: leave it out".into(),
        ));
    }
    Ok(())
}

struct Read {
    report: Report,
    of: Of,
}

enum Of {
    Samples(Box<Measured>),
    Load(Box<Recorded>),
    Report,
}

impl Read {
    fn files(files: &[Input]) -> Result<Self, Error> {
        for file in files {
            if !is_report(file)? {
                continue;
            }
            return match files {
                [file] => Ok(Self { report: Report::read(file)?, of: Of::Report }),
                _ => Err(without_samples(&file.path, "merged")),
            };
        }
        if recording::is_recording(&files[0])? {
            let recorded = files.iter().map(Recorded::read).collect::<Result<_, _>>()?;
            let recorded = Recorded::merge(recorded)?;
            return Ok(Self { report: recorded.report(), of: Of::Load(recorded.into()) });
        }
        let measured = Measured::read(files)?;
        Ok(Self { report: measured.report(), of: Of::Samples(measured.into()) })
    }
}

pub fn without_samples(file: &Path, what: &str) -> Error {
    Error::Usage(format!(
        "{} is a report, whose figures cannot be {what}: keep the files of --samples, and give those",
        file.display()
    ))
}

/// A file of samples has a whole value in its first line, and what it is of. What is called JSON and says nothing of itself is
/// read as a report, which tells what is wrong with it.
pub fn is_report(file: &Input) -> Result<bool, Error> {
    let first = file.first_line()?;
    let is_json = file.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    Ok(match serde_json::from_slice::<serde_json::Value>(&first) {
        Ok(value) => value.get("interrupted").is_some() || is_json && value.get("schema_version").is_none(),
        Err(_) => is_json || first.trim_ascii() == b"{",
    })
}

impl Report {
    /// A report that was saved as JSON.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is none.
    pub fn read(file: &Input) -> Result<Self, Error> {
        saved_report::read(file, SCHEMA_VERSION).map(Self::restored)
    }
}

/// What was measured must not be lost to what is said of it.
pub fn check_not_replaced(files: &[impl AsRef<Path>], output: Option<&Path>) -> Result<(), Error> {
    let Some(output) = output else { return Ok(()) };
    // Here, - is standard input.
    let mut read = files.iter().filter(|file| file.as_ref() != Path::new("-"));
    match read.find(|file| Place::of(file.as_ref()).is_same(&Place::of(output))) {
        None => Ok(()),
        Some(file) => Err(Error::Usage(format!(
            "the report would replace {}, which it is made of: name another file with -o",
            file.as_ref().display()
        ))),
    }
}
