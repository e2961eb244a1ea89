//! One contract, held by every packaging: the native server, WAGI, preview 2 and preview 3, at the root and below
//! a prefix; and by the command, native and Wasm. Where `wasmtime` or `spin` is on the PATH, they are held to it too.

mod support;

use serde_json::Value;
use support::checks::{self, moscow_clock};
use support::packagings::{Packaging, build, root, with_every_packaging, with_spin, with_wasmtime_serve};

/// Makes each statement a test, and `EVERY_STATEMENT` of all of them.
macro_rules! contract {
    ($($statement:ident,)*) => {
        $(#[test]
        fn $statement() {
            with_every_packaging(checks::$statement);
        })*
        const EVERY_STATEMENT: &[(&str, fn(&Packaging))] = &[$((stringify!($statement), checks::$statement),)*];
    };
}

contract! {
    the_time_is_two_keys_of_compact_json,
    the_page_shows_the_time_and_allows_nothing_but_itself,
    the_page_says_who_answered_as_its_header_does,
    a_prefix_needs_no_slash_at_its_end,
    head_has_the_headers_of_get_and_no_body,
    options_and_other_methods_name_what_is_allowed,
    the_icon_that_browsers_ask_for_is_there,
    any_other_path_is_a_problem,
    a_query_is_ignored_and_a_path_is_decoded_once,
    slashes_before_a_path_count_as_one,
    without_javascript_the_page_links_to_its_own_json,
    a_client_cannot_choose_the_path_by_spins_headers,
    every_answer_has_its_length_and_is_not_to_be_kept,
    the_instance_testifies_how_fresh_it_is,
}

fn hold_to_every_statement(packaging: &Packaging) {
    for (name, check) in EVERY_STATEMENT {
        eprintln!("  {name}");
        check(packaging);
    }
}

#[test]
fn wasmtime_serve_holds_the_contract() {
    with_wasmtime_serve(hold_to_every_statement);
}

#[test]
fn spin_holds_the_contract() {
    with_spin(hold_to_every_statement);
}

#[test]
fn the_command_prints_the_time_once_and_ends_well() {
    for (name, printed) in support::command::outputs() {
        let json: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(json["moscow_time"], moscow_clock(json["timestamp"].as_i64().unwrap()), "{name}");
        assert_eq!(
            printed,
            serde_json::to_string_pretty(&json).unwrap() + "\n",
            "{name}: indented by two spaces"
        );
    }
}

#[test]
fn the_wasm_artefacts_are_small_since_size_is_start_up_time() {
    for (manifest, artefact, limit) in [
        ("spin.toml", "wasm32-wasip1/ship/moscow-time.wasm", 110_000),
        ("spin.toml", "wasm32-wasip2/ship/moscow_time_p2.wasm", 160_000),
        ("spin-p3.toml", "wasm32-wasip2/ship/moscow_time_p3.wasm", 170_000),
    ] {
        build(manifest);
        let bytes = root().join("target").join(artefact).metadata().unwrap().len();
        assert!(bytes <= limit, "{artefact} has {bytes} bytes, more than {limit}");
    }
}
