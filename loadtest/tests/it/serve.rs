//! `loadtest serve`, up to where it listens; what it answers there is the host's matter.

use crate::common::program::Loadtest;
use crate::common::spin::Here;
use tempfile::tempdir;

/// `loadtest serve` in a directory of two components, which ends at once where it begins to serve.
fn serve(here: &Here, args: &str) -> Loadtest {
    here.add_component();
    here.loadtest(&format!("serve --until-stdin-closes --listen 127.0.0.1:0 {args}"))
}

#[tokio::test]
async fn every_component_is_served_unless_some_are_asked_for() {
    for (args, guest, other) in
        [("", true, true), ("--component-id guest", true, false), ("-c guest -c other", true, true)]
    {
        let announced = serve(&Here::new(), args).run().await.well();
        assert_eq!(announced.contains("guest: http://"), guest, "{args}: {announced}");
        assert_eq!(announced.contains("other: http://"), other, "{args}: {announced}");
    }
}

#[tokio::test]
async fn a_component_that_does_not_exist_is_refused_with_those_that_do() {
    let ended = serve(&Here::new(), "--component-id ghost").run().await;
    ended.refused(2, &["spin.toml", "\"ghost\" does not exist", "there is: guest, other"]);
}

#[tokio::test]
async fn a_port_in_use_is_told_with_who_holds_it() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let here = Here::new();
    let ended = here.loadtest(&format!("serve --until-stdin-closes --listen {address}")).run().await;
    let holder = format!("(process {})", std::process::id());
    ended.refused(2, &[&address, "in use, by ", &holder, "--listen 127.0.0.1:0"]);
}

#[tokio::test]
async fn a_manifest_in_another_encoding_is_named_as_that() {
    let here = Here::new();
    let text = std::fs::read_to_string(here.path().join("spin.toml")).unwrap();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [[&b"\xff\xfe"[..], &utf16].concat(), utf16] {
        std::fs::write(here.path().join("spin.toml"), bytes).unwrap();
        let ended = here.loadtest("serve --until-stdin-closes --listen 127.0.0.1:0").run().await;
        ended.refused(2, &["spin.toml", "UTF-16", "save it as UTF-8"]);
        assert!(!ended.stderr.contains("go where"), "{}", ended.stderr);
    }
    std::fs::write(here.path().join("spin.toml"), format!("\u{feff}{text}")).unwrap();
    here.loadtest("serve --until-stdin-closes --listen 127.0.0.1:0").run().await.well();
}

#[tokio::test]
async fn a_directory_without_a_manifest_is_refused_with_the_option_that_names_one() {
    let dir = tempdir().unwrap();
    Loadtest::new("serve").within(dir.path()).run().await.refused(2, &["cannot read spin.toml", "--from"]);
}

#[tokio::test]
async fn a_manifest_in_a_directory_above_is_served() {
    let here = Here::new();
    let below = here.path().join("below/that");
    std::fs::create_dir_all(&below).unwrap();
    let serve = here.loadtest("serve --until-stdin-closes --listen 127.0.0.1:0").within(&below);
    let ended = serve.run().await;
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (Some(0), "no spin.toml in this directory: using ../../spin.toml\n")
    );
    assert!(ended.stdout.contains("guest: http://"));
}

#[tokio::test]
async fn a_variable_without_its_value_is_refused_with_the_option_that_gives_it() {
    let here = Here::new();
    here.add_to_manifest("[variables]\ntoken = { required = true }\n");
    let serve =
        |args: &str| here.loadtest(&format!("serve --until-stdin-closes --listen 127.0.0.1:0 {args}"));
    serve("").run().await.refused(2, &["`token`", "--variable token=VALUE"]);
    assert!(serve("--variable token=x").run().await.well().contains("guest: http://"));
    let ended = serve("--variable token").run().await;
    assert!(ended.code == Some(2) && ended.stderr.contains("write it as NAME=VALUE"), "{ended:?}");
}
