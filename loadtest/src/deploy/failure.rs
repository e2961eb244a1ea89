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
    if said("plugin executable") && said("is missing") {
        return Error::Usage(format!(
            "Spin's plugin {plugin} is broken: run spin plugins uninstall {plugin}, and spin plugins install {plugin}"
        ));
    }
    if let Some(field) = lines.iter().find_map(|line| unknown_field(&line.text)) {
        return Error::Usage(format!(
            "the plugin {plugin} does not know {field:?}, which stands in the manifest: take it out, or name a manifest \
             without it with --from"
        ));
    }
    if lines.iter().any(|line| needs_login(&line.text)) {
        return not_logged_in(command);
    }
    if said("not a terminal") {
        return Error::Usage(format!(
            "spin {plugin} deploy asks what it cannot be told through a pipe: say it after --, such as {}; it said: {}",
            match plugin {
                "aka" => "--create-name NAME",
                _ => "--link sqlite:default=NAME",
            },
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

/// ``unknown field `targets`, expected …``, as readers of TOML complain.
fn unknown_field(line: &str) -> Option<&str> {
    line.split_once("unknown field `")?.1.split('`').next()
}

/// From the error on, or the last lines, in one.
fn last_words(lines: &[&Line]) -> String {
    let error = lines.iter().rposition(|line| line.text.trim_start().starts_with("Error"));
    let from = error.unwrap_or(lines.len().saturating_sub(LAST_WORDS));
    let words: Vec<_> = lines[from..].iter().flat_map(|line| line.text.split_whitespace()).collect();
    let told: String = words.join(" ").chars().take(TOLD).collect();
    if told.is_empty() { "it did not say why".into() } else { told }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Platform;
    use std::time::Duration;

    fn told(said: &str) -> (bool, String) {
        let command = SpinCommand::for_tests(Platform::Cloud);
        let at = Duration::ZERO;
        let lines: Vec<_> =
            said.lines().map(|text| Line { begun: at, ended: at, text: text.into() }).collect();
        let error = explain(&command, Some(1), &lines.iter().collect::<Vec<_>>());
        (matches!(error, Error::Usage(_)), error.to_string())
    }

    #[test]
    fn a_missing_plugin_is_told_with_the_command_that_installs_it() {
        let (usage, told) = told("Error: 'cloud' is not a known Spin command. See spin --help.\n");
        assert!(usage && told.contains("spin plugins install cloud"), "{told}");
    }

    #[test]
    fn an_expired_login_is_told_with_the_command_that_renews_it() {
        for said in
            ["Failed to refresh token: 500\nRun `spin login` to log in again", "Error: Could not log in: x"]
        {
            let (usage, told) = told(said);
            assert!(usage && told.contains("spin cloud login"), "{told}");
        }
        assert!(asks_to_log_in("Copy your one-time code:"));
        assert!(asks_to_log_in("Go to https://login.infra.test/realms/neutrino/device?user_code=AAAA-BBBB"));
        assert!(!asks_to_log_in("Deploying..."));
    }

    #[test]
    fn a_manifest_that_the_plugin_does_not_know_is_told_by_the_field() {
        let (usage, told) = told(
            "Error: Failed to read manifest\n\nCaused by:\n  TOML parse error at line 5, column 1\n  unknown field `targets`, expected one of `name`",
        );
        assert!(usage && told.contains("\"targets\"") && told.contains("--from"), "{told}");
    }

    #[test]
    fn another_failure_is_told_in_its_own_words_in_one_line() {
        let (usage, told) = told("Uploading x\nError: Unable to create app\n\nCaused by:\n    quota");
        assert!(!usage);
        assert_eq!(
            told,
            "spin cloud deploy failed with exit code 1: Error: Unable to create app Caused by: quota"
        );
    }
}
