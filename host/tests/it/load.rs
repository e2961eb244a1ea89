//! Why an application is not served: always one line that names the thing and the remedy.

use std::path::Path;

use crate::common::artefacts::{P2, WAGI};
use crate::common::assert_says;
use crate::common::guests;
use crate::common::site::Site;
use host::{App, Error, Options, RuntimeConfig, Server};

/// A site whose one component is `a`, with these bytes.
fn http(wasm: &[u8]) -> Site {
    Site::new().http("a", "/...", wasm)
}

fn wagi(wasm: &[u8]) -> Site {
    Site::new().wagi("a", "/...", wasm)
}

#[test]
fn a_manifest_that_is_not_there_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { cache_dir: None, ..Options::default() };
    let e = App::load(&dir.path().join("spin.toml"), &options).err().unwrap();
    assert_says(&e, &["cannot read", "spin.toml", "No such file", "--from"]);
}

#[test]
fn a_manifest_that_is_not_toml_is_named_with_its_line() {
    Site::new().toml("this is not TOML").assert_refused(&["spin.toml:4: "]);
}

#[test]
fn a_source_that_is_not_there_is_named_with_the_command_that_builds_it() {
    let site = Site::new().route("a", "/...", "wagi").toml(
        "[component.a]\nsource = \"out/none.wasm\"\nbuild = { command = [\"make one\", \"make two\"] }",
    );
    site.assert_refused(&["\"a\"", "none.wasm does not exist", "build it: make one && make two"]);
    let site = Site::new().route("a", "/...", "wagi").toml("[component.a]\nsource = \"none.wasm\"");
    site.assert_refused(&["\"a\"", "none.wasm cannot be read"]);
}

#[test]
fn an_empty_source_is_to_be_built_again() {
    http(b"").assert_refused(&["\"a\"", "a.wasm is empty", "build it again"]);
}

#[test]
fn a_source_that_is_not_wasm_is_refused() {
    http(b"#!/bin/sh\nexit 1\n").assert_refused(&["\"a\"", "a.wasm is not WebAssembly"]);
    http(b"\0asm").assert_refused(&["\"a\"", "a.wasm is not WebAssembly"]);
}

#[test]
fn a_source_that_is_invalid_after_a_right_header_is_refused() {
    for header in [b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0"] {
        let wasm = [header, &b"\xff\xff\xff\xff"[..]].concat();
        http(&wasm).assert_refused(&["\"a\"", "a.wasm is not valid WebAssembly"]);
    }
}

#[test]
fn a_command_module_is_no_http_handler() {
    let remedies = ["\"a\"", "wasi:http", "executor = { type = \"wagi\" }"];
    http(&guests::hello()).assert_refused(&remedies);
    http(WAGI.wasm()).assert_refused(&remedies);
}

#[test]
fn a_command_is_no_http_handler() {
    http(&guests::command("", true)).assert_refused(&[
        "\"a\"",
        "wasi:http",
        "executor = { type = \"wagi\" }",
    ]);
}

#[test]
fn an_http_handler_does_not_speak_wagi() {
    for wasm in [&guests::handler(""), P2.wasm()] {
        wagi(wasm).assert_refused(&["\"a\"", "WAGI", "leave `executor` out"]);
    }
}

#[test]
fn a_module_that_answers_nothing_is_refused() {
    let library = guests::compiled("(module (func (export \"handle-http-request\")))");
    for site in [wagi(&library), http(&library)] {
        site.assert_refused(&["\"a\"", "core module", "_start", "wasm32-wasip2"]);
    }
}

#[test]
fn a_release_candidate_is_no_http_handler() {
    let handler =
        "(component (core module $code (func (export \"handle\"))) (core instance $code (instantiate $code))
        (func $handle (canon lift (core func $code \"handle\")))
        (instance (export \"wasi:http/handler@0.3.0-rc-2026-03-15\") (export \"handle\" (func $handle))))";
    http(&guests::compiled(handler)).assert_refused(&["\"a\"", "wasi:http/handler@0.3"]);
}

#[test]
fn an_import_that_nobody_provides_is_named() {
    let module = "(module (import \"env\" \"mystery\" (func)) (func (export \"_start\")))";
    wagi(&guests::compiled(module)).assert_refused(&["\"a\"", "env"]);
    let component = "(component (import \"fermyon:spin/redis@2.0.0\" (instance (export \"get\" (func)))))";
    http(&guests::compiled(component)).assert_refused(&["\"a\"", "fermyon:spin/redis", "needs Spin itself"]);
}

#[test]
fn every_component_that_is_routed_to_is_checked_and_no_other() {
    let site = wagi(&guests::hello()).wagi("b", "/b", b"");
    site.assert_refused(&["\"b\"", "is empty"]);
    assert!(wagi(&guests::hello()).component("unrouted", b"").load().is_ok());
}

#[test]
fn a_component_that_is_not_asked_for_need_not_be_there() {
    let site = wagi(&guests::hello()).wagi("b", "/b", b"").route("c", "/c", "http");
    let site = site.toml("[component.c]\nsource = \"none.wasm\"\nfiles = [\"x\"]");
    site.assert_refused(&["\"c\"", "`files`"]);
    assert!(site.with(|options| options.components = vec!["a".into()]).load().is_ok());
}

fn runtime_config(text: &str) -> Result<RuntimeConfig, Error> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("runtime-config.toml");
    std::fs::write(&path, text).unwrap();
    RuntimeConfig::load(&path)
}

#[test]
fn a_runtime_configuration_that_is_not_as_it_must_be_is_named_with_its_line() {
    for (text, words) in [
        ("\nmax_instance_memory =", &["runtime-config.toml:2: "][..]),
        ("max_instance_memory = \"1\"", &["runtime-config.toml:1: ", "string"]),
        ("a = 1", &["runtime-config.toml:1: ", "`a`", "`max_instance_memory`", "`state_dir`"]),
    ] {
        assert_says(&runtime_config(text).unwrap_err(), words);
    }
    assert_says(&RuntimeConfig::load(Path::new("none.toml")).unwrap_err(), &["cannot read none.toml"]);
}

#[test]
fn every_key_that_spin_reads_is_accepted() {
    let config = runtime_config(
        "max_instance_memory = 7\nstate_dir = \"x\"\nlog_dir = \"y\"\n[[variables_provider]]\ntype = \"env\"\n\
         [[client_tls]]\ncomponent_ids = [\"a\"]\n[key_value_store.a]\ntype = \"spin\"\n[sqlite_database.a]\n\
         type = \"b\"\n[llm_compute]\ntype = \"spin\"\n[outbound_networking]\nmax_total_connections = 1\n\
         [outbound_http]\nmax_connections = 1\n[outbound_redis]\nmax_connections = 1\n[outbound_pg]\n\
         max_connections = 1\n[outbound_mysql]\nmax_connections = 1\n[outbound_mqtt]\nmax_connections = 1\n",
    );
    let config = config.unwrap();
    assert_eq!((config.max_instance_memory, config.log_dir), (Some(7), Some("y".into())));
}

#[test]
fn static_providers_of_variables_have_their_values_the_first_before_the_next() {
    let provider = |key: &str, value: &str| format!("[[{key}]]\ntype = \"static\"\nvalues = {{ {value} }}\n");
    let two = [provider("config_provider", "a = \"1\""), provider("config_provider", "a = \"2\", b = \"3\"")]
        .concat();
    let values = runtime_config(&two).unwrap().variables;
    assert_eq!((values["a"].as_str(), values["b"].as_str()), ("1", "3"));
}

#[test]
fn a_provider_of_variables_that_needs_spin_itself_is_named() {
    for provider in ["type = \"vault\"\nurl = \"http://a\"", "type = \"env\"\nprefix = \"A\""] {
        let e = runtime_config(&format!("[[variables_provider]]\n{provider}\n")).unwrap_err();
        assert_says(&e, &["runtime-config.toml", "provider", "needs Spin itself", "--variable"]);
    }
}

#[tokio::test]
async fn a_port_in_use_is_named_with_the_way_to_any_free_one() {
    let site = wagi(&guests::hello());
    let first = site.serve().await;
    let address = first.address.to_string();
    let e = Server::bind(site.load().unwrap(), &address).await.err().unwrap();
    let holder = format!("(process {})", std::process::id());
    assert_says(&e, &[&address, "already in use, by ", &holder, "127.0.0.1:0"]);
}

#[tokio::test]
async fn what_is_no_address_is_named_with_one_that_is() {
    let site = wagi(&guests::hello());
    for address in ["nonsense", "127.0.0.1:99999", "127.0.0.1", ""] {
        let e = Server::bind(site.load().unwrap(), address).await.err().unwrap();
        assert_says(&e, &[address, "cannot listen on", "HOST:PORT", "127.0.0.1:3000"]);
    }
}

#[tokio::test]
async fn an_address_of_another_machine_is_named_with_those_of_this_one() {
    let e = Server::bind(wagi(&guests::hello()).load().unwrap(), "192.0.2.1:0").await.err().unwrap();
    assert_says(&e, &["192.0.2.1:0", "no such address", "127.0.0.1", "0.0.0.0"]);
}
