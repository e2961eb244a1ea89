//! A process that is an HTTP server.

pub use moscow_time_native::ServeError;
use moscow_time_native::{Answer, Asked};

use crate::evidence::Packaging;
use crate::message::{Request, Response, decode_path};
use crate::process::Process;
use crate::service;

/// Serves on `host`:`port` until SIGTERM or SIGINT, then lets requests in flight finish.
///
/// Prints `Serving http://ADDRESS` with the real port once it accepts connections.
///
/// # Errors
///
/// When the address is not one, or cannot be listened on.
pub fn serve(host: &str, port: &str) -> Result<(), ServeError> {
    moscow_time_native::serve(host, port, answer)
}

fn answer(asked: Asked) -> Answer {
    let request = Request { method: asked.method, path: &decode_path(asked.path) };
    let Response { status, headers, body } = service::answer::<Process>(&request, Packaging::Native);
    Answer { status, headers, body }
}
