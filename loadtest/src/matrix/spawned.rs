//! A process that does nothing: what starting any takes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::container::nothing;
use crate::server::command_line::CommandLine;
use crate::server::process;

/// What does nothing, and what that is in words.
#[derive(Clone, Debug)]
pub struct Nothing {
    /// To be run.
    pub command: CommandLine,
    /// Like "`true`".
    pub what: &'static str,
}

impl Nothing {
    /// A static program of a few bytes, written into `dir`; where that cannot run, `true`, which has libraries to find first.
    pub async fn in_directory(dir: &Path) -> Self {
        match written(dir) {
            Some(command) if process::run(&command, process::LIMIT).await.is_ok() => {
                Self { command, what: "a static program that does nothing" }
            }
            _ => Self { command: CommandLine::new("true"), what: "`true`" },
        }
    }
}

fn written(dir: &Path) -> Option<CommandLine> {
    let file = dir.join("nothing");
    fs::write(&file, nothing::program()?).ok()?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).ok()?;
    Some(CommandLine::new(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn where_nothing_can_be_written_it_is_true() {
        let nothing = Nothing::in_directory(Path::new("/no/such/directory")).await;
        assert_eq!((nothing.command.written().as_str(), nothing.what), ("true", "`true`"));
        assert!(process::run(&nothing.command, process::LIMIT).await.is_ok());
    }

    #[test]
    fn where_it_can_it_is_a_program_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let command = written(dir.path()).map(|command| command.written());
        let file = dir.path().join("nothing");
        assert_eq!(command, nothing::program().map(|_| file.display().to_string()));
        if let Some(program) = nothing::program() {
            assert_eq!(fs::read(&file).unwrap(), program);
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o111, 0o111);
        }
    }
}
