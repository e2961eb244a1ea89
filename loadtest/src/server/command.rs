//! A server that a user names by its command: `./server --port {port}`.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use super::command_line::CommandLine;
use super::{Ready, Serve, port};
use crate::error::Error;

/// What stands for the port.
const PORT: &str = "{port}";
/// What only a shell understands.
const SHELL: [char; 8] = ['|', '&', ';', '<', '>', '$', '`', '*'];

/// A command, with its words told apart as a shell does; there is none that runs it, so that none is timed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    written: String,
    words: Vec<String>,
    path: String,
    within: Duration,
}

impl Template {
    /// From what the user wrote. It is asked for `path`, and gives its first answer `within` so long.
    ///
    /// # Errors
    ///
    /// When it needs a shell, or is no command.
    pub fn parse(text: &str, path: &str, within: Duration) -> Result<Self, Error> {
        let refused = |why: &str| Err(Error::Usage(format!("{text:?} {why}")));
        let Some(words) = shlex::split(text) else {
            return refused("has a quote that does not end: add the other one");
        };
        let Some(program) = words.first() else {
            return refused("is no command: write one, like './server --port {port}'");
        };
        if let Some((name, _)) = program.split_once('=').filter(|(name, _)| !name.contains('/')) {
            let remedy = format!("sets {name} in front of the command: write env {text}");
            return refused(&remedy);
        }
        if words.iter().any(|word| SHELL.iter().any(|char| word.as_str() == char.to_string())) {
            return refused(&format!("needs a shell: write sh -c {}", quoted(text)));
        }
        Ok(Self { written: text.to_owned(), words, path: path.to_owned(), within })
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// With a port that is free now, which it also finds in `PORT`.
    pub fn serve(&self) -> Serve {
        let port = port::free().to_string();
        let mut words = self.words.iter().map(|word| word.replace(PORT, &port));
        let program = words.next().unwrap_or_default();
        let command = CommandLine::new(program).args(words).env("PORT", &port);
        Serve {
            command,
            url: format!("http://127.0.0.1:{port}{}", self.path),
            ready: Ready::Answers,
            within: self.within,
        }
    }

    /// What may keep it from answering, and is not in its own words.
    pub fn hint(&self) -> String {
        let where_from = if self.words.iter().any(|word| word.contains(PORT)) { PORT } else { "PORT" };
        format!("does it listen on the port of {where_from}, in the foreground, and answer {}?", self.path)
    }

    /// The size of the program in bytes, if it is a file that was named by its path, and not a script.
    pub fn size(&self) -> Option<u64> {
        let program = self.words.first().filter(|word| word.contains('/'))?;
        let mut magic = [0; 4];
        File::open(Path::new(program)).ok()?.read_exact(&mut magic).ok()?;
        (magic == *b"\x7fELF").then(|| Path::new(program).metadata().ok().map(|file| file.len()))?
    }
}

fn quoted(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), |quoted| quoted.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Template, String> {
        Template::parse(text, "/", Duration::from_secs(30)).map_err(|e| e.to_string())
    }

    #[test]
    fn the_port_stands_wherever_the_user_put_it_and_in_the_environment() {
        let serve = parsed("./server '--listen=127.0.0.1:{port}' {port}").unwrap().serve();
        let port = serve.url.strip_prefix("http://127.0.0.1:").unwrap().strip_suffix('/').unwrap();
        assert_eq!(serve.command.written(), format!("./server --listen=127.0.0.1:{port} {port}"));
        let env = serve.command.command();
        let env: Vec<_> = env.as_std().get_envs().filter(|(name, _)| *name == "PORT").collect();
        assert_eq!(env, [("PORT".as_ref(), Some(port.as_ref()))]);
    }

    #[test]
    fn what_needs_a_shell_is_refused_with_how_to_write_it() {
        for (text, told) in [
            ("A=1 ./server", "env A=1 ./server"),
            ("./server | tee log", "sh -c './server | tee log'"),
            ("./server > /dev/null", "sh -c"),
            ("./server 'x", "quote"),
            ("  ", "no command"),
        ] {
            assert!(parsed(text).unwrap_err().contains(told), "{text}: {}", parsed(text).unwrap_err());
        }
    }

    #[test]
    fn what_is_inside_a_word_is_not_the_shells() {
        for text in ["./server 'a|b'", "python3 -c 'import x; x.run()' {port}", "./server --match=a*"] {
            assert!(parsed(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn only_a_program_named_by_its_path_has_a_size() {
        let here = std::env::current_exe().unwrap();
        let size = |text: &str| parsed(text).unwrap().size();
        assert_eq!(size(&quoted(here.to_str().unwrap())), Some(here.metadata().unwrap().len()));
        assert_eq!(size("sh -c true"), None);
        assert_eq!(size("./no-such-program"), None);
    }
}
