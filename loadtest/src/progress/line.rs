//! One line that says how far it is: pure, so that it is known to fit.

use std::time::Duration;

use crate::blocks::{History, sparkline};
use crate::human;
use crate::look::{BAD, Look};

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
    /// As a line that fits: what does not is left out, the least important first.
    pub fn line(&self, look: Look) -> String {
        let room = look.width;
        let mut parts = self.parts();
        while width(&parts) > room
            && let Some(least) = parts.iter().enumerate().max_by_key(|(_, part)| part.rank)
            && least.1.rank > 0
        {
            parts.remove(least.0);
        }
        let line = parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("  ");
        let line: String = line.trim_end().chars().take(room).collect();
        match parts.iter().find(|part| part.is_bad && line.contains(&part.text)) {
            Some(bad) => line.replacen(&bad.text, &look.paint(BAD, &bad.text), 1),
            None => line,
        }
    }

    fn parts(&self) -> Vec<Part> {
        let full = (self.share.clamp(0.0, 1.0) * BAR as f64) as usize;
        let rate = self.rate.map_or(String::new(), human::rate);
        let at_most = if self.at_most { "≤ " } else { "" };
        let left = self.left.map_or(String::new(), |left| format!("{at_most}{} left", human::wait(left)));
        let failed = if self.failed > 0 { format!("{} failed", self.failed) } else { String::new() };
        let times = format!("{:1$}", sparkline(self.times.largest()), History::MOST);
        let parts = [
            Part::new(0, format!("{:>8}", self.phase)),
            Part::new(4, format!("{}{}", "█".repeat(full), "░".repeat(BAR - full))),
            Part::new(0, self.count.clone()),
            Part { is_bad: true, ..Part::new(1, failed) },
            Part::new(5, format!("{rate:>7}")),
            Part::new(2, format!("{left:>8}")),
            Part::new(3, times),
            Part::new(6, self.last.map_or(String::new(), |us| format!("{:>7}", human::time(us)))),
            Part::new(7, self.target.clone()),
        ];
        parts.into_iter().filter(|part| !part.text.is_empty()).collect()
    }
}

struct Part {
    /// 0 stays; of the others, the highest goes first.
    rank: u8,
    text: String,
    is_bad: bool,
}

impl Part {
    fn new(rank: u8, text: String) -> Self {
        Self { rank, text, is_bad: false }
    }
}

fn width(parts: &[Part]) -> usize {
    let between = 2 * parts.len().saturating_sub(1);
    parts.iter().map(|part| textwrap::core::display_width(&part.text)).sum::<usize>() + between
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
