//! One program, chosen by its environment: a command, a WAGI module, or an HTTP server.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use moscow_time::time::MoscowTime;

#[cfg(not(target_family = "wasm"))]
mod server;
#[cfg(not(target_family = "wasm"))]
mod validity;
mod wagi;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Unlike `eprintln!`, this does not panic where standard error is closed.
            let _ = writeln!(io::stderr(), "moscow-time: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    match mode(variable("MODE"), variable("REQUEST_METHOD"))? {
        Mode::Once => print_once().map_err(|e| format!("cannot print the time: {e}")),
        Mode::Wagi(method) => wagi::serve(method, variable).map_err(|e| format!("cannot answer: {e}")),
        Mode::Server => serve(),
    }
}

/// Text that is not Unicode is no valid value of any variable, so its replacement is as wrong.
fn variable(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// What the environment asks for.
#[derive(Debug, Eq, PartialEq)]
enum Mode {
    Once,
    /// With the method of the request.
    Wagi(String),
    Server,
}

fn mode(mode: Option<String>, request_method: Option<String>) -> Result<Mode, String> {
    match (mode.unwrap_or_default().as_str(), request_method.unwrap_or_default()) {
        ("once", _) => Ok(Mode::Once),
        ("server", _) => Ok(Mode::Server),
        ("", method) if method.is_empty() => Ok(Mode::Server),
        ("", method) => Ok(Mode::Wagi(method)),
        (other, _) => {
            Err(format!("MODE={other:?} is not a mode: set it to once or server, or leave it unset"))
        }
    }
}

fn print_once() -> io::Result<()> {
    let json = serde_json::to_string_pretty(&MoscowTime::now())?;
    writeln!(io::stdout(), "{json}")
}

#[cfg(not(target_family = "wasm"))]
fn serve() -> Result<(), String> {
    let host = variable("HOST").unwrap_or_else(|| "0.0.0.0".into());
    let port = variable("PORT").unwrap_or_else(|| "8080".into());
    server::serve(&host, &port)
}

#[cfg(target_family = "wasm")]
fn serve() -> Result<(), String> {
    Err("WASI preview 1 has no sockets, so this module cannot be a server: serve it as WAGI, set MODE=once, \
         or use the preview 2 component moscow_time_p2.wasm"
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(mode: Option<&str>, request_method: Option<&str>) -> Result<Mode, String> {
        super::mode(mode.map(Into::into), request_method.map(Into::into))
    }

    #[test]
    fn the_environment_chooses_the_mode() {
        assert_eq!(chosen(Some("once"), Some("GET")), Ok(Mode::Once));
        assert_eq!(chosen(Some("server"), Some("GET")), Ok(Mode::Server));
        assert_eq!(chosen(None, Some("GET")), Ok(Mode::Wagi("GET".into())));
        assert_eq!(chosen(Some(""), Some("PUT")), Ok(Mode::Wagi("PUT".into())));
        assert_eq!(chosen(None, Some("")), Ok(Mode::Server));
        assert_eq!(chosen(None, None), Ok(Mode::Server));
    }

    #[test]
    fn an_unknown_mode_is_an_error_that_names_the_modes() {
        for unknown in ["Once", "twice", " "] {
            let message = chosen(Some(unknown), None).unwrap_err();
            assert!(message.contains("once") && message.contains("server") && message.contains(unknown));
        }
    }
}
