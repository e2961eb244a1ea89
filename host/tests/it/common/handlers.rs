//! Guests with an HTTP handler: core modules, built for interfaces as wit-bindgen leaves it.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::guests::compiled;

/// As much of the interfaces as the guests use.
const WIT: &str = include_str!("handlers.wit");

/// Gives two pages at a time, of which the adapter needs one for its state and one for its stack.
const REALLOC: &str = r#"(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
          (i32.mul (memory.grow (i32.const 2)) (i32.const 65536)))"#;

/// A module of wasm32-wasip1 that is a reactor: it says `reached` on standard error and sets no response.
pub fn reactor() -> Vec<u8> {
    let module = format!(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\07\00\00\00") (data (i32.const 16) "reached")
        {REALLOC}
        (func (export "wasi:http/incoming-handler@0.2.0#handle") (param i32 i32)
          (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))))"#
    );
    embedded(&module, "preview2")
}

/// The same, but it says the value of this variable.
pub fn saying_variable(name: &str) -> Vec<u8> {
    let module = format!(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "fermyon:spin/variables@2.0.0" "get" (func $get (param i32 i32 i32)))
        (memory (export "memory") 1)
        (data (i32.const 64) "{name}")
        {REALLOC}
        (func (export "wasi:http/incoming-handler@0.2.0#handle") (param i32 i32)
          (call $get (i32.const 64) (i32.const {}) (i32.const 0))
          (if (i32.load8_u (i32.const 0)) (then unreachable))
          (drop (call $fd_write (i32.const 2) (i32.const 4) (i32.const 1) (i32.const 16)))))"#,
        name.len()
    );
    embedded(&module, "variables")
}

/// A component of preview 3 that waits before it answers with an empty body.
pub fn waiting(milliseconds: u64) -> Vec<u8> {
    preview_3(&format!("{}{ANSWER}", wait(milliseconds)))
}

/// A component of preview 3 that works on after it has answered with an empty body.
pub fn lingering(milliseconds: u64) -> Vec<u8> {
    preview_3(&format!("{ANSWER}{}", wait(milliseconds)))
}

fn wait(milliseconds: u64) -> String {
    format!("(call $wait (i64.const {}))", milliseconds * 1_000_000)
}

/// A response without contents, and trailers that are none.
const ANSWER: &str = "
    (local.set $trailers (call $future))
    (call $response (call $fields) (i32.const 0) (i32.const 0) (i32.wrap_i64 (local.get $trailers)) (i32.const 0))
    (call $return (i32.const 0) (i32.load (i32.const 0)) (i32.const 0) (i64.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (drop (call $write (i32.wrap_i64 (i64.shr_u (local.get $trailers) (i64.const 32))) (i32.const 64)))";

fn preview_3(body: &str) -> Vec<u8> {
    let module = format!(
        r#"(module
        (import "wasi:clocks/monotonic-clock@0.3.0" "wait-for" (func $wait (param i64)))
        (import "wasi:http/types@0.3.0" "[constructor]fields" (func $fields (result i32)))
        (import "wasi:http/types@0.3.0" "[static]response.new" (func $response (param i32 i32 i32 i32 i32)))
        (import "wasi:http/types@0.3.0" "[future-new-1][static]response.new" (func $future (result i64)))
        (import "wasi:http/types@0.3.0" "[async-lower][future-write-1][static]response.new"
          (func $write (param i32 i32) (result i32)))
        (import "[export]wasi:http/handler@0.3.0" "[task-return]handle"
          (func $return (param i32 i32 i32 i64 i32 i32 i32 i32)))
        (memory (export "memory") 1)
        {REALLOC}
        (func (export "[async-lift]wasi:http/handler@0.3.0#handle") (param i32) (result i32) (local $trailers i64)
          {body}
          (i32.const 0))
        (func (export "[callback][async-lift]wasi:http/handler@0.3.0#handle") (param i32 i32 i32) (result i32)
          (i32.const 0)))"#
    );
    let module = embedded(&module, "preview3");
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

fn embedded(module: &str, world: &str) -> Vec<u8> {
    let mut module = compiled(module);
    let mut resolve = Resolve::default();
    let package = resolve.push_str("handlers.wit", WIT).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    module
}
