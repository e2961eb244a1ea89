//! Flags that would do nothing where they stand are refused: whoever gives one expects something of it.

use std::path::Path;
use std::time::Duration;

use humantime::format_duration;

use crate::args::{Cli, Command, CommonArgs, MeasureArgs, PlotKind};
use crate::error::Error;
use crate::plan::Plan;
use crate::target::Target;

/// # Errors
///
/// When a wait is given that `plan` never waits.
pub fn check_waits(args: &CommonArgs, plan: &Plan) -> Result<(), Error> {
    if args.idle.is_some() && plan.cold_samples == 0 {
        return refused("--idle is the wait before a cold request, and --warm asks for none: leave one out");
    }
    // A cold request waits for the longer of both.
    let outlasted = |interval: &Duration| plan.warm_samples == 0 && *interval <= plan.idle;
    match args.interval.filter(outlasted) {
        Some(interval) => refused(format!(
            "--interval {} does nothing with --cold, where each request waits for --idle {}: change that instead",
            format_duration(interval),
            format_duration(plan.idle)
        )),
        None => Ok(()),
    }
}

/// # Errors
///
/// When the manifest that --from names is not there.
pub fn check_manifest(path: &Path) -> Result<(), Error> {
    match path.exists() {
        true => Ok(()),
        false => refused(format!("--from {}: there is no such file; is its path right?", path.display())),
    }
}

/// # Errors
///
/// When something is said of how to measure, and samples that were saved are compared.
pub fn check_saved(args: &CommonArgs) -> Result<(), Error> {
    let given = [
        ("--cold", args.cold),
        ("--warm", args.warm),
        ("-n", args.samples_per_phase.is_some()),
        ("--idle", args.idle.is_some()),
        ("--interval", args.interval.is_some()),
        ("-H", !args.request.headers.is_empty()),
        ("--allow-cached", args.request.allow_cached),
        ("--no-cache-buster", args.request.no_cache_buster),
        ("--samples", args.samples.is_some()),
        ("--resume", args.resume),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => {
            refused(format!("{flag} is for measuring, and here is compared what was saved: leave it out"))
        }
    }
}

/// # Errors
///
/// When something is asked for that takes a comparison, and one target alone is measured.
pub fn check_single(args: &CommonArgs) -> Result<(), Error> {
    match args.report.plot_kind {
        Some(PlotKind::Ratios) => refused(
            "--plot-kind ratios draws how targets compare, and this is one: leave it out, or measure several with loadtest \
             compare",
        ),
        _ if args.margin.is_some() => refused(
            "--margin is for verdicts, and this is one target: leave it out, or measure several with loadtest compare",
        ),
        _ => Ok(()),
    }
}

/// # Errors
///
/// When the plot of a ramp is asked for, and what is to be measured has none.
pub fn check_ramp(cli: &Cli) -> Result<(), Error> {
    let report = match &cli.command {
        None => &cli.measure.common.report,
        Some(Command::Compare(args)) => &args.common.report,
        Some(Command::Deploy(args)) => &args.common.report,
        Some(Command::Load(args)) if args.ramp.is_none() => &args.report,
        _ => return Ok(()),
    };
    match report.plot_kind {
        Some(PlotKind::Ramp) => refused(
            "--plot-kind ramp draws a load at several rates: ask for them with loadtest load --ramp A..B, like 100..2000",
        ),
        _ => Ok(()),
    }
}

/// # Errors
///
/// When something is said of what is served here, and nothing is.
pub fn check_here(args: &MeasureArgs) -> Result<(), Error> {
    match said_of_here(args) {
        Some("--path") if only_a_url(args) => {
            refused("--path is for what is served here, not for --url: write the path into the URL")
        }
        Some(flag) if only_a_url(args) => {
            refused(format!("{flag} is for what is served here, not for --url: leave one of them out"))
        }
        _ => Ok(()),
    }
}

/// The target of `--course`, asked for the same path as what is served here: a URL without a path takes that one.
pub fn asked_alike(target: Target, path: &str) -> Result<Target, Error> {
    let mut url = target.url.clone();
    let here = url.join(path).map_err(|e| Error::Usage(format!("--path {path} is no path: {e}")))?;
    if url.path() == "/" {
        url.set_path(here.path());
        let query = here.query().or(url.query()).map(str::to_owned);
        url.set_query(query.as_deref());
    }
    if url.path().ends_with(here.path()) {
        return Ok(Target { url, ..target });
    }
    let asked = url.path();
    Err(Error::Usage(format!(
        "--course asks for {path} here and for {asked} at the URL, which cannot be compared: write the URL without a path, or ask \
         for that path here too with --path {asked}"
    )))
}

/// A flag that says something of what is served here, and so that this is meant, whatever SPIN_URL says.
pub fn said_of_here(args: &MeasureArgs) -> Option<&'static str> {
    let given = [
        ("--from", !args.manifests.is_empty()),
        ("--path", args.path.given.is_some()),
        ("--host", args.host.is_some()),
    ];
    given.into_iter().find_map(|(flag, given)| given.then_some(flag))
}

fn only_a_url(args: &MeasureArgs) -> bool {
    args.url.is_some() && !args.course
}

fn refused(why: impl Into<String>) -> Result<(), Error> {
    Err(Error::Usage(why.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn measure(args: &str) -> MeasureArgs {
        Cli::parse_from(format!("loadtest {args}").split_whitespace()).measure
    }

    #[test]
    fn the_lab_asks_a_url_and_what_is_here() {
        assert!(
            check_here(&measure("--course --url http://h/ --path /x --host embedded --from a.toml")).is_ok()
        );
        assert!(check_here(&measure("--url http://h/ --host embedded")).is_err());
    }

    #[test]
    fn the_lab_asks_for_the_same_path_there_and_here() {
        let asked = |url: &str, path: &str| {
            let target = Target::new("target", url).unwrap();
            asked_alike(target, path).map(|target| target.url.to_string()).map_err(|e| e.to_string())
        };
        for url in ["http://h", "http://h/", "http://h/api/time"] {
            assert_eq!(asked(url, "/api/time").unwrap(), "http://h/api/time", "{url}");
        }
        assert_eq!(asked("http://h/wagi/api/time", "/api/time").unwrap(), "http://h/wagi/api/time");
        assert_eq!(asked("http://h/?a=1", "/").unwrap(), "http://h/?a=1");
        let refused = asked("http://h/other", "/api/time").unwrap_err();
        assert!(
            refused.contains("/api/time here and for /other at the URL") && refused.contains("--path /other"),
            "{refused}"
        );
        assert!(asked("http://h/myapi/time2", "/time").is_err());
    }

    #[test]
    fn the_plot_of_a_ramp_is_for_a_ramp() {
        let check = |args: &str| check_ramp(&Cli::parse_from(format!("loadtest {args}").split_whitespace()));
        let drawn = "-o l.svg --plot-kind ramp";
        for args in ["load -q 100", "", "compare a=http://a/ b=http://b/"] {
            assert!(
                check(&format!("{args} {drawn}")).unwrap_err().to_string().contains("--ramp A..B"),
                "{args}"
            );
        }
        assert!(check(&format!("load --ramp 100..2000 {drawn}")).is_ok());
        assert!(check(&format!("report x.ndjson {drawn}")).is_ok());
        assert!(check("load -o l.svg --plot-kind time").is_ok());
    }

    #[test]
    fn a_wait_counts_where_one_of_the_phases_waits() {
        let check = |args: &str| {
            let common = measure(args).common;
            check_waits(&common, &Plan::new(&common).unwrap().0).is_ok()
        };
        assert!(check("--idle 1s --interval 1s") && check("--cold --warm --idle 1s --interval 1s"));
        assert!(check("--warm --interval 1s") && check("--cold --interval 2s"));
        assert!(!check("--warm --idle 1s") && !check("--cold --interval 1500ms"));
    }
}
