//! Why a deployment failed, in one line that names the remedy, by what the command said.

use super::command::SpinCommand;
use super::transcript::Line;
use crate::error::Error;

/// How much of what a command said is told, in characters and in lines.
const TOLD: usize = 400;
const LAST_WORDS: usize = 5;

/// Whether a line asks the user to log in, in a browser: nobody can through a pipe, and the plugin waits for minutes.
pub fn asks_to_log_in(line: &str) -> bool {
    ["Copy your one-time code", "/device-authorization", "device?user_code="]
        .iter()
        .any(|words| line.contains(words))
}

/// Not logged in, as [`asks_to_log_in`] found.
pub fn not_logged_in(command: &SpinCommand) -> Error {
    let plugin = command.platform.plugin();
    Error::Usage(format!("spin {plugin} is not logged in: run spin {plugin} login, then this again"))
}

/// Of a command that ended with `code`, or by a signal, having said `lines`.
pub fn explain(command: &SpinCommand, code: Option<i32>, lines: &[&Line]) -> Error {
    let plugin = command.platform.plugin();
    let said = |words: &str| lines.iter().any(|line| line.text.contains(words));
    if said("is not a known Spin command") {
        return Error::Usage(format!(
            "Spin has no plugin {plugin}: run spin plugins update, and spin plugins install {plugin}"
        ));
    }
    if lines.iter().any(|line| needs_login(&line.text)) {
        return not_logged_in(command);
    }
    if said("not a terminal") {
        return Error::Usage(format!(
            "spin {plugin} deploy asks what it cannot be told through a pipe: say it after --; it said: {}",
            last_words(lines)
        ));
    }
    let how = code.map_or("was killed".to_owned(), |code| format!("failed with exit code {code}"));
    Error::Target(format!("spin {plugin} deploy {how}: {}", last_words(lines)))
}

fn needs_login(line: &str) -> bool {
    let line = line.to_lowercase();
    [
        "spin login`",
        "cloud login`",
        "aka login`",
        "not logged in",
        "login to this environment has expired",
        "could not log in",
        "401 unauthorized",
    ]
    .iter()
    .any(|words| line.contains(words))
}

/// From the error on, or the last lines, in one.
fn last_words(lines: &[&Line]) -> String {
    let error = lines.iter().rposition(|line| line.text.trim_start().starts_with("Error"));
    let from = error.unwrap_or(lines.len().saturating_sub(LAST_WORDS));
    let words: Vec<_> = lines[from..].iter().flat_map(|line| line.text.split_whitespace()).collect();
    let told: String = words.join(" ").chars().take(TOLD).collect();
    if told.is_empty() { "it did not say why".into() } else { told }
}
