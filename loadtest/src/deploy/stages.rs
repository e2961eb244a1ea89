//! The stages of a deployment, by the lines that its command printed, as far as these tell them apart.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::transcript::Line;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// `preparation`, `upload`, `deployment`, `readiness`; several, joined by ` + `, where no line tells them apart.
    pub stage: String,
    /// How long it took, in microseconds.
    pub us: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readiness {
    Ready,
    NotReached,
    NotSaid,
}

/// When each stage began and the last ended, as lines tell.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    upload: Option<Duration>,
    deployment: Option<Duration>,
    waiting: Option<Duration>,
    ready: Option<Duration>,
}

impl Marks {
    fn of(lines: &[Line]) -> Self {
        let mut marks = Self::default();
        for line in lines {
            let text = line.text.trim_start();
            if text.starts_with("Uploading ") {
                marks.upload.get_or_insert(line.begun);
            } else if text.starts_with("Deploying...") {
                marks.deployment.get_or_insert(line.begun);
            } else if is_waiting(text) {
                marks.waiting.get_or_insert(line.begun);
                if text.ends_with(" ready") {
                    marks.ready.get_or_insert(line.ended);
                }
            }
        }
        marks
    }
}

/// `Waiting for application to become ready..... ready`, or `Waiting for app to be ready... ready`
fn is_waiting(text: &str) -> bool {
    text.starts_with("Waiting for app") && text.contains(" ready")
}

pub fn readiness(lines: &[Line]) -> Readiness {
    match Marks::of(lines) {
        Marks { ready: Some(_), .. } => Readiness::Ready,
        Marks { waiting: Some(_), .. } => Readiness::NotReached,
        _ => Readiness::NotSaid,
    }
}

/// The stages of a command that ended at `end`, and what they took together.
///
/// Where a line is missing, or came in the same read as the one before, the stages beside it are one: a time between
/// them would be made up.
pub fn stages(lines: &[Line], end: Duration) -> Vec<Stage> {
    let marks = Marks::of(lines);
    let waited = marks.waiting.map(|_| ("readiness", marks.ready.or(Some(end))));
    let ends = [
        ("preparation", marks.upload),
        ("upload", marks.deployment),
        ("deployment", marks.waiting.or(Some(end))),
    ];
    let mut stages = Vec::new();
    let (mut begun, mut names) = (Duration::ZERO, Vec::new());
    for (name, ended) in ends.into_iter().chain(waited) {
        names.push(name);
        // What was read after the command's end was said before it.
        if let Some(ended) = ended.map(|ended| ended.min(end)).filter(|ended| *ended > begun) {
            stages.push(Stage { stage: names.join(" + "), us: (ended - begun).as_secs_f64() * 1e6 });
            (begun, names) = (ended, Vec::new());
        }
    }
    // The last came in one read with what was before.
    if let Some(last) = stages.last_mut().filter(|_| !names.is_empty()) {
        last.stage = format!("{} + {}", last.stage, names.join(" + "));
    }
    stages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(begun: u64, ended: u64, text: &str) -> Line {
        let at = Duration::from_secs;
        Line { begun: at(begun), ended: at(ended), text: text.into() }
    }

    fn told(lines: &[Line], end: u64) -> Vec<(String, f64)> {
        stages(lines, Duration::from_secs(end)).into_iter().map(|s| (s.stage, s.us / 1e6)).collect()
    }

    fn cloud() -> Vec<Line> {
        vec![
            line(1, 1, "Uploading moscow-time version 0.1.0 to Fermyon Cloud..."),
            line(4, 4, "Deploying..."),
            line(6, 11, "Waiting for application to become ready..... ready"),
            line(11, 11, ""),
            line(11, 11, "View application:   https://x.fermyon.app/"),
        ]
    }

    #[test]
    fn the_lines_of_fermyon_cloud_tell_four_stages_apart() {
        let expected = [("preparation", 1.0), ("upload", 3.0), ("deployment", 2.0), ("readiness", 5.0)];
        assert_eq!(told(&cloud(), 12), expected.map(|(stage, s)| (stage.to_owned(), s)));
        assert_eq!(readiness(&cloud()), Readiness::Ready);
    }

    #[test]
    fn the_lines_of_akamai_tell_readiness_apart_from_all_else() {
        let lines = [
            line(1, 1, "Deploying updated version of app a in account b (version 1 → 2)"),
            line(9, 12, "Waiting for app to be ready... ready"),
            line(12, 12, "- a: https://x.fwf.app (wildcard)"),
        ];
        let expected = [("preparation + upload + deployment", 9.0), ("readiness", 3.0)];
        assert_eq!(told(&lines, 12), expected.map(|(stage, s)| (stage.to_owned(), s)));
    }

    #[test]
    fn lines_that_came_at_once_tell_nothing_apart() {
        let at_once: Vec<_> = cloud().into_iter().map(|l| line(9, 9, &l.text)).collect();
        let all = "preparation + upload + deployment + readiness".to_owned();
        assert_eq!(told(&at_once, 10), [(all, 9.0)]);
        let mut two = cloud();
        two[1] = line(1, 1, "Deploying...");
        assert_eq!(told(&two, 12)[1], ("upload + deployment".to_owned(), 5.0));
    }

    #[test]
    fn readiness_that_was_not_reached_lasts_to_the_end() {
        let mut lines = cloud()[..2].to_vec();
        lines.push(line(6, 70, "Waiting for application to become ready............"));
        lines.push(line(70, 70, "Application deployed, but Spin could not establish readiness"));
        assert_eq!(told(&lines, 71)[3], ("readiness".to_owned(), 65.0));
        assert_eq!(readiness(&lines), Readiness::NotReached);
    }
}
