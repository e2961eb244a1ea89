//! Whatever a client asks, it is answered.

use crate::common::artefacts::{P2, P3};
use crate::common::guests;
use crate::common::site::{Served, Site};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use tokio::runtime::Runtime;

const CASES: u32 = 64;

/// Paths with what is encoded, reserved, doubled or no ASCII, and targets that are no path.
fn target() -> impl Strategy<Value = Vec<u8>> {
    let path = |piece: &'static str| prop::collection::vec(piece.prop_map(String::into_bytes), 0..12);
    prop_oneof![
        8 => path(r"/|\.\.|%[0-9a-fA-F]{2}|%|\?|[!-~]|[a-z]{1,8}|api/time").prop_map(|pieces| [b"/", &*pieces.concat()].concat()),
        1 => prop::collection::vec(0x21_u8..=0xff, 1..40),
        1 => "[a-z.]{1,12}(:[0-9]{1,4})?".prop_map(String::into_bytes),
        1 => Just(b"*".to_vec()),
        1 => path("[a-z]{1,5}|:|@|/").prop_map(|pieces| [b"http://", &*pieces.concat()].concat()),
    ]
}

/// Headers, also those that hosts and programs have a use for.
fn header() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        3 => "[a-zA-Z0-9!#$&'*+.^_`|~-]{1,20}",
        1 => prop::sample::select(vec![
            "host", "cookie", "te", "upgrade", "keep-alive", "proxy", "proxy-connection", "accept", "content-type",
            "spin-path-info", "spin-component-route", "spin-full-url", "x-forwarded-for",
        ])
        .prop_map(str::to_owned),
    ];
    let value = prop::collection::vec(prop_oneof![Just(b'\t'), 0x20_u8..0x7f, 0x80_u8..=0xff], 0..40);
    (name, value).prop_map(|(name, value)| [name.as_bytes(), b": ", &value, b"\r\n"].concat())
}

fn request() -> impl Strategy<Value = Vec<u8>> {
    let method = prop::sample::select(vec!["GET", "HEAD", "POST", "OPTIONS", "BREW", "get"]);
    let headers = prop::collection::vec(header(), 0..8);
    (method, target(), headers).prop_map(|(method, target, headers)| {
        let headers = headers.concat();
        [method.as_bytes(), b" ", &target, b" HTTP/1.1\r\nconnection: close\r\n", &headers, b"\r\n"].concat()
    })
}

/// Holds if every request has an answer that is not the server's or the component's failure.
fn assert_always_answers(site: &Site) {
    let runtime = Runtime::new().unwrap();
    let server: Served = runtime.block_on(site.serve());
    let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&request(), |request| {
        let status = runtime.block_on(server.raw(&request)).status().as_u16();
        let text = String::from_utf8_lossy(&request).into_owned();
        prop_assert!((200..500).contains(&status), "{status} to {text:?}");
        Ok::<_, TestCaseError>(())
    });
    outcome.unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_wagi_program_answers_whatever_is_asked() {
    assert_always_answers(&Site::new().wagi("a", "/...", &guests::environment()));
}

#[test]
fn a_preview_2_component_answers_whatever_is_asked() {
    assert_always_answers(&Site::new().artefact("a", "/...", &P2));
}

#[test]
fn a_preview_3_component_answers_whatever_is_asked() {
    assert_always_answers(&Site::new().artefact("a", "/...", &P3));
}
