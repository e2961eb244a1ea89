//! What is seen in a terminal, and what of it goes into a pipe: nothing but text.

use std::time::Duration;

use crate::common::answers;
use crate::common::program::{Ended, Loadtest};
use crate::common::server::Nobody;
use crate::common::tmux::Tmux;
use tempfile::tempdir;
use wiremock::MockServer;

const SIZES: [(usize, usize); 2] = [(80, 24), (200, 50)];

async fn slow() -> MockServer {
    answers::always(answers::time().set_delay(Duration::from_millis(20))).await
}

/// Nothing is left of the progress, no line took more than one line of the screen, and the cursor is there.
fn is_tidy(terminal: &Tmux) {
    let lines = terminal.lines();
    assert_eq!(lines, terminal.written_lines());
    assert!(!lines.iter().any(|line| line.contains(['░', '█']) || line.contains(" left")), "{lines:#?}");
    assert!(terminal.shows_cursor());
}

#[tokio::test]
async fn progress_is_one_line_and_an_interrupt_leaves_none_of_it() {
    let server = slow().await;
    for (columns, rows) in SIZES {
        let args = format!("compare a={0}/a b={0}/b --warm -n 9999", server.uri());
        let Some(terminal) = Tmux::run(columns, rows, &args) else { return };
        let line = terminal.line_with(&["warm", "round ", "/500", " left", "▁"]).await;
        assert!(line.chars().count() < columns, "{line:?}");
        let shown = terminal.lines().iter().filter(|line| line.contains("/500")).count();
        assert_eq!(shown, 1, "{:#?}", terminal.lines());
        terminal.press(&["C-c"]);
        assert_eq!(terminal.end().await, 130);
        is_tidy(&terminal);
        assert!(terminal.screen().contains("\u{1b}[33mEnded early:"), "{}", terminal.screen());
    }
}

#[tokio::test]
async fn the_progress_of_a_load_fits_and_so_does_its_report() {
    let server = slow().await;
    for (columns, rows) in SIZES {
        let args = format!("load --url {}/ -c 2 -z 4s --ramp 20..60", server.uri());
        let Some(terminal) = Tmux::run(columns, rows, &args) else { return };
        let line = terminal.line_with(&["load", "requests, rate", " of 10", " left"]).await;
        assert!(line.chars().count() < columns, "{line:?}");
        terminal.end().await;
        is_tidy(&terminal);
        assert!(terminal.lines().iter().any(|line| line.contains("sustained")), "{:#?}", terminal.lines());
    }
}

#[tokio::test]
async fn a_table_that_is_too_wide_goes_on_below() {
    let server = answers::always(answers::time()).await;
    let Some(terminal) = Tmux::run(40, 60, &format!("--url {}/ --warm -n 40 -v", server.uri())) else {
        return;
    };
    assert_eq!(terminal.end().await, 0);
    is_tidy(&terminal);
    let named = terminal.lines().iter().filter(|line| line.starts_with(" target ")).count();
    assert!(named > 2, "in the table that answers, and twice below: {:#?}", terminal.lines());
}

#[tokio::test]
async fn an_error_is_all_that_is_seen() {
    let nobody = Nobody::new();
    let args = format!("--url {} --warm -n 5", nobody.url());
    let Some(terminal) = Tmux::run(120, 24, &args) else { return };
    assert_eq!(terminal.end().await, 3);
    assert!(terminal.shows_cursor());
    assert!(terminal.written_lines()[0].starts_with("loadtest: "), "{:#?}", terminal.lines());
    assert_eq!(terminal.written_lines().len(), 2, "{:#?}", terminal.lines());
}

/// Of a comparison whose every sample fails or does not, with these variables and arguments.
async fn piped(args: &str, variables: &[(&str, &str)]) -> Ended {
    let server = answers::always(answers::time()).await;
    let run =
        Loadtest::new(format!("--url {}/ --warm -n 40 {args}", server.uri())).env("TERM", "xterm-256color");
    let unset =
        ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR"].into_iter().fold(run, |run, name| run.env(name, ""));
    variables.iter().fold(unset, |run, (name, value)| run.env(name, value)).run().await
}

#[tokio::test]
async fn a_pipe_gets_text_and_nothing_that_controls_a_terminal() {
    for args in ["", "-v"] {
        let ended = piped(args, &[]).await;
        assert!(
            ended.stdout.bytes().all(|byte| byte == b'\n' || !byte.is_ascii_control()),
            "{:?}",
            ended.stdout
        );
        assert_eq!(ended.stderr, "");
        for line in ended.stdout.lines().filter(|line| !line.contains("http")) {
            assert!(line.chars().count() <= 80, "{line:?}");
        }
    }
}

#[tokio::test]
async fn colours_go_where_they_are_demanded_unless_they_are_forbidden() {
    let forced = ("CLICOLOR_FORCE", "1");
    assert!(piped("-v", &[forced]).await.stdout.contains("\u{1b}[1mWarm: "));
    assert!(!piped("", &[forced, ("NO_COLOR", "1")]).await.stdout.contains('\u{1b}'));
}

#[tokio::test]
async fn a_file_has_no_colours() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("x.txt");
    let printed = piped(&format!("-o {}", file.display()), &[("CLICOLOR_FORCE", "1")]).await.stdout;
    let written = std::fs::read_to_string(file).unwrap();
    assert!(printed.contains('\u{1b}') && !written.contains('\u{1b}'), "{printed:?} {written:?}");
}
