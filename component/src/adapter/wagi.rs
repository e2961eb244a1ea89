//! WAGI: one request in the environment, one response on standard output (CGI/1.1, RFC 3875).

use std::env;
use std::io::{self, Write};

use crate::evidence::Packaging;
use crate::message::{Request, Response, decode_path};
use crate::service;

/// Answers the request that the environment describes.
///
/// # Errors
///
/// When standard output does not take the response.
pub fn serve(method: &str) -> io::Result<()> {
    let path = path(env::var("X_RAW_PATH_INFO").ok(), env::var("PATH_INFO").unwrap_or_default());
    let response = service::answer(&Request { method, path: &path }, Packaging::Wagi);
    // One write: what a host streams on is then one piece as well.
    let mut out = io::stdout().lock();
    out.write_all(&to_cgi(&response))?;
    out.flush()
}

/// The decoded path below the route.
///
/// Hosts disagree on whether `PATH_INFO` is decoded, and a decoded NUL would end it early, so a host that also
/// tells the raw path is taken at that.
fn path(raw: Option<String>, path_info: String) -> String {
    match raw {
        Some(raw) => decode_path(&raw).into_owned(),
        None => path_info,
    }
}

fn to_cgi(response: &Response) -> Vec<u8> {
    let mut out = format!("status: {}\n", response.status).into_bytes();
    for (name, value) in &response.headers {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.push(b'\n');
    }
    out.push(b'\n');
    out.extend_from_slice(&response.body);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_a_status_headers_an_empty_line_and_the_body() {
        let response = Response {
            status: 200,
            headers: vec![("content-type", "text/plain".into()), ("content-length", "2".into())],
            body: b"ok".into(),
        };
        assert_eq!(to_cgi(&response), b"status: 200\ncontent-type: text/plain\ncontent-length: 2\n\nok");
    }

    #[test]
    fn the_raw_path_is_preferred_and_decoded_once() {
        assert_eq!(path(None, "/api/time".into()), "/api/time");
        assert_eq!(path(None, "/%61".into()), "/%61");
        assert_eq!(path(Some("/%61".into()), "/%61".into()), "/a");
        assert_eq!(path(Some("/%00".into()), "/".into()), "/\0");
    }
}
