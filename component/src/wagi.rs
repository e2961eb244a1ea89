//! WAGI: one request in the environment, one response on standard output (CGI/1.1, RFC 3875).

use std::io::{self, IoSlice, Write};

use moscow_time::answer;
use moscow_time::evidence::Packaging;
use moscow_time::routes::{Request, Response, decode};

/// Answers the request that the variables describe.
pub fn serve(method: String, variable: impl Fn(&str) -> Option<String>) -> io::Result<()> {
    let response = to_cgi(&answer(&request(method, variable), Packaging::Wagi));
    let mut out = io::stdout().lock();
    // Standard output is buffered by lines: `write_all` alone would send what follows the last one by a second call.
    let written = out.write_vectored(&[IoSlice::new(response.as_bytes())])?;
    out.write_all(&response.as_bytes()[written..])?;
    out.flush()
}

/// `PATH_INFO` is decoded, and so cannot tell an encoded slash from a slash. Spin also gives the raw path.
fn request(method: String, variable: impl Fn(&str) -> Option<String>) -> Request {
    let text = |name| variable(name).unwrap_or_default();
    let path = variable("X_RAW_PATH_INFO").map_or_else(|| text("PATH_INFO"), |raw| decode(&raw));
    Request { method, mount: text("SCRIPT_NAME"), path }
}

fn to_cgi(response: &Response) -> String {
    let mut cgi = format!("status: {}\n", response.status);
    for (name, value) in &response.headers {
        cgi.extend([name, ": ", value, "\n"]);
    }
    cgi + "\n" + &response.body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_a_status_headers_an_empty_line_and_the_body() {
        let headers = vec![("content-type", "text/plain".into()), ("content-length", "2".into())];
        let response = Response { status: 200, headers, body: "ok".into() };
        assert_eq!(to_cgi(&response), "status: 200\ncontent-type: text/plain\ncontent-length: 2\n\nok");
    }

    #[test]
    fn the_raw_path_is_preferred_and_decoded_once() {
        let path = |variables: &[(&str, &str)]| {
            let value = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            request("GET".into(), value).path
        };
        assert_eq!(path(&[("PATH_INFO", "/api/time")]), "/api/time");
        assert_eq!(path(&[("PATH_INFO", "/%61")]), "/%61");
        assert_eq!(path(&[("X_RAW_PATH_INFO", "/%61"), ("PATH_INFO", "/%61")]), "/a");
        assert_eq!(path(&[("X_RAW_PATH_INFO", "/api%2Ftime"), ("PATH_INFO", "/api/time")]), "/api%2Ftime");
        assert_eq!(path(&[]), "");
    }
}
