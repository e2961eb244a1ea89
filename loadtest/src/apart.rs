//! `loadtest compare a=old.ndjson b=new.ndjson`: measurements that were saved, compared with one another.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::args::CompareArgs;
use crate::comparable;
use crate::error::Error;
use crate::exit;
use crate::gate::Gatekeeper;
use crate::input::Input;
use crate::output::Output;
use crate::rendering;
use crate::report::apart;
use crate::shards::{self, Measured};
use crate::usage;

struct Named {
    name: String,
    file: PathBuf,
    measured: Measured,
}

impl Named {
    fn is_copy(&self, other: &Self) -> bool {
        let (one, other) = (&self.measured, &other.measured);
        shards::are_copies((&one.header, &one.samples), (&other.header, &other.samples))
    }
}

/// The files that are to be compared; `None` where URLs are.
pub fn files(args: &CompareArgs) -> Result<Option<Vec<(String, PathBuf)>>, Error> {
    let named: Vec<_> = args.targets.iter().filter_map(|text| text.split_once('=')).collect();
    let files: Vec<_> = named.iter().filter(|(_, value)| is_file(value)).collect();
    match files.len() {
        0 => Ok(None),
        n if n == args.targets.len() => {
            Ok(Some(files.iter().map(|(name, file)| ((*name).to_owned(), file.into())).collect()))
        }
        _ => Err(Error::Usage(format!(
            "{} is a file, and others are URLs: save the samples of those too, with --samples, and compare the files",
            files[0].1
        ))),
    }
}

fn is_file(value: &str) -> bool {
    let path = Path::new(value);
    let has_ending = |endings: &[&str]| {
        path.extension().is_some_and(|found| endings.iter().any(|ending| found == *ending))
    };
    // A pipe is a file too, and a program is none here.
    let is_readable =
        || path.metadata().is_ok_and(|file| !file.is_dir() && file.permissions().mode() & 0o111 == 0);
    !value.contains("://") && !has_ending(&["toml"]) && (has_ending(&["ndjson", "json"]) || is_readable())
}

/// Compares what was measured of each with what was measured of those before it.
pub fn compare(args: &CompareArgs, files: Vec<(String, PathBuf)>) -> Result<ExitCode, Error> {
    usage::check_saved(&args.common)?;
    let paths: Vec<_> = files.iter().map(|(_, file)| file).collect();
    rendering::check_not_replaced(&paths, args.common.report.output.as_deref())?;
    let output = Output::open(&args.common.report, None)?.of_saved();
    let mut all = files.into_iter().map(read).collect::<Result<Vec<Named>, _>>()?;
    check(&all)?;
    let counterparts = counterparts(&all);
    all.iter_mut().for_each(|named| named.measured.rename(&named.name));
    let measured: Vec<&Measured> = all.iter().map(|named| &named.measured).collect();
    let mut report = apart::build(&measured, &counterparts, args.common.seed, args.common.margin);
    let gatekeeper = Gatekeeper::of_report(&args.common.report.fail_if, &report)?;
    let targets: Vec<_> = measured.iter().flat_map(|measured| measured.header.targets.clone()).collect();
    gatekeeper.check(&targets)?;
    let judged = gatekeeper.judge(&mut report);
    let samples: Vec<_> = measured.iter().flat_map(|measured| measured.samples.iter().cloned()).collect();
    output.write(&report, &samples)?;
    judged?;
    Ok(exit::rendered(&report))
}

fn read((name, file): (String, PathBuf)) -> Result<Named, Error> {
    let input = Input::open(&file)?;
    if rendering::is_report(&input)? {
        return Err(rendering::without_samples(&file, "compared"));
    }
    Ok(Named { measured: Measured::read(&[input])?, name, file })
}

fn check(all: &[Named]) -> Result<(), Error> {
    for (index, named) in all.iter().enumerate() {
        if named.name.is_empty() || all[..index].iter().any(|earlier| earlier.name == named.name) {
            let why = format!("{:?} names two of them, or none: give each a name of its own", named.name);
            return Err(Error::Usage(why));
        }
        if let Some(copy) = all[..index].iter().find(|earlier| earlier.is_copy(named)) {
            return Err(Error::Usage(format!(
                "{} and {} have the same samples: compare two measurements",
                copy.file.display(),
                named.file.display()
            )));
        }
        if let Some(difference) = difference(&all[0].measured, &named.measured) {
            return Err(Error::Usage(format!(
                "{} and {} did not measure the same: {difference}; measure both alike",
                all[0].file.display(),
                named.file.display()
            )));
        }
    }
    Ok(())
}

/// What would make their figures differ even if the targets were the same.
fn difference(one: &Measured, other: &Measured) -> Option<String> {
    let (one, other) = (&one.header, &other.header);
    let pairs = comparable::pairs(&one.names(), &other.names());
    comparable::requests(&one.plan, &other.plan)
        .or_else(|| {
            let complete = pairs.len() == one.targets.len() && pairs.len() == other.targets.len();
            let [one, other] = [&one.targets, &other.targets].map(|targets| comparable::list(targets));
            (!complete).then(|| format!("the targets are {one} in one and {other} in the other"))
        })
        .or_else(|| {
            pairs.iter().find_map(|(a, b)| comparable::paths(&one.targets[*a], &other.targets[*b]).err())
        })
}

/// Of each pair of measurements the targets that are compared, by their places among all targets: baseline, candidate.
fn counterparts(all: &[Named]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let starts: Vec<_> = all
        .iter()
        .scan(0, |next, named| {
            let start = *next;
            *next += named.measured.header.targets.len();
            Some(start)
        })
        .collect();
    for candidate in 0..all.len() {
        for baseline in 0..candidate {
            let [old, new] = [baseline, candidate].map(|index| all[index].measured.header.names());
            let pairs = comparable::pairs(&old, &new);
            found.extend(pairs.iter().map(|(old, new)| (starts[baseline] + old, starts[candidate] + new)));
        }
    }
    found
}
