//! A deployment, as a table.

use super::outline::{Table, Unit};
use crate::deploy::{Deployment, Readiness};

/// One row a stage.
pub(super) fn table(deployment: &Deployment) -> Table {
    let row = |what: &str, us: f64| vec![what.to_owned(), Unit::Seconds.format(us)];
    let mut rows: Vec<_> = deployment.stages.iter().map(|stage| row(&stage.stage, stage.us)).collect();
    rows.push(row("the command, in all", deployment.command_us));
    rows.push(row("from its start to an answer here", deployment.answered_us));
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
    let mut details = vec![deployment.version.told().to_owned()];
    details.extend(deployment.version.now.as_ref().map(|now| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Platform;
    use crate::deploy::{Proof, Stage, Version};

    #[test]
    fn what_is_not_told_apart_is_one_row_and_said() {
        let deployment = Deployment {
            platform: Platform::Aka,
            spin: "4.1.0".into(),
            command: "spin aka deploy --no-confirm".into(),
            passed_on: 2,
            stages: vec![Stage { stage: "upload + deployment".into(), us: 2e6 }],
            readiness: Readiness::NotReached,
            command_us: 2.5e6,
            answered_us: 3e6,
            requests: 1,
            version: Version { proof: Proof::Unproven, now: None, before: None },
        };
        let table = table(&deployment);
        assert_eq!(table.rows[0], ["upload + deployment", "2.000"]);
        assert!(table.title.contains("with 2 more arguments"), "{}", table.title);
        let details = table.details.join("\n");
        assert!(
            details.contains("not proven") && details.contains("+: no line") && details.contains("gave up"),
            "{details}"
        );
    }
}
