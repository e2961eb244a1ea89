//! WAGI: one request in the environment, one response on standard output (CGI/1.1, RFC 3875).

use alloc::string::String;
use alloc::vec::Vec;

use crate::evidence::Packaging;
use crate::message::{Request, Response, decode_path};
use crate::process::{self, Process, Variables};
use crate::service;
use crate::text::push_decimal;

/// Answers the request that `variables` describe.
///
/// # Errors
///
/// When standard output does not take the response.
pub fn serve(method: &str, variables: &Variables) -> Result<(), String> {
    let path = path(variables.get("X_RAW_PATH_INFO"), variables.get("PATH_INFO").unwrap_or_default());
    let response = service::answer::<Process>(&Request { method, path: &path }, Packaging::Wagi);
    // One write: what a host streams on is then one piece as well.
    process::print(&to_cgi(&response))
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

/// More than any head has.
const HEAD: usize = 1024;

fn to_cgi(response: &Response) -> Vec<u8> {
    let mut status = String::from("status: ");
    push_decimal(&mut status, response.status.into(), 3);
    let mut out = Vec::with_capacity(HEAD + response.body.len());
    out.extend_from_slice(status.as_bytes());
    out.push(b'\n');
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
