//! One program, chosen by its environment: a WAGI module, a command, or an HTTP server.
#![cfg_attr(target_family = "wasm", no_std, no_main)]

extern crate alloc;

#[cfg(target_family = "wasm")]
mod wasm;

use alloc::borrow::ToOwned;
use alloc::string::String;

use moscow_time::adapter::{cli, wagi};
use moscow_time::process::{self, Variables};

/// What the environment asks for.
#[derive(Debug, Eq, PartialEq)]
enum Mode {
    Once,
    /// One request, with its method.
    Wagi(String),
    Server,
}

/// musl's own has one lock, for which all threads of the server would wait.
#[cfg(target_env = "musl")]
#[global_allocator]
static MEMORY: shelves::Shelves = shelves::Shelves;

#[cfg(not(target_family = "wasm"))]
fn main() -> std::process::ExitCode {
    run().into()
}

/// What there is to be done, and the exit code.
fn run() -> u8 {
    let variables = Variables::read();
    let outcome = match mode(variables.get("MODE"), variables.get("REQUEST_METHOD")) {
        Ok(Mode::Once) => cli::print_once().map_err(|e| "cannot print the time: ".to_owned() + &e),
        Ok(Mode::Wagi(method)) => {
            wagi::serve(&method, &variables).map_err(|e| "cannot answer: ".to_owned() + &e)
        }
        Ok(Mode::Server) => serve(&variables),
        Err(message) => Err(message),
    };
    match outcome {
        Ok(()) => 0,
        Err(message) => {
            process::complain(&("moscow-time: ".to_owned() + &message));
            1
        }
    }
}

fn mode(mode: Option<String>, request_method: Option<String>) -> Result<Mode, String> {
    match mode.as_deref() {
        Some("once") => Ok(Mode::Once),
        Some("server") => Ok(Mode::Server),
        Some(unknown) if !unknown.is_empty() => {
            Err(["MODE=\"", unknown, "\" is not a mode: set it to once or server, or leave it unset"]
                .concat())
        }
        _ => match request_method {
            Some(method) if !method.is_empty() => Ok(Mode::Wagi(method)),
            _ => Ok(Mode::Server),
        },
    }
}

#[cfg(not(target_family = "wasm"))]
fn serve(variables: &Variables) -> Result<(), String> {
    let variable = |name, default: &str| variables.get(name).unwrap_or_else(|| default.to_owned());
    moscow_time::adapter::native::serve(&variable("HOST", "0.0.0.0"), &variable("PORT", "8080"))
        .map_err(|e| e.to_string())
}

#[cfg(target_family = "wasm")]
fn serve(_: &Variables) -> Result<(), String> {
    Err("WASI preview 1 has no sockets, so this module cannot be a server: serve it as WAGI, set MODE=once, \
         or use the preview 2 component moscow_time_p2.wasm"
        .to_owned())
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
