//! A real terminal: that of tmux, whose screen can be read.

use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};

use super::program::{LOOKED_FOR, PROGRAM};
use super::until;

/// What the shell writes when the program is over, before its exit code.
const ENDED: &str = "exit code";

/// The program in a terminal of its own.
pub struct Tmux {
    dir: TempDir,
}

impl Tmux {
    /// Runs the program with these arguments in a terminal of so many columns and rows; `None`, said on standard output, where
    /// there is no tmux.
    pub fn run(columns: usize, rows: usize, args: &str) -> Option<Self> {
        if Command::new("tmux").arg("-V").stdout(Stdio::null()).status().is_err() {
            println!("skipped: no tmux");
            return None;
        }
        let terminal = Self { dir: tempdir().unwrap() };
        let [columns, rows] = [columns, rows].map(|n| n.to_string());
        // Ctrl-C goes to the shell as well, which is to tell how the program ended.
        let script = format!("trap : INT; '{PROGRAM}' {args}; echo '{ENDED}' $?; while :; do sleep 60; done");
        terminal.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            &columns,
            "-y",
            &rows,
            "/bin/sh",
            "-c",
            &script,
        ]);
        Some(terminal)
    }

    /// Presses keys.
    pub fn press(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// What was written, from the first line on, as it stands on the screen; with colours as escapes.
    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e", "-S", "-"])
    }

    /// The lines on the screen, without colours and trailing spaces.
    pub fn lines(&self) -> Vec<String> {
        lines(&self.tmux(&["capture-pane", "-p", "-S", "-"]))
    }

    /// The lines as they were written, however many lines of the screen they take.
    pub fn written_lines(&self) -> Vec<String> {
        lines(&self.tmux(&["capture-pane", "-p", "-J", "-S", "-"]))
    }

    /// Whether the cursor is shown.
    pub fn shows_cursor(&self) -> bool {
        self.tmux(&["display-message", "-p", "#{cursor_flag}"]).trim() == "1"
    }

    /// Waits until a line has these words; that line.
    pub async fn line_with(&self, words: &[&str]) -> String {
        let mut found = None;
        until(|| {
            found = self.lines().into_iter().find(|line| words.iter().all(|word| line.contains(word)));
            found.is_some()
        })
        .await;
        found.unwrap()
    }

    /// Waits for the end of the program; its exit code.
    pub async fn end(&self) -> i32 {
        let line = self.line_with(&[ENDED]).await;
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    fn tmux(&self, args: &[&str]) -> String {
        let mut tmux = Command::new("tmux");
        tmux.arg("-u")
            .args(args)
            .env("TMUX_TMPDIR", self.dir.path())
            .env("LC_ALL", "C.UTF-8")
            .env_remove("TMUX");
        for variable in LOOKED_FOR {
            tmux.env_remove(variable);
        }
        let output = tmux.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux")
            .arg("kill-server")
            .env("TMUX_TMPDIR", self.dir.path())
            .env_remove("TMUX")
            .output();
    }
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.trim_end().lines();
    lines.map(|line| line.trim_end().to_owned()).collect()
}
