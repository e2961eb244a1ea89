//! Makes the page of its three sources: puts style and script into it, names both by their SHA-256 in the policy
//! that is sent with it, and cuts it at its `{{fields}}`, so that a request only writes the pieces one after the other.

use std::path::Path;
use std::{env, fs};

use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

fn main() {
    println!("cargo::rerun-if-changed=page");
    let (style, script) = (lines("page.css").concat(), lines("page.js").join("\n"));
    let html = lines("page.html").join("\n").replace("{{style}}", &style).replace("{{script}}", &script);
    write("page.rs", &pieces(&html));
    write("policy.txt", &policy(&style, &script));
    if env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        // Rust reserves 1 MiB of stack, of which a request needs little; addresses behind it are shorter with less.
        println!("cargo::rustc-link-arg-bins=-zstack-size=65536");
    }
}

/// The lines of a source, without indentation, empty ones and those that only hold a comment.
fn lines(name: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new("page").join(name)).expect("the page's sources are in page/");
    let lines = text.lines().map(str::trim);
    let comment = |line: &str| ["//", "/*", "<!--"].iter().any(|start| line.starts_with(start));
    lines.filter(|line| !line.is_empty() && !comment(line)).map(str::to_owned).collect()
}

/// A Rust array of text and the field that follows it; a field that `page.rs` does not know does not compile.
fn pieces(html: &str) -> String {
    let mut pieces = String::new();
    let mut rest = html;
    while let Some((text, after)) = rest.split_once("{{") {
        let (field, after) = after.split_once("}}").expect("a field ends in }}");
        pieces += &format!("({text:?}, Field::{field}),\n");
        rest = after;
    }
    format!("[{pieces}({rest:?}, Field::End)]")
}

/// Allows the page its own style and script and its own origin; nothing else.
fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; connect-src 'self'; img-src 'self'; style-src 'sha256-{}'; script-src 'sha256-{}'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(style),
        hash(script)
    )
}

fn write(name: &str, text: &str) {
    let directory = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&directory).join(name), text).expect("OUT_DIR can be written");
}
