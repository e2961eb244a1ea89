//! Where the body of an HTTP/1 answer ends, and whether its connection can be kept (RFC 9112, sections 6 and 9): pure.

use httparse::Status;

use super::fields::Fields;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    Bytes(usize),
    Chunked,
    Close,
}

/// Of what was asked, what decides whether the answer has a body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Asked {
    Head,
    Connect,
    Other,
}

impl Length {
    /// Of the body of the answer with this status, of HTTP/1.`version`.
    pub fn of(asked: Asked, status: u16, version: u8, fields: Fields) -> Result<Self, &'static str> {
        match (asked, status) {
            (Asked::Head, _) | (_, 100..=199 | 204 | 304) | (Asked::Connect, 200..=299) => {
                return Ok(Self::Bytes(0));
            }
            _ => {}
        }
        match fields.all("transfer-encoding").last() {
            Some(_) if version == 0 => Err("a transfer encoding in HTTP/1.0"),
            Some(last) if is_last_chunked(last) => Ok(Self::Chunked),
            Some(_) => Ok(Self::Close),
            None => said(fields).map(|length| length.map_or(Self::Close, Self::Bytes)),
        }
    }

    pub fn keeps(self, version: u8, status: u16, fields: Fields) -> bool {
        let says = |token: &str| {
            let mut tokens = fields.all("connection").flat_map(|value| value.split(|byte| *byte == b','));
            tokens.any(|its| its.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
        };
        let kept = if version == 0 { says("keep-alive") } else { !says("close") };
        kept && self != Self::Close && status != 101
    }
}

fn is_last_chunked(value: &[u8]) -> bool {
    let last = value.rsplit(|byte| *byte == b',').next().unwrap_or_default();
    last.trim_ascii().eq_ignore_ascii_case(b"chunked")
}

/// What `Content-Length` says, which may say it several times.
fn said(fields: Fields) -> Result<Option<usize>, &'static str> {
    let mut length = None;
    for value in fields.all("content-length").flat_map(|value| value.split(|byte| *byte == b',')) {
        let value = value.trim_ascii();
        let digits = std::str::from_utf8(value).ok().filter(|_| value.iter().all(u8::is_ascii_digit));
        let bytes = digits.and_then(|digits| digits.parse().ok()).ok_or("a content-length that is none")?;
        if length.replace(bytes).is_some_and(|before| before != bytes) {
            return Err("several content-lengths");
        }
    }
    Ok(length)
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Chunks {
    Size,
    Data(usize),
    End,
    Trailers,
    Over,
}

impl Chunks {
    /// Takes what it can from the beginning of `bytes`, and adds what belongs to the body to `body`: how many it took. It
    /// stops at the end of the body, and where it needs more.
    pub fn take(&mut self, bytes: &[u8], body: &mut Vec<u8>) -> Result<usize, &'static str> {
        let mut taken = 0;
        while let Some(n) = self.step(&bytes[taken..], body)? {
            taken += n;
        }
        Ok(taken)
    }

    /// How many bytes the next step takes; `None` where there is none, or none yet.
    fn step(&mut self, bytes: &[u8], body: &mut Vec<u8>) -> Result<Option<usize>, &'static str> {
        let (taken, next) = match *self {
            Self::Size => match httparse::parse_chunk_size(bytes) {
                Ok(Status::Complete((taken, size))) => {
                    let size = usize::try_from(size).map_err(|_| "a chunk that is too long")?;
                    (taken, if size == 0 { Self::Trailers } else { Self::Data(size) })
                }
                Ok(Status::Partial) => return Ok(None),
                Err(_) => return Err("a chunk without a size"),
            },
            Self::Data(_) if bytes.is_empty() => return Ok(None),
            Self::Data(left) => {
                let taken = left.min(bytes.len());
                body.extend_from_slice(&bytes[..taken]);
                (taken, if taken == left { Self::End } else { Self::Data(left - taken) })
            }
            Self::End => match bytes {
                [b'\r', b'\n', ..] => (2, Self::Size),
                [] | [b'\r'] => return Ok(None),
                _ => return Err("a chunk that does not end"),
            },
            Self::Trailers => match httparse::parse_headers(bytes, &mut [httparse::EMPTY_HEADER; 64]) {
                Ok(Status::Complete((taken, _))) => (taken, Self::Over),
                Ok(Status::Partial) => return Ok(None),
                Err(_) => return Err("trailers that are none"),
            },
            Self::Over => return Ok(None),
        };
        *self = next;
        Ok(Some(taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fields::Place;
    use proptest::prelude::*;

    fn with<T>(headers: &[(&str, &str)], then: impl Fn(Fields) -> T) -> T {
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        for (name, value) in headers {
            let begin = bytes.len();
            bytes.extend_from_slice(name.as_bytes());
            let middle = bytes.len();
            bytes.extend_from_slice(value.as_bytes());
            places.push(Place { name: begin..middle, value: middle..bytes.len() });
        }
        then(Fields { bytes: &bytes, places: &places })
    }

    fn length(status: u16, headers: &[(&str, &str)]) -> Result<Length, &'static str> {
        with(headers, |fields| Length::of(Asked::Other, status, 1, fields))
    }

    #[test]
    fn a_length_is_what_is_said_and_otherwise_the_connections() {
        assert_eq!(length(200, &[("Content-Length", "7")]), Ok(Length::Bytes(7)));
        assert_eq!(length(200, &[("content-length", "7, 7"), ("content-length", "7")]), Ok(Length::Bytes(7)));
        assert_eq!(length(200, &[]), Ok(Length::Close));
        for wrong in ["7, 8", "-1", "+1", "", "1e3", "99999999999999999999999"] {
            assert!(length(200, &[("content-length", wrong)]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn chunks_count_more_than_a_length() {
        let both = [("content-length", "7"), ("transfer-encoding", "gzip, Chunked")];
        assert_eq!(length(200, &both), Ok(Length::Chunked));
        assert_eq!(length(200, &[("transfer-encoding", "chunked, gzip")]), Ok(Length::Close));
        assert!(with(&both, |fields| Length::of(Asked::Other, 200, 0, fields)).is_err());
    }

    #[test]
    fn some_answers_have_no_body_whatever_their_headers_say() {
        let said = [("content-length", "7")];
        assert_eq!([204, 304].map(|status| length(status, &said)), [Ok(Length::Bytes(0)); 2]);
        let asked = |asked, status| with(&said, |fields| Length::of(asked, status, 1, fields));
        assert_eq!(
            (asked(Asked::Head, 200), asked(Asked::Connect, 200)),
            (Ok(Length::Bytes(0)), Ok(Length::Bytes(0)))
        );
        assert_eq!(asked(Asked::Connect, 404), Ok(Length::Bytes(7)));
    }

    #[test]
    fn a_connection_is_kept_unless_something_speaks_against_it() {
        let kept = |version, connection: &str| {
            with(&[("connection", connection)], |fields| Length::Bytes(0).keeps(version, 200, fields))
        };
        assert!(kept(1, "") && kept(1, "keep-alive") && kept(0, "Keep-Alive"));
        assert!(!kept(1, "te, Close") && !kept(0, ""));
        assert!(!with(&[], |fields| Length::Close.keeps(1, 200, fields)));
        assert!(!with(&[], |fields| Length::Bytes(0).keeps(1, 101, fields)));
    }

    proptest! {
        #[test]
        fn chunks_are_put_together_however_they_arrive(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6),
            cuts in prop::collection::vec(1..9usize, 1..20), trailers in 0..3usize,
        ) {
            let mut sent = Vec::new();
            for chunk in &chunks {
                sent.extend_from_slice(format!("{:x};a=b\r\n", chunk.len()).as_bytes());
                sent.extend_from_slice(chunk);
                sent.extend_from_slice(b"\r\n");
            }
            sent.extend_from_slice(b"0\r\n");
            sent.extend_from_slice("a: b\r\n".repeat(trailers).as_bytes());
            sent.extend_from_slice(b"\r\n");
            let whole = sent.len();
            sent.extend_from_slice(b"HTTP");
            let (mut state, mut body, mut taken, mut there) = (Chunks::Size, Vec::new(), 0, 0);
            let mut cuts = cuts.iter().cycle();
            while there < sent.len() {
                there = (there + cuts.next().unwrap()).min(sent.len());
                taken += state.take(&sent[taken..there], &mut body).unwrap();
            }
            prop_assert_eq!((state, taken, body), (Chunks::Over, whole, chunks.concat()));
        }

        #[test]
        fn nothing_that_is_no_chunk_makes_it_panic(bytes: Vec<u8>) {
            let _ = Chunks::Size.take(&bytes, &mut Vec::new());
        }
    }

    #[test]
    fn what_is_no_chunk_is_told() {
        for wrong in ["x\r\n", "1\r\nabc", "0\r\n\x01: b\r\n\r\n", "ffffffffffffffffff\r\n"] {
            assert!(Chunks::Size.take(wrong.as_bytes(), &mut Vec::new()).is_err(), "{wrong:?}");
        }
    }
}
