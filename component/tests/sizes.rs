//! The artefacts stay small: their size is start-up time, and transfer, and memory.

mod support;

use support::packagings::{build, root};

#[test]
fn the_wasm_artefacts_are_within_their_limits() {
    build("spin.toml");
    build("spin-p3.toml");
    for (artefact, limit) in [
        ("wasm32-wasip1/ship/moscow-time.wasm", 120_000),
        ("wasm32-wasip2/ship/moscow_time_p2.wasm", 200_000),
        ("wasm32-wasip2/ship/moscow_time_p3.wasm", 230_000),
    ] {
        let bytes = root().join("target").join(artefact).metadata().unwrap().len();
        assert!(bytes <= limit, "{artefact} has {bytes} bytes, more than {limit}");
    }
}
