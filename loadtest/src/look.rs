//! How text looks where it goes: how wide, whether in colour, how much of it.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr, stdout};

use anstyle::{AnsiColor, Style};
use terminal_size::{Width, terminal_size_of};

/// The width of the narrowest terminal that people use; where there is no terminal, text is as wide.
const WIDTH: usize = 80;
/// In less, no column of figures has its place.
const LEAST: usize = 20;

pub const BAD: Style = AnsiColor::Red.on_default();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const DOUBT: Style = AnsiColor::Yellow.on_default();
/// What something is headed by.
pub const HEADING: Style = Style::new().bold();

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub width: usize,
    /// Whether in colour, which never says what no word says.
    pub colour: bool,
    pub detail: Detail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    Everything,
    Answer { page: bool, samples: bool },
}

impl Look {
    pub const PLAIN: Self = Self { width: WIDTH, colour: false, detail: Detail::Everything };

    pub fn of_stdout() -> Self {
        Self::of(terminal_size_of(stdout()).map(|size| size.0), stdout().is_terminal())
    }

    pub fn of_stderr() -> Self {
        Self::of(terminal_size_of(stderr()).map(|size| size.0), stderr().is_terminal())
    }

    fn of(width: Option<Width>, is_terminal: bool) -> Self {
        Self {
            width: columns(width.map(|Width(columns)| columns)),
            colour: colour(|name| std::env::var_os(name), is_terminal),

            detail: Detail::Everything,
        }
    }

    /// The same, telling so much.
    pub fn telling(self, detail: Detail) -> Self {
        Self { detail, ..self }
    }

    pub fn paint(self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// A terminal that does not know its width says 0.
fn columns(width: Option<u16>) -> usize {
    width.filter(|columns| *columns > 0).map_or(WIDTH, |columns| usize::from(columns).max(LEAST))
}

/// Whether to use colours: `NO_COLOR` forbids them, `CLICOLOR_FORCE` demands them, in this order, as in the help that clap
/// prints; else a terminal has them unless `TERM` or `CLICOLOR` say otherwise.
fn colour(variable: impl Fn(&str) -> Option<OsString>, is_terminal: bool) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    if is_set("NO_COLOR") {
        return false;
    }
    if is_set("CLICOLOR_FORCE") {
        return true;
    }
    let is_able = variable("TERM").map_or(cfg!(windows), |term| term != "dumb");
    is_terminal && is_able && variable("CLICOLOR").is_none_or(|value| value != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)], is_terminal: bool) -> bool {
        let value = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into());
        colour(value, is_terminal)
    }

    #[test]
    fn a_terminal_has_colours_and_a_pipe_has_none() {
        let term = ("TERM", "xterm");
        assert!(with(&[term], true));
        assert!(!with(&[term], false));
        assert!(!with(&[("TERM", "dumb")], true));
        assert!(!with(&[term, ("CLICOLOR", "0")], true));
    }

    #[test]
    fn no_color_forbids_what_clicolor_force_demands() {
        let term = ("TERM", "xterm");
        let (no, force) = (("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"));
        assert!(with(&[force], false));
        assert!(!with(&[term, no], true));
        assert!(!with(&[term, no, force], true));
    }

    #[test]
    fn what_has_no_width_is_as_wide_as_a_narrow_terminal() {
        assert_eq!([None, Some(0), Some(1), Some(200)].map(columns), [80, 80, 20, 200]);
    }
}
