//! Guests in WAT.

/// What a WAGI program has at hand. Its data stand at 1024, what it reads goes to 0x20000.
const PRELUDE: &str = r#"
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (func $print (param $at i32) (param $length i32)
      (i32.store (i32.const 0) (local.get $at))
      (i32.store (i32.const 4) (local.get $length))
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func $read (result i32)
      (i32.store (i32.const 0) (i32.const 0x20000))
      (i32.store (i32.const 4) (i32.const 0x10000))
      (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (i32.load (i32.const 8)))
"#;

/// The header of a program that prints text.
const PLAIN: &str = "content-type: text/plain\n\n";

/// A WAGI program that prints `output`, then does `rest`.
pub fn program(output: &str, rest: &str) -> Vec<u8> {
    program_with_memory(16, output, rest)
}

/// A WAGI program that begins with so many pages of memory.
pub fn program_with_memory(pages: usize, output: &str, rest: &str) -> Vec<u8> {
    let (data, length) = (escaped(output), output.len());
    compiled(&format!(
        r#"(module {PRELUDE} (memory (export "memory") {pages}) (data (i32.const 1024) "{data}")
             (func (export "_start") (local $length i32)
               (call $print (i32.const 1024) (i32.const {length}))
               {rest}))"#
    ))
}

/// Prints `hello`.
pub fn hello() -> Vec<u8> {
    program(&format!("{PLAIN}hello"), "")
}

/// Says something on standard error, and answers.
pub fn complaining(text: &str) -> Vec<u8> {
    let data = escaped(text);
    let rest = format!(
        "(i32.store (i32.const 0) (i32.const 2048)) (i32.store (i32.const 4) (i32.const {}))
         (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))",
        text.len()
    );
    program_with_data(&format!("(data (i32.const 2048) \"{data}\")"), &rest)
}

fn program_with_data(data: &str, rest: &str) -> Vec<u8> {
    let (plain, length) = (escaped(PLAIN), PLAIN.len());
    compiled(&format!(
        r#"(module {PRELUDE} (memory (export "memory") 16) (data (i32.const 1024) "{plain}") {data}
             (func (export "_start")
               (call $print (i32.const 1024) (i32.const {length}))
               {rest}))"#
    ))
}

/// Prints its environment, each variable followed by a NUL.
pub fn environment() -> Vec<u8> {
    listing("environ")
}

/// Prints its arguments, each followed by a NUL.
pub fn arguments() -> Vec<u8> {
    listing("args")
}

fn listing(of: &str) -> Vec<u8> {
    let rest = format!(
        "(drop (call ${of}_sizes (i32.const 0x10000) (i32.const 0x10004)))
         (drop (call ${of} (i32.const 0x10008) (i32.const 0x20000)))
         (call $print (i32.const 0x20000) (i32.load (i32.const 0x10004)))"
    );
    program(PLAIN, &rest)
}

/// Prints its standard input.
pub fn echo() -> Vec<u8> {
    let rest = "
        (loop $again
          (local.set $length (call $read))
          (call $print (i32.const 0x20000) (local.get $length))
          (br_if $again (local.get $length)))";
    program(PLAIN, rest)
}

/// Never ends.
pub fn endless() -> Vec<u8> {
    program("", "(loop $again (br $again))")
}

/// Asks for one more page of memory, and for another, and prints `granted ` or `refused ` for each.
pub fn growing(pages: usize) -> Vec<u8> {
    let granted = "(if (i32.eq (memory.grow (i32.const 1)) (i32.const -1))
        (then (call $print (i32.const 1032) (i32.const 8)))
        (else (call $print (i32.const 1024) (i32.const 8))))";
    let plain = escaped(PLAIN);
    compiled(&format!(
        r#"(module {PRELUDE} (memory (export "memory") {pages})
             (data (i32.const 1024) "granted refused {plain}")
             (func (export "_start") (call $print (i32.const 1040) (i32.const {})) {granted} {granted}))"#,
        PLAIN.len()
    ))
}

/// A component of preview 2 whose HTTP handler does `body`.
pub fn handler(body: &str) -> Vec<u8> {
    compiled(&format!(
        r#"(component
             (import "wasi:http/types@0.2.0" (instance $types
               (export "incoming-request" (type (sub resource)))
               (export "response-outparam" (type (sub resource)))))
             (alias export $types "incoming-request" (type $request))
             (alias export $types "response-outparam" (type $out))
             (core module $code (func (export "handle") (param i32 i32) {body}))
             (core instance $code (instantiate $code))
             (func $handle (param "request" (own $request)) (param "response-out" (own $out))
               (canon lift (core func $code "handle")))
             (instance (export "wasi:http/incoming-handler@0.2.0") (export "handle" (func $handle))))"#
    ))
}

/// A component of preview 2 that is a command: it prints `output`, and ends well if `well`.
pub fn command(output: &str, well: bool) -> Vec<u8> {
    let (data, length, outcome) = (escaped(output), output.len(), i32::from(!well));
    compiled(&format!(
        r#"(component
             (import "wasi:io/error@0.2.0" (instance $errors (export "error" (type (sub resource)))))
             (alias export $errors "error" (type $error))
             (import "wasi:io/streams@0.2.0" (instance $streams
               (export "output-stream" (type $stream (sub resource)))
               (alias outer 1 $error (type $outer-error))
               (export "error" (type $error (eq $outer-error)))
               (type $failure (variant (case "last-operation-failed" (own $error)) (case "closed")))
               (export "stream-error" (type $stream-error (eq $failure)))
               (export "[method]output-stream.blocking-write-and-flush" (func
                 (param "self" (borrow $stream)) (param "contents" (list u8))
                 (result (result (error $stream-error)))))))
             (alias export $streams "output-stream" (type $stream))
             (import "wasi:cli/stdout@0.2.0" (instance $stdout
               (alias outer 1 $stream (type $outer-stream))
               (export "output-stream" (type $stream (eq $outer-stream)))
               (export "get-stdout" (func (result (own $stream))))))
             (core module $memory (memory (export "memory") 1) (data (i32.const 1024) "{data}"))
             (core instance $memory (instantiate $memory))
             (core func $get (canon lower (func $stdout "get-stdout")))
             (core func $write (canon lower
               (func $streams "[method]output-stream.blocking-write-and-flush")
               (memory (core memory $memory "memory"))))
             (core module $code
               (import "" "get" (func $get (result i32)))
               (import "" "write" (func $write (param i32 i32 i32 i32)))
               (func (export "run") (result i32)
                 (call $write (call $get) (i32.const 1024) (i32.const {length}) (i32.const 0))
                 (i32.const {outcome})))
             (core instance $code (instantiate $code
               (with "" (instance (export "get" (func $get)) (export "write" (func $write))))))
             (func $run (result (result)) (canon lift (core func $code "run")))
             (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run))))"#
    ))
}

/// `wat` as Wasm.
pub fn compiled(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap_or_else(|e| panic!("{e}"))
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("\\{byte:02x}")).collect()
}
