//! What a report means as an exit code.

use std::process::ExitCode;

use crate::error::Error;
use crate::report::{Judgement, Report};

/// As a shell tells SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;
const NO_ANSWER: u8 = 3;
const FAILED: u8 = 1;
const UNDECIDED: u8 = 4;

pub fn code(report: &Report) -> ExitCode {
    if report.interrupted { ExitCode::from(INTERRUPTED) } else { rendered(report) }
}

/// Of a report that is rendered again: that it was interrupted then is no news.
pub fn rendered(report: &Report) -> ExitCode {
    match report.judgement() {
        _ if !report.has_figures() => ExitCode::from(NO_ANSWER),
        Judgement::Failed => ExitCode::from(FAILED),
        Judgement::Undecided => ExitCode::from(UNDECIDED),
        Judgement::Passed => ExitCode::SUCCESS,
    }
}

/// A gate that was held against nothing is an error, but for what was interrupted before there was anything.
pub fn unless_interrupted(report: &Report, judged: Result<(), Error>) -> Result<(), Error> {
    if report.interrupted { Ok(()) } else { judged }
}
