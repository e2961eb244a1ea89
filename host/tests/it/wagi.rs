//! Programs that answer by CGI/1.1.

use std::collections::BTreeMap;

use crate::common::artefacts::WAGI;
use crate::common::client::{Answer, request, text};
use crate::common::guests;
use crate::common::site::{Served, Site};
use http::{Method, Request};

async fn serve(wasm: &[u8]) -> Served {
    Site::new().wagi("a", "/...", wasm).serve().await
}

/// What the guest `environment` or `arguments` has listed.
fn listed(answer: &Answer) -> Vec<&str> {
    text(answer).split_terminator('\0').collect()
}

fn variables(answer: &Answer) -> BTreeMap<&str, &str> {
    listed(answer).into_iter().map(|variable| variable.split_once('=').unwrap()).collect()
}

#[tokio::test]
async fn repeated_headers_are_kept() {
    let output = "status: 404 Not Found\nset-cookie: a\nset-cookie: b\nx-last: c\n\nthe body";
    let answer = serve(&guests::program(output, "")).await.get("/").await;
    assert_eq!(answer.status(), 404);
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a", "b"]);
    assert_eq!(answer.headers()["x-last"], "c");
    assert_eq!(answer.headers()["content-length"], "8");
    assert_eq!(text(&answer), "the body");
}

#[tokio::test]
async fn the_connection_is_not_the_programs_matter() {
    let output = "content-type: text/plain\ntransfer-encoding: chunked\ncontent-length: 99\n\nbody";
    let answer = serve(&guests::program(output, "")).await.get("/").await;
    assert_eq!(answer.headers()["content-length"], "4");
    assert!(!answer.headers().contains_key("transfer-encoding"));
    assert_eq!(text(&answer), "body");
}

#[tokio::test]
async fn the_body_of_a_request_is_the_programs_input() {
    let server = serve(&guests::echo()).await;
    let body = "0123456789".repeat(20_000).into_bytes();
    let answer = server.ask(&Request::post("/").body(body.clone()).unwrap()).await;
    assert_eq!((answer.status().as_u16(), answer.body() == &body), (200, true));
    let chunked = b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n\
                    3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n";
    assert_eq!(text(&server.raw(chunked).await), "onetwo");
}

#[tokio::test]
async fn a_request_is_described_by_variables() {
    let server = serve(&guests::environment()).await;
    let request = b"POST /%61%00b?q=1&r=%32 HTTP/1.1\r\nhost: example.org:3000\r\nauthorization: secret\r\n\
                    connection: close\r\ncontent-length: 5\r\n\r\n12345";
    let answer = server.raw(request).await;
    let variables = variables(&answer);
    for (name, value) in [
        ("AUTH_TYPE", ""),
        ("CONTENT_LENGTH", "5"),
        ("CONTENT_TYPE", ""),
        ("PATH_INFO", "/%61%00b"),
        ("PATH_TRANSLATED", "/a\u{fffd}b"),
        ("QUERY_STRING", "q=1&r=%32"),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("REMOTE_USER", ""),
        ("REQUEST_METHOD", "POST"),
        ("SERVER_NAME", "example.org"),
        ("SERVER_PORT", "3000"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("X_COMPONENT_ROUTE", ""),
        ("X_FULL_URL", "http://example.org:3000/%61%00b?q=1&r=%32"),
        ("X_MATCHED_ROUTE", "/..."),
        ("X_RAW_PATH_INFO", "/%61%00b"),
    ] {
        assert_eq!(variables.get(name), Some(&value), "{name}");
    }
    assert!(!listed(&answer).iter().any(|variable| variable.contains("secret")));
}

#[tokio::test]
async fn the_content_type_and_repeated_headers_arrive() {
    let request = Request::post("/")
        .header("content-type", "text/x; charset=y")
        .header("accept", "a")
        .header("accept", "b")
        .header("cookie", "c=1")
        .header("cookie", "d=2")
        .header("proxy", "http://evil");
    let answer = serve(&guests::environment()).await.ask(&request.body(Vec::new()).unwrap()).await;
    let variables = variables(&answer);
    for (name, value) in [
        ("CONTENT_TYPE", Some("text/x; charset=y")),
        ("HTTP_CONTENT_TYPE", Some("text/x; charset=y")),
        ("HTTP_ACCEPT", Some("a, b")),
        ("HTTP_COOKIE", Some("c=1; d=2")),
        ("HTTP_PROXY", None),
    ] {
        assert_eq!(variables.get(name).copied(), value, "{name}");
    }
}

#[tokio::test]
async fn script_name_and_path_info_are_those_of_the_route() {
    let site = ["/...", "/wagi/...", "/exact", "/a/", "b/...", "/:who/app/..."].into_iter();
    let site = site.fold(Site::new(), |site, route| site.route("a", route, "wagi"));
    let server = site.component("a", &guests::environment()).serve().await;
    for (path, script_name, path_info) in [
        ("/", "", "/"),
        ("/api/time", "", "/api/time"),
        ("/wagi", "/wagi", ""),
        ("/wagi/", "/wagi", "/"),
        ("/wagi/api/time", "/wagi", "/api/time"),
        ("/wagixyz", "", "/wagixyz"),
        ("/exact", "/exact", ""),
        ("/a", "/a", ""),
        ("/b/x", "/b", "/x"),
        ("/me/app/x", "/:who/app", "/x"),
    ] {
        let answer = server.get(path).await;
        let variables = variables(&answer);
        assert_eq!((variables["SCRIPT_NAME"], variables["PATH_INFO"]), (script_name, path_info), "{path}");
        assert_eq!(variables.contains_key("X_PATH_MATCH_WHO"), path == "/me/app/x");
    }
}

#[tokio::test]
async fn the_manifests_environment_arrives() {
    let site = Site::new()
        .wagi("a", "/...", &guests::environment())
        .toml("environment = { GREETING = \"привет\", EMPTY = \"\" }");
    let answer = site.serve().await.get("/").await;
    let variables = variables(&answer);
    assert_eq!((variables["GREETING"], variables["EMPTY"]), ("привет", ""));
}

#[tokio::test]
async fn the_hosts_own_environment_does_not_arrive() {
    let answer = serve(&guests::environment()).await.get("/").await;
    assert!(std::env::var_os("PATH").is_some());
    assert!(!variables(&answer).contains_key("PATH"));
}

#[tokio::test]
async fn arguments_are_the_path_and_the_query_or_what_the_manifest_says() {
    let site = Site::new()
        .wagi("a", "/...", &guests::arguments())
        .toml("[[trigger.http]]\nroute = \"/fixed\"\ncomponent = \"a\"")
        .toml("executor = { type = \"wagi\", argv = \"one ${ARGS} two\" }");
    let server = site.serve().await;
    assert_eq!(listed(&server.get("/x/y?a=1&b=2").await), ["/x/y", "a=1", "b=2"]);
    assert_eq!(listed(&server.get("/x/y").await), ["/x/y", ""]);
    assert_eq!(listed(&server.get("/fixed?c").await), ["one", "c", "two"]);
}

#[tokio::test]
async fn a_program_that_does_not_answer_is_a_500_and_tells_nothing_of_itself() {
    const PRINTED: &str = "content-type: text/plain\n\nsecret";
    for wasm in [
        guests::program(PRINTED, "(call $exit (i32.const 1))"),
        guests::program(PRINTED, "unreachable"),
        guests::program("", ""),
        guests::program("content-type: text/plain\n", ""),
        guests::program("no header at all, a secret\n\n", ""),
        guests::program("x-secret: but none that is needed\n\n", ""),
        guests::command("", true),
    ] {
        let answer = serve(&wasm).await.get("/").await;
        assert_eq!((answer.status().as_u16(), text(&answer)), (500, "the component failed\n"));
    }
}

#[tokio::test]
async fn a_bad_status_is_a_502() {
    let answer = serve(&guests::program("status: secret\n\nbody", "")).await.get("/").await;
    assert_eq!((answer.status().as_u16(), text(&answer)), (502, "body"));
}

#[tokio::test]
async fn a_program_that_returns_without_success_has_answered() {
    let guest = guests::command("content-type: text/plain\n\nall the same", false);
    let answer = serve(&guest).await.get("/").await;
    assert_eq!((answer.status().as_u16(), text(&answer)), (200, "all the same"));
}

#[tokio::test]
async fn a_program_that_prints_too_much_is_a_500() {
    let much = "
        (loop $again
          (call $print (i32.const 4096) (i32.const 0xf0000))
          (local.set $length (i32.add (local.get $length) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $length) (i32.const 72))))";
    let guest = guests::program("content-type: text/plain\n\n", much);
    assert_eq!(serve(&guest).await.get("/").await.status(), 500);
}

#[tokio::test]
async fn what_a_program_says_on_standard_error_is_kept_in_a_file() {
    let site = Site::new().wagi("a", "/...", &guests::complaining("it is late"));
    site.serve().await.get("/").await;
    assert_eq!(site.logged("a"), "it is late");
}

#[tokio::test]
async fn a_log_directory_that_is_gone_costs_no_response() {
    let site = Site::new().wagi("a", "/...", &guests::complaining("it is late"));
    let server = site.serve().await;
    std::fs::remove_dir_all(site.dir().join(".spin")).unwrap();
    assert_eq!(server.get("/").await.status(), 200);
    let file = tempfile::NamedTempFile::new().unwrap();
    let site = site.with(|options| options.log_dir = Some(file.path().join("below")));
    assert_eq!(site.serve().await.get("/").await.status(), 200);
}

#[tokio::test]
async fn exit_with_0_is_a_good_end() {
    let guest = guests::program("content-type: text/plain\n\nok", "(call $exit (i32.const 0))");
    let answer = serve(&guest).await.get("/").await;
    assert_eq!((answer.status().as_u16(), text(&answer)), (200, "ok"));
}

#[tokio::test]
async fn a_component_may_be_a_program_too() {
    let answer =
        serve(&guests::command("content-type: text/plain\n\nfrom preview 2", true)).await.get("/").await;
    assert_eq!((answer.status().as_u16(), text(&answer)), (200, "from preview 2"));
}

#[tokio::test]
async fn a_head_is_answered_without_the_body_that_the_program_prints() {
    let server = serve(&guests::hello()).await;
    let answer = server.ask(&request(Method::HEAD, "/")).await;
    assert_eq!((answer.status().as_u16(), &answer.headers()["content-length"]), (200, &"5".parse().unwrap()));
}

#[tokio::test]
async fn the_repositorys_own_module_answers_at_every_form_of_its_route() {
    let server = Site::new().artefact("time", "/wagi/...", &WAGI).serve().await;
    for (path, content_type) in [
        ("/wagi", "text/html; charset=utf-8"),
        ("/wagi/", "text/html; charset=utf-8"),
        ("/wagi/api/time", "application/json"),
        ("/wagi/nowhere", "application/problem+json"),
    ] {
        assert_eq!(server.get(path).await.headers()["content-type"], content_type, "{path}");
    }
}
