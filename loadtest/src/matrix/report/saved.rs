//! A report that was saved, rendered as the run itself did.

use std::process::ExitCode;

use super::{MatrixReport, SCHEMA_VERSION, write};
use crate::args::ReportTo;
use crate::error::Error;
use crate::exit;
use crate::output::Output;
use crate::report::PhaseReport;
use crate::saved_report::SavedReport;

/// Renders it; that it was interrupted then is no news.
///
/// # Errors
///
/// When it is damaged or of a later version, or what was asked for cannot be written.
pub fn render_saved(saved: SavedReport, to: &ReportTo) -> Result<ExitCode, Error> {
    let output = Output::of_matrix(to)?;
    let report: MatrixReport = saved.into_report(SCHEMA_VERSION)?;
    let report = report.restored();
    write(&report, output)?;
    Ok(exit::of_matrix(false, report.has_figures()))
}

impl MatrixReport {
    /// As it was before it was written into a file.
    fn restored(mut self) -> Self {
        self.rows.iter_mut().flat_map(|row| &mut row.requests).for_each(PhaseReport::restore);
        self
    }
}

#[cfg(test)]
mod tests;
