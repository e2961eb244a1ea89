//! A deployment, as a table.

use super::outline::{Table, Unit, WITHHELD};
use crate::deploy::{Deployment, Readiness, Version};

/// Of what was deployed and could not be measured.
const UNANSWERED: &str = "it was deployed as far as the command says, and nothing is known of how it answers";

pub(super) fn table(deployment: &Deployment) -> Table {
    let row = |what: &str, us: f64| vec![what.to_owned(), Unit::Seconds.format(us)];
    let mut rows: Vec<_> = deployment.stages.iter().map(|stage| row(&stage.stage, stage.us)).collect();
    rows.push(row("the command, in all", deployment.command_us));
    let answered = deployment.answered_us.map_or(WITHHELD.into(), |us| Unit::Seconds.format(us));
    rows.push(vec!["from its start to an answer here".into(), answered]);
    Table {
        title: format!(
            "Deployment: {}{}, spin {}",
            deployment.command,
            passed_on(deployment),
            deployment.spin
        ),
        header: vec![String::new(), "s".into()],
        rows,
        details: details(deployment),
    }
}

fn passed_on(deployment: &Deployment) -> String {
    match deployment.passed_on {
        0 => String::new(),
        1 => " with 1 more argument".into(),
        n => format!(" with {n} more arguments"),
    }
}

fn details(deployment: &Deployment) -> Vec<String> {
    let joined = deployment.stages.iter().any(|stage| stage.stage.contains(" + "));
    let version = deployment.version.as_ref();
    let mut details = vec![version.map_or(UNANSWERED, Version::told).to_owned()];
    details.extend(version.and_then(|version| version.now.as_ref()).map(|now| {
        let said = [&now.version, &now.oci_image_digest].into_iter().flatten();
        format!("it says that it is {}", said.cloned().collect::<Vec<_>>().join(", "))
    }));
    if joined {
        details.push("+: no line that the command printed tells these apart".into());
    }
    if deployment.readiness == Readiness::NotReached {
        details.push("the command gave up waiting for readiness".into());
    }
    details
}
