//! One line that says how far it is: pure, so that it is known to fit.

use std::time::Duration;

use textwrap::core::display_width;

use crate::blocks::{History, sparkline};
use crate::human;
use crate::look::{BAD, Look};
use crate::report::picture::time_of;

const BAR: usize = 12;

#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub phase: String,
    /// How much of it is over, from 0 to 1.
    pub share: f64,
    pub count: String,
    /// A second; `None` while that cannot be told.
    pub rate: Option<f64>,
    /// Until its end; `None` while that cannot be told.
    pub left: Option<Duration>,
    /// Whether it may end earlier.
    pub at_most: bool,
    pub failed: u64,
    /// Times of those that did not, in microseconds.
    pub times: History,
    /// What came in last, in microseconds.
    pub last: Option<f64>,
    pub target: String,
}

impl Seen {
    /// As a line that fits: what does not is left out, from its end on.
    pub fn line(&self, look: Look) -> String {
        let mut parts = self.parts();
        while parts.len() > 1 && display_width(&parts.join("  ")) > look.width {
            parts.pop();
        }
        let line: String = parts.join("  ").trim_end().chars().take(look.width).collect();
        match self.failed() {
            Some(failed) => line.replacen(&failed, &look.paint(BAD, &failed), 1),
            None => line,
        }
    }

    fn failed(&self) -> Option<String> {
        (self.failed > 0).then(|| format!("{} failed", self.failed))
    }

    /// What matters most comes first.
    fn parts(&self) -> Vec<String> {
        let full = (self.share.clamp(0.0, 1.0) * BAR as f64) as usize;
        let at_most = if self.at_most { "≤ " } else { "" };
        let parts = [
            Some(format!("{:>8}  {}", self.phase, self.count)),
            self.failed(),
            self.left.map(|left| format!("{:>8}", format!("{at_most}{} left", human::wait(left)))),
            Some(format!("{}{}", "█".repeat(full), "░".repeat(BAR - full))),
            self.rate.map(|rate| format!("{:>7}", human::rate(rate))),
            self.last.map(|us| format!("{:>7}", time_of(us))),
            Some(format!("{:1$}", sparkline(self.times.largest()), History::MOST)),
            Some(self.target.clone()),
        ];
        parts.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Seen {
        let mut times = History::default();
        [100.0, 110.0, 900.0, 105.0].into_iter().for_each(|us| times.push(us));
        Seen {
            phase: "warm".into(),
            share: 0.5,
            count: "1500/3000".into(),
            rate: Some(1210.0),
            left: Some(Duration::from_millis(1240)),
            at_most: false,
            failed: 0,
            times,
            last: Some(105.0),
            target: "preview 2".into(),
        }
    }

    fn line(seen: &Seen, width: usize) -> String {
        seen.line(Look { width, ..Look::PLAIN })
    }

    #[test]
    fn a_narrow_terminal_shows_what_matters_most() {
        let failing = Seen { failed: 3, at_most: true, ..seen() };
        let begun = Seen { phase: "cold".into(), count: "0/20".into(), ..Seen::default() };
        let mut lines: Vec<_> = [120, 80, 40].map(|width| line(&failing, width)).into();
        lines.extend([line(&seen(), 120), line(&begun, 80)]);
        lines.push(failing.line(Look { width: 120, colour: true, ..Look::PLAIN }).replace('\u{1b}', "ESC"));
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn it_fits_whatever_there_is_to_tell() {
        let names = ["a".repeat(300), "名前".repeat(30)];
        for target in names {
            let seen = Seen { target, failed: 123, at_most: true, ..seen() };
            for width in 15..250 {
                let line = line(&seen, width);
                assert!(textwrap::core::display_width(&line) <= width, "{width}: {line:?}");
            }
        }
    }
}
