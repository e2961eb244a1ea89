//! What is wrong with the head of an answer that cannot be parsed. The parser does not say where it stopped.

use httparse::{EMPTY_HEADER, Error};

use crate::excerpt;

pub fn name(read: &[u8], e: Error) -> String {
    match read {
        // A record of TLS: an alert, or a handshake.
        [0x15 | 0x16, 3, ..] => "it answers in TLS".into(),
        // The frame of settings that begins every connection.
        [0, _, _, 4, 0, ..] => "it speaks HTTP/2 without TLS".into(),
        _ if !read.starts_with(b"HTTP/1.") => {
            format!("it begins with \"{}\"", excerpt::of(lines(read).next().unwrap_or_default()))
        }
        _ if !matches!(e, Error::HeaderName | Error::HeaderValue | Error::NewLine) => e.to_string(),
        _ => {
            let mut headers = lines(read).skip(1).take_while(|line| !line.is_empty());
            let bad = headers.find(|line| is_bad(line));
            bad.map_or_else(|| e.to_string(), |line| format!("the header \"{}\"", excerpt::of(line)))
        }
    }
}

fn lines(read: &[u8]) -> impl Iterator<Item = &[u8]> {
    read.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn is_bad(line: &[u8]) -> bool {
    httparse::parse_headers(&[line, b"\r\n\r\n"].concat(), &mut [EMPTY_HEADER]).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(read: &[u8]) -> String {
        let mut headers = [EMPTY_HEADER; 3];
        name(read, httparse::Response::new(&mut headers).parse(read).unwrap_err())
    }

    #[test]
    fn the_header_that_is_malformed_is_named() {
        for (line, shown) in [
            ("bad name: 1", "bad name: 1"),
            ("no colon", "no colon"),
            (" folded", " folded"),
            ("a: b\x01c", "a: b\\u{1}c"),
            (": 1", ": 1"),
        ] {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n{line}\r\nb: c\r\n\r\nok");
            assert_eq!(told(head.as_bytes()), format!("the header \"{shown}\""));
        }
    }

    #[test]
    fn what_is_another_protocol_is_named_by_its_beginning() {
        assert_eq!(told(b"SSH-2.0-OpenSSH_9.6\r\n"), "it begins with \"SSH-2.0-OpenSSH_9.6\"");
        assert_eq!(told(&[0x15, 3, 1, 0, 2, 2, 70]), "it answers in TLS");
        assert_eq!(told(&[0, 0, 18, 4, 0, 0, 0, 0, 0]), "it speaks HTTP/2 without TLS");
    }

    #[test]
    fn what_is_no_matter_of_one_header_is_told_as_the_parser_does() {
        assert_eq!(told(b"HTTP/1.1 OK\r\n\r\nok"), "invalid response status");
        assert_eq!(told(b"HTTP/1.1 200 OK\r\na: 1\r\na: 2\r\na: 3\r\na: 4\r\n\r\n"), "too many headers");
    }
}
