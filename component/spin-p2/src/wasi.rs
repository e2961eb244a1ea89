//! The calls of WASI that `wit/` names, by the canonical ABI of the component model.
//!
//! Generated bindings would do the same, and have each instance import besides how handles are dropped that it gives away, and
//! hold a table for a pointer to a function that nobody calls: an instance that answers one request feels both.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::MaybeUninit;

#[link(wasm_import_module = "wasi:clocks/monotonic-clock@0.2.0")]
unsafe extern "C" {
    #[link_name = "now"]
    safe fn monotonic_now() -> u64;
}

#[link(wasm_import_module = "wasi:clocks/wall-clock@0.2.0")]
unsafe extern "C" {
    #[link_name = "now"]
    fn wall_now(datetime: *mut Datetime);
}

#[link(wasm_import_module = "wasi:random/random@0.2.0")]
unsafe extern "C" {
    #[link_name = "get-random-u64"]
    safe fn get_random_u64() -> u64;
}

#[link(wasm_import_module = "wasi:io/error@0.2.0")]
unsafe extern "C" {
    #[link_name = "[resource-drop]error"]
    safe fn drop_error(error: Handle);
}

#[link(wasm_import_module = "wasi:io/streams@0.2.0")]
unsafe extern "C" {
    #[link_name = "[method]output-stream.blocking-write-and-flush"]
    fn write_and_flush(stream: Handle, bytes: *const u8, length: usize, result: *mut Tagged<Tagged<Handle>>);
    #[link_name = "[resource-drop]output-stream"]
    safe fn drop_stream(stream: Handle);
}

#[link(wasm_import_module = "wasi:http/types@0.2.0")]
unsafe extern "C" {
    #[link_name = "[method]incoming-request.method"]
    fn request_method(request: Handle, method: *mut Tagged<Block>);
    #[link_name = "[method]incoming-request.path-with-query"]
    fn request_path(request: Handle, path: *mut Tagged<Block>);
    #[link_name = "[method]incoming-request.headers"]
    safe fn request_headers(request: Handle) -> Handle;
    #[link_name = "[resource-drop]incoming-request"]
    safe fn drop_request(request: Handle);
    #[link_name = "[method]fields.get"]
    fn fields_get(fields: Handle, name: *const u8, length: usize, values: *mut Block);
    #[link_name = "[static]fields.from-list"]
    fn fields_from_list(entries: *const Entry, length: usize, result: *mut Tagged<Handle>);
    #[link_name = "[resource-drop]fields"]
    safe fn drop_fields(fields: Handle);
    #[link_name = "[constructor]outgoing-response"]
    safe fn new_response(headers: Handle) -> Handle;
    #[link_name = "[method]outgoing-response.set-status-code"]
    safe fn set_status(response: Handle, status: u32) -> u32;
    #[link_name = "[method]outgoing-response.body"]
    fn response_body(response: Handle, result: *mut Tagged<Handle>);
    /// `ok` is 0, and the response; all after it is of an error.
    #[link_name = "[static]response-outparam.set"]
    #[rustfmt::skip]
    safe fn set_response(
        out: Handle,
        ok: u32,
        response: Handle,
        _: u32,
        _: u64,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
    );
    #[link_name = "[method]outgoing-body.write"]
    fn body_write(body: Handle, result: *mut Tagged<Handle>);
    #[link_name = "[static]outgoing-body.finish"]
    fn finish_body(body: Handle, has_trailers: u32, trailers: Handle, result: *mut ResultOfFinishing);
}

/// A resource of the host's.
pub type Handle = u32;

/// A variant: which case, and what is told with it.
#[repr(C)]
struct Tagged<T> {
    tag: u8,
    value: T,
}

/// A string, or a list: where, and how many.
#[derive(Clone, Copy)]
#[repr(C)]
struct Block {
    at: usize,
    length: usize,
}

/// A header: its name, and its value.
#[repr(C)]
struct Entry([Block; 2]);

#[repr(C)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

/// As large as what can be told of an error that is none of ours.
#[repr(C)]
struct ResultOfFinishing([u64; 5]);

/// By their cases, but for the last, which is any other.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// The case of results that are fine.
const OK: u8 = 0;
/// The case of options that are something.
const SOME: u8 = 1;
/// The case of a stream's failure that has an error of its own.
const FAILED: u8 = 0;

/// Nanoseconds of a clock that is never set.
pub fn steady_nanos() -> u64 {
    monotonic_now()
}

/// Seconds since the Unix epoch.
pub fn unix_seconds() -> u64 {
    filled(|datetime| unsafe { wall_now(datetime) }).seconds
}

/// Random bits.
pub fn random() -> u64 {
    get_random_u64()
}

/// A request that came in.
pub struct Incoming(Handle);

impl Incoming {
    /// The one that the host hands in, which is dropped here.
    pub fn from_host(handle: Handle) -> Self {
        Self(handle)
    }

    /// Its method, as it is written.
    pub fn method(&self) -> String {
        let Tagged { tag, value } = filled(|method| unsafe { request_method(self.0, method) });
        METHODS.get(usize::from(tag)).map_or_else(|| text(value).unwrap_or_default(), |known| (*known).into())
    }

    /// Its path and query, if it has any.
    pub fn path_with_query(&self) -> Option<String> {
        let Tagged { tag, value } = filled(|path| unsafe { request_path(self.0, path) });
        if tag == SOME { text(value) } else { None }
    }

    /// Its headers.
    pub fn headers(&self) -> Headers {
        Headers(request_headers(self.0))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        drop_request(self.0);
    }
}

/// The headers of a request.
pub struct Headers(Handle);

impl Headers {
    /// The first of this name, if it is text.
    pub fn first(&self, name: &str) -> Option<String> {
        let values = filled(|values| unsafe { fields_get(self.0, name.as_ptr(), name.len(), values) });
        // SAFETY: the host has put a list of lists there, each by `cabi_realloc`.
        let values: Vec<Block> = unsafe { owned(values) };
        let mut texts = values.into_iter().map(text);
        let first = texts.next().flatten();
        texts.for_each(drop);
        first
    }
}

impl Drop for Headers {
    fn drop(&mut self) {
        drop_fields(self.0);
    }
}

/// Answers with headers, a body in pieces, of which the host takes none of more than 4096 bytes, and a status, where it is
/// another than 200.
///
/// # Panics
///
/// Where the host refuses the status or a header.
pub fn respond<'a>(
    out: Handle,
    status: Option<u16>,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    pieces: impl Iterator<Item = &'a [u8]>,
) {
    let entries: Vec<_> = headers.map(|(name, value)| Entry([block(name), block(value)])).collect();
    let fields = filled(|result| unsafe { fields_from_list(entries.as_ptr(), entries.len(), result) });
    assert!(fields.tag == OK, "routes answer with valid headers");
    let response = new_response(fields.value);
    if let Some(status) = status {
        assert!(set_status(response, status.into()) == u32::from(OK), "routes answer with valid codes");
    }
    let body = filled(|result| unsafe { response_body(response, result) });
    set_response(out, OK.into(), response, 0, 0, 0, 0, 0, 0);
    write(body.value, pieces);
    // For HEAD the host finds no body of the length that the header tells: that is as it should be.
    filled::<ResultOfFinishing>(|result| unsafe { finish_body(body.value, 0, 0, result) });
}

fn write<'a>(body: Handle, pieces: impl Iterator<Item = &'a [u8]>) {
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return;
    }
    let stream = filled(|result| unsafe { body_write(body, result) }).value;
    for piece in pieces {
        let written =
            filled(|result| unsafe { write_and_flush(stream, piece.as_ptr(), piece.len(), result) });
        // A client that has gone away is no error of ours.
        if written.tag != OK {
            if written.value.tag == FAILED {
                drop_error(written.value.value);
            }
            break;
        }
    }
    drop_stream(stream);
}

/// What a call of the host writes.
fn filled<T: Plain>(call: impl FnOnce(*mut T)) -> T {
    let mut value = MaybeUninit::zeroed();
    call(value.as_mut_ptr());
    // SAFETY: numbers alone, which have been since the beginning.
    unsafe { value.assume_init() }
}

/// A string that the host has put into memory, if it is one of UTF-8.
fn text(Block { at, length }: Block) -> Option<String> {
    // SAFETY: the host has put so many bytes there, by `cabi_realloc`.
    String::from_utf8(unsafe { owned(Block { at, length }) }).ok()
}

/// # Safety
///
/// There are so many values of that kind, in a block of just that size which is nobody else's.
unsafe fn owned<T: Plain>(Block { at, length }: Block) -> Vec<T> {
    if length == 0 {
        return Vec::new();
    }
    // SAFETY: as the caller promises.
    unsafe { Vec::from_raw_parts(core::ptr::with_exposed_provenance_mut(at), length, length) }
}

fn block(text: &str) -> Block {
    Block { at: text.as_ptr().expose_provenance(), length: text.len() }
}

/// # Safety
///
/// All of it is numbers.
unsafe trait Plain {}

unsafe impl Plain for u8 {}
unsafe impl Plain for Handle {}
unsafe impl Plain for Block {}
unsafe impl Plain for Datetime {}
unsafe impl Plain for ResultOfFinishing {}
unsafe impl<T: Plain> Plain for Tagged<T> {}
