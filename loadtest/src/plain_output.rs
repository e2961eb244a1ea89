//! What other programs print, without colours. They are asked for that; some colour it all the same.

use tokio::process::Command;

/// What makes programs colour what is no terminal.
const FORCED: [&str; 4] = ["CLICOLOR_FORCE", "FORCE_COLOR", "CARGO_TERM_COLOR", "RUST_LOG_STYLE"];

pub fn ask(command: &mut Command) {
    for variable in FORCED {
        command.env_remove(variable);
    }
    command.env("NO_COLOR", "1").env("CLICOLOR", "0");
}

/// A line without what commands a terminal, and without the spaces at its end.
pub fn line(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let text = anstream::adapter::strip_str(&text).to_string().replace('\t', " ");
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_a_terminal_would_show() {
        for (said, shown) in [
            ("\x1b[1;32mDeploying...\x1b[0m\r\n", "Deploying..."),
            ("\x1b[2K\x1b[1G  - a:\tb ", "  - a: b"),
            ("\x1b]8;;https://x.test/\x1b\\here\x1b]8;;\x1b\\", "here"),
            ("\x1b]0;title\x07é", "é"),
            ("plain", "plain"),
        ] {
            assert_eq!(line(said.as_bytes()), shown);
        }
    }
}
