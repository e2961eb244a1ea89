//! What a server prints when it serves.

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use url::Url;

use crate::plain_output;

/// The address that a host says it serves at. What it says later is for whoever reads on.
pub async fn serving_address(stdout: impl AsyncRead + Unpin) -> Option<Url> {
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await.ok()? {
        if let Some(url) = address_in(&line) {
            return Some(url);
        }
    }
    None
}

/// `Serving http://127.0.0.1:3000`
fn address_in(line: &str) -> Option<Url> {
    let line = plain_output::line(line.as_bytes());
    let url = line.trim().strip_prefix("Serving ")?.trim();
    Url::parse(url).ok().filter(|url| url.scheme().starts_with("http"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_address_is_found_in_what_spin_prints() {
        let printed = "Warning: HTTP route /wagi/... uses the WAGI executor.\n\nLogging component stdio to \".spin/logs/\"\n\n\
                       Serving http://127.0.0.1:41234\nAvailable Routes:\n  a: http://127.0.0.1:41234/wagi (wildcard)\n";
        let url = serving_address(printed.as_bytes()).await.unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:41234/");
    }

    #[tokio::test]
    async fn the_address_is_found_in_colours() {
        let url = serving_address(&b"\x1b[1mServing\x1b[0m \x1b[4mhttp://127.0.0.1:41234\x1b[0m\n"[..]).await;
        assert_eq!(url.unwrap().as_str(), "http://127.0.0.1:41234/");
    }

    #[tokio::test]
    async fn a_host_that_ends_without_an_address_has_none() {
        assert!(serving_address(&b"Error: no such file\n"[..]).await.is_none());
        assert!(serving_address(&b"Serving suggestions\n"[..]).await.is_none());
    }
}
