//! Manifests that Spin serves, served; and what is refused of them.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::common::artefacts::P2;
use crate::common::assert_says;
use crate::common::client::text;
use crate::common::guests;
use crate::common::handlers;
use crate::common::site::Site;
use host::{App, Error, Manifest, Options};

fn hello() -> Site {
    Site::new().wagi("a", "/...", &guests::hello())
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
    hello()
        .toml("[[trigger.http]]\nroute = { private = false }\ncomponent = \"a\"")
        .assert_refused(&["private"]);
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
    with("status_code = 99").assert_refused(&["spin.toml:12: ", "`99`", "status code"]);
    with("headers = { \"a b\" = \"c\" }").assert_refused(&["spin.toml:12: ", "\"a b\""]);
    with("status_code = 103").assert_refused(&["\"/x\"", "200 to 999"]);
    with("").toml("component = \"a\"").assert_refused(&["\"/x\"", "remove one"]);
    hello().toml("[[trigger.http]]\nroute = \"/x\"").assert_refused(&["\"/x\"", "component = \"NAME\""]);
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
    with("main").assert_refused(&["spin.toml:7: ", "`main`", "`_start`"]);
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
    Site::new().wagi("a", "/*/x", &guests::hello()).assert_refused(&["spin.toml", "\"/*/x\"", "wildcard"]);
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
    site().assert_refused(&["`token`", "--variable token=VALUE"]);
    assert!(site().with(|options| options.variables.extend([("token".into(), "x".into())])).load().is_ok());
    assert!(
        site()
            .with(|options| options.runtime_config.variables.extend([("token".into(), "x".into())]))
            .load()
            .is_ok()
    );
    hello().toml("[variables]\ntoken = { }").assert_refused(&["`token`", "default"]);
}

#[test]
fn middleware_needs_spin_itself() {
    for key in ["components", "dependencies"] {
        let site = Site::new().toml("[[trigger.http]]\nroute = \"/...\"\ncomponent = \"a\"");
        let site = site.toml(&format!("{key} = {{ middleware = [\"b\"] }}")).component("a", &guests::hello());
        site.assert_refused(&[key, "needs Spin itself"]);
    }
}

/// One component, named `a`, with these lines.
fn component(lines: &str) -> Site {
    Site::new().route("a", "/...", "http").toml(&format!("[component.a]\n{lines}"))
}

#[test]
fn a_source_from_elsewhere_needs_spin_itself() {
    let elsewhere = component("source = { url = \"https://a/b.wasm\", digest = \"sha256:0\" }");
    elsewhere.assert_refused(&["\"a\"", "needs Spin itself"]);
}

#[test]
fn what_only_spin_can_give_is_refused_by_name_unless_it_is_empty() {
    let with = |lines: &str| component(&format!("source = \"a.wasm\"\n{lines}"));
    for (key, value) in
        [("files", "*"), ("allowed_outbound_hosts", "https://a"), ("key_value_stores", "default")]
    {
        let words = ["\"a\"", key, "needs Spin itself", "`spin up`"];
        with(&format!("{key} = [{value:?}]")).assert_refused(&words);
    }
    let nothing = with("files = []\nallowed_outbound_hosts = []\ntool = { x = { y = 1 } }");
    Manifest::load(&nothing.manifest()).unwrap();
}

#[test]
fn other_triggers_are_refused_beside_http_and_alone() {
    for site in [Site::new(), component("source = \"a.wasm\"")] {
        let words = ["[[trigger.redis]]", "only [[trigger.http]]"];
        site.toml("[[trigger.redis]]\nchannel = \"c\"").assert_refused(&words);
    }
}

#[test]
fn unknown_keys_are_refused_wherever_they_stand() {
    Site::new().toml("surprise = 1").assert_refused(&["spin.toml:4: ", "`surprise`"]);
    Site::new().toml("[surprise]").assert_refused(&["spin.toml:4: ", "`surprise`"]);
    Site::new().route("a", "/", "http").toml("routes = 1").assert_refused(&["spin.toml:8: ", "`routes`"]);
    component("sauce = 1").assert_refused(&["\"a\"", "unknown key `sauce`"]);
}

fn refusal(manifest: &str) -> Error {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("spin.toml"), manifest).unwrap();
    Manifest::load(dir.path()).unwrap_err()
}

#[test]
fn version_1_is_named_with_the_remedy() {
    let old = "spin_manifest_version = \"1\"\nname = \"a\"\ntrigger = { type = \"http\" }\n[[component]]\nid = \"a\"\n";
    assert_says(&refusal(old), &["version 1", "spin doctor"]);
    for other in ["spin_manifest_version = 3\n[new]\n", "", "[application]\nname = \"a\"\n"] {
        assert_says(
            &refusal(other),
            &["only version 2", "begin the manifest with spin_manifest_version = 2"],
        );
    }
}

#[test]
fn what_is_missing_is_named_with_what_to_write() {
    for manifest in ["spin_manifest_version = 2\n", "spin_manifest_version = 2\n[application]\n"] {
        assert_says(&refusal(manifest), &["[application]", "name = "]);
    }
    Site::new().assert_refused(&["[[trigger.http]]", "route = ", "component = "]);
    component("").assert_refused(&["\"a\"", "`source`", "source = \"FILE.wasm\""]);
    let site = Site::new().route("ghost", "/...", "wagi").component("real", b"");
    site.assert_refused(&["\"ghost\" does not exist", "there is: real"]);
}

/// One component with an HTTP trigger, one with a trigger for Redis too, and one without any.
fn three() -> Site {
    let redis = "files = [\"*\"]\n[[trigger.redis]]\ncomponent = \"b\"";
    Site::new().http("a", "/a", b"").http("b", "/b", b"").toml(redis).component("unrouted", b"")
}

fn only(ids: &[&str]) -> Result<Manifest, Error> {
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    Manifest::load_only(&three().manifest(), &ids)
}

#[test]
fn of_components_that_are_not_asked_for_nothing_is_left_and_nothing_is_refused() {
    let manifest = only(&["a"]).unwrap();
    assert_eq!(manifest.components.keys().collect::<Vec<_>>(), ["a"]);
    assert_eq!(manifest.triggers.iter().map(|trigger| &trigger.route).collect::<Vec<_>>(), ["/a"]);
    assert_says(&only(&["a", "b"]).unwrap_err(), &["trigger.redis"]);
}

#[test]
fn a_component_that_is_asked_for_must_be_there_and_have_a_route() {
    let words = ["\"ghost\" does not exist; there is: a, b, unrouted"];
    assert_says(&only(&["a", "ghost"]).unwrap_err(), &words);
    assert_says(&only(&["unrouted"]).unwrap_err(), &["\"unrouted\" has no [[trigger.http]]"]);
}

#[test]
fn a_component_is_found_beside_its_manifest() {
    let site = component("source = \"out/a.wasm\"\nenvironment.KEY = \"value\"\nbuild.command = \"make\"");
    let manifest = Manifest::load(&site.manifest()).unwrap();
    let component = &manifest.components["a"];
    assert_eq!(manifest.source(component), site.dir().join("out/a.wasm"));
    assert_eq!(component.environment["KEY"], "value");
    assert_eq!(component.build.as_ref().unwrap().commands(), ["make"]);
}

#[tokio::test]
async fn a_name_may_be_anything() {
    let server = Site::new().wagi("Not_Kebab1", "/...", &guests::hello()).serve().await;
    assert_eq!(text(&server.get("/").await), "hello");
}
