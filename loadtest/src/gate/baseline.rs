//! An earlier measurement that a gate compares with.

use std::path::{Path, PathBuf};

use crate::comparable;
use crate::error::Error;
use crate::input::Input;
use crate::plan::Plan;
use crate::rendering;
use crate::report::apart::other_counts;
use crate::report::{Report, TargetReport};
use crate::sample::Phase;
use crate::shards::Measured;
use crate::stats;
use crate::target::Target;

pub struct Baseline {
    file: PathBuf,
    targets: Vec<Target>,
    report: Report,
}

impl Baseline {
    pub fn read(file: &Path, plan: &Plan) -> Result<Self, Error> {
        let refused = |why: &str| Err(Error::Usage(why.into()));
        let input = Input::open(file)?;
        if rendering::is_report(&input)? {
            return refused(
                "it is a report, and comparing needs the samples: keep the file of --samples, and name that",
            );
        }
        let measured = Measured::read(&[input])?;
        match comparable::requests(&measured.header.plan, plan) {
            Some(difference) => refused(&format!("it was measured in another way: {difference}")),
            None => Ok(Self {
                file: file.to_owned(),
                targets: measured.header.targets.clone(),
                report: measured.report(),
            }),
        }
    }

    /// Whether it has enough samples of a phase that they could be compared.
    pub fn has(&self, phase: Phase) -> Result<(), String> {
        let found = || self.report.targets.iter().filter_map(move |target| target.phase(phase));
        let (file, name, least) = (self.file.display(), phase.in_words(), stats::COMPARED);
        match found().map(|found| found.timed()).max() {
            None => Err(format!("{file} has no {name} samples")),
            Some(most) if most < least => {
                Err(format!("{file} has {most} {name} samples that count, and {least} are the least"))
            }
            Some(_) => Ok(()),
        }
    }

    pub fn check(&self, targets: &[Target]) -> Result<(), String> {
        let names: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
        let pairs = comparable::pairs(&self.names(), &names);
        if pairs.len() < targets.len() {
            return Err(format!("its targets are {}", comparable::list(&self.targets)));
        }
        pairs.into_iter().try_for_each(|(old, new)| comparable::paths(&self.targets[old], &targets[new]))
    }

    pub fn pairs<'a>(&'a self, report: &'a Report) -> Vec<(&'a TargetReport, &'a TargetReport)> {
        let names: Vec<_> = report.names().collect();
        let pairs = comparable::pairs(&self.names(), &names).into_iter();
        pairs.map(|(old, new)| (&self.report.targets[old], &report.targets[new])).collect()
    }

    pub fn differences(&self, pairs: &[(&TargetReport, &TargetReport)]) -> Vec<String> {
        let file = self.file.display().to_string();
        let mut told: Vec<String> = Vec::new();
        for (old, new) in pairs {
            for difference in other_counts((&file, old), ("this measurement", new)) {
                if !told.contains(&difference) {
                    told.push(difference);
                }
            }
        }
        told
    }

    fn names(&self) -> Vec<&str> {
        self.targets.iter().map(|target| target.name.as_str()).collect()
    }
}
