//! Manifests that Spin serves, served; and what is refused of them.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::common::artefacts::P2;
use crate::common::client::text;
use crate::common::guests;
use crate::common::handlers;
use crate::common::site::Site;
use host::{App, Manifest, Options};

fn hello() -> Site {
    Site::new().wagi("a", "/...", &guests::hello())
}

#[track_caller]
fn assert_refused(site: &Site, parts: &[&str]) {
    let message = site.load().err().expect("it should have been refused").to_string();
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

#[tokio::test]
async fn a_module_that_is_an_http_handler_is_made_a_component() {
    // What `spin new` builds for preview 2: a reactor of wasm32-wasip1, with its interfaces in a custom section.
    let site = Site::new().http("a", "/...", &handlers::reactor());
    assert_eq!(site.serve().await.get("/").await.status(), 500);
    assert_eq!(site.logged("a"), "reached");
}

#[tokio::test]
async fn what_does_not_matter_to_serving_is_ignored() {
    let site = Site::new().toml("targets = [\"spin-up:4.1\", { url = \"https://a\" }]");
    let site = site.wagi("a", "/...", &guests::hello()).toml(
        "targets = [\"spin-up:4.1\"]\nallowed_outbound_hosts = []\n[component.a.profile.debug]\n\
         build.command = \"make debug\"\n[component.a.tool.x]\ny = 1",
    );
    assert_eq!(text(&site.serve().await.get("/").await), "hello");
}

#[tokio::test]
async fn a_component_may_be_written_in_its_trigger() {
    let site = Site::new().file("x.wasm", &guests::hello()).toml(
        "[[trigger.http]]\nroute = \"/...\"\nexecutor = { type = \"wagi\" }\n\
         component = { source = \"x.wasm\", environment = { A = \"b\" } }",
    );
    let server = site.serve().await;
    assert_eq!(text(&server.get("/").await), "hello");
    assert!(server.announcement.contains("  http-trigger1-component: "), "{}", server.announcement);
}

#[tokio::test]
async fn a_private_component_is_served_to_nobody() {
    let site = hello().http("b", "/b", &guests::handler("unreachable"));
    let site = site.toml("[[trigger.http]]\nroute = { private = true }\ncomponent = \"c\"");
    let site = site.component("c", &guests::handler("unreachable"));
    let server = site.serve().await;
    assert!(!server.announcement.contains("  c: "), "{}", server.announcement);
    assert_eq!(text(&server.get("/c").await), "hello");
    assert_refused(
        &hello().toml("[[trigger.http]]\nroute = { private = false }\ncomponent = \"a\""),
        &["private"],
    );
}

#[tokio::test]
async fn a_static_response_needs_no_component() {
    let site = hello().toml(
        "[[trigger.http]]\nid = \"gone\"\nroute = \"/old\"\n[trigger.http.static_response]\nstatus_code = 301\n\
         headers = { location = \"/new\", x-a = \"b\" }\nbody = \"moved\"",
    );
    let server = site.serve().await;
    let answer = server.get("/old").await;
    assert_eq!((answer.status().as_u16(), text(&answer)), (301, "moved"));
    assert_eq!(
        (&answer.headers()["location"], &answer.headers()["x-a"]),
        (&"/new".parse().unwrap(), &"b".parse().unwrap())
    );
    assert!(server.announcement.contains("  gone: "), "{}", server.announcement);
}

#[test]
fn a_static_response_that_is_none_is_refused() {
    let with = |response: &str| {
        hello().toml(&format!("[[trigger.http]]\nroute = \"/x\"\nstatic_response = {{ {response} }}"))
    };
    assert_refused(&with("status_code = 99"), &["\"/x\"", "status_code 99"]);
    assert_refused(&with("headers = { \"a b\" = \"c\" }"), &["\"/x\"", "\"a b\""]);
    assert_refused(&with("").toml("component = \"a\""), &["\"/x\"", "remove one"]);
    assert_refused(&hello().toml("[[trigger.http]]\nroute = \"/x\""), &["\"/x\"", "component = \"NAME\""]);
}

#[tokio::test]
async fn the_entrypoint_of_wagi_can_only_be_start() {
    let with = |entrypoint: &str| {
        let executor = format!("executor = {{ type = \"wagi\", entrypoint = {entrypoint:?} }}");
        Site::new()
            .toml(&format!("[[trigger.http]]\nroute = \"/...\"\ncomponent = \"a\"\n{executor}"))
            .component("a", &guests::hello())
    };
    assert_eq!(text(&with("_start").serve().await.get("/").await), "hello");
    assert_refused(&with("main"), &["entrypoint", "_start"]);
}

#[tokio::test]
async fn a_route_may_lack_its_slash_or_be_empty() {
    for (route, path) in [("", "/"), ("a", "/a"), ("a/...", "/a/b"), ("/a/", "/a")] {
        let server = Site::new().wagi("a", route, &guests::environment()).serve().await;
        let answer = server.get(path).await;
        assert_eq!(answer.status(), 200, "{route:?}");
        let raw = format!("X_RAW_COMPONENT_ROUTE={route}");
        assert!(text(&answer).split_terminator('\0').any(|variable| variable == raw), "{route:?}");
    }
}

#[tokio::test]
async fn of_two_triggers_with_one_route_the_last_wins_and_a_line_says_so() {
    static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let other = guests::program("content-type: text/plain\n\nother", "");
    let site = hello().wagi("b", "/...", &other);
    let site = site.with(|options| {
        options.log = |line| LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line.into())
    });
    assert_eq!(text(&site.serve().await.get("/").await), "other");
    assert!(LINES.lock().unwrap().iter().any(|line| line.contains("\"/...\" stands twice")));
}

#[test]
fn a_route_that_the_router_cannot_hold_is_refused() {
    assert_refused(&Site::new().wagi("a", "/*/x", &guests::hello()), &["spin.toml", "\"/*/x\"", "wildcard"]);
}

#[tokio::test]
async fn a_directory_or_a_wasm_file_can_be_served() {
    let site = Site::new().artefact("a", "/...", &P2);
    site.load().unwrap();
    let manifest = Manifest::load(site.dir()).unwrap();
    assert_eq!(manifest.path, site.dir().join("spin.toml"));
    let options = Options { cache_dir: None, max_instances: 4, ..Options::default() };
    let file = site.dir().join("a.wasm");
    let app = App::load(&file, &options).unwrap();
    let server = host::Server::bind(app, "127.0.0.1:0").await.unwrap();
    assert!(server.announcement().contains("(wildcard)"));
    assert_eq!(Manifest::load(&file).unwrap().name, "a");
}

#[test]
fn a_manifest_is_also_found_above() {
    assert_eq!(Manifest::locate(Some(Path::new("x.toml"))), Path::new("x.toml"));
    // Tests run in the directory of their package.
    let above = Manifest::locate(None);
    assert_eq!((above.is_file(), above.as_path()), (true, Path::new("../spin.toml")));
}

#[test]
fn version_1_is_named_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spin.toml");
    let text = "spin_manifest_version = \"1\"\nname = \"a\"\ntrigger = { type = \"http\" }\n[[component]]\nid = \"a\"\n";
    std::fs::write(&path, text).unwrap();
    let message = Manifest::load(&path).unwrap_err().to_string();
    assert!(message.contains("version 1") && message.contains("spin doctor"), "{message}");
}

#[tokio::test]
async fn variables_have_defaults_and_given_values() {
    let site = Site::new().http("a", "/...", &handlers::saying_variable("greeting"));
    let site = site.toml(
        "[component.a.variables]\ngreeting = \"{{ who }}! \"\n[variables]\nwho = { default = \"world\" }",
    );
    site.serve().await.get("/").await;
    assert_eq!(site.logged("a"), "world! ");
    let site = site.with(|options| options.variables.extend([("who".into(), "you".into())]));
    site.serve().await.get("/").await;
    assert_eq!(site.logged("a"), "world! you! ");
}

#[test]
fn a_required_variable_without_a_value_is_named() {
    let site = || hello().toml("[variables]\ntoken = { required = true, secret = true }");
    assert_refused(&site(), &["`token`", "--variable token=VALUE"]);
    assert!(site().with(|options| options.variables.extend([("token".into(), "x".into())])).load().is_ok());
    assert!(
        site()
            .with(|options| options.runtime_config.variables.extend([("token".into(), "x".into())]))
            .load()
            .is_ok()
    );
    assert_refused(&hello().toml("[variables]\ntoken = { }"), &["`token`", "default"]);
}

#[test]
fn middleware_needs_spin_itself() {
    for key in ["components", "dependencies"] {
        let site = Site::new().toml("[[trigger.http]]\nroute = \"/...\"\ncomponent = \"a\"");
        let site = site.toml(&format!("{key} = {{ middleware = [\"b\"] }}")).component("a", &guests::hello());
        assert_refused(&site, &[key, "needs Spin itself"]);
    }
}

#[test]
fn a_source_from_elsewhere_needs_spin_itself() {
    let site = Site::new().route("a", "/...", "wagi");
    let site = site.toml("[component.a]\nsource = { url = \"https://a/b.wasm\", digest = \"sha256:0\" }");
    assert_refused(&site, &["\"a\"", "need Spin itself"]);
}

#[tokio::test]
async fn a_name_may_be_anything() {
    let server = Site::new().wagi("Not_Kebab1", "/...", &guests::hello()).serve().await;
    assert_eq!(text(&server.get("/").await), "hello");
}
