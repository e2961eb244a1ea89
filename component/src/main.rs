//! One program, chosen by its environment: a WAGI module, a command, or an HTTP server.

use std::env;
use std::process::ExitCode;

use moscow_time::adapter::{cli, wagi};

/// What the environment asks for.
#[derive(Debug, Eq, PartialEq)]
enum Mode {
    Once,
    /// One request, with its method.
    Wagi(String),
    Server,
}

fn main() -> ExitCode {
    let outcome = match mode(env::var("MODE").ok(), env::var("REQUEST_METHOD").ok()) {
        Ok(Mode::Once) => cli::print_once().map_err(|e| format!("cannot print the time: {e}")),
        Ok(Mode::Wagi(method)) => wagi::serve(&method).map_err(|e| format!("cannot answer: {e}")),
        Ok(Mode::Server) => serve(),
        Err(message) => Err(message),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("moscow-time: {message}");
            ExitCode::FAILURE
        }
    }
}

fn mode(mode: Option<String>, request_method: Option<String>) -> Result<Mode, String> {
    match mode.as_deref() {
        Some("once") => Ok(Mode::Once),
        Some("server") => Ok(Mode::Server),
        Some(unknown) if !unknown.is_empty() => {
            Err(format!("MODE={unknown:?} is not a mode: set it to once or server, or leave it unset"))
        }
        _ => match request_method {
            Some(method) if !method.is_empty() => Ok(Mode::Wagi(method)),
            _ => Ok(Mode::Server),
        },
    }
}

#[cfg(not(target_family = "wasm"))]
fn serve() -> Result<(), String> {
    let variable = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    moscow_time::adapter::native::serve(&variable("HOST", "0.0.0.0"), &variable("PORT", "8080"))
        .map_err(|e| e.to_string())
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

    fn chosen(m: Option<&str>, method: Option<&str>) -> Result<Mode, String> {
        mode(m.map(Into::into), method.map(Into::into))
    }

    #[test]
    fn the_environment_chooses_the_mode() {
        assert_eq!(chosen(Some("once"), Some("GET")), Ok(Mode::Once));
        assert_eq!(chosen(Some("server"), Some("GET")), Ok(Mode::Server));
        assert_eq!(chosen(None, Some("GET")), Ok(Mode::Wagi("GET".into())));
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
