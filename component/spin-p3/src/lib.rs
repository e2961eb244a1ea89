//! Moscow time as a Spin component for WASI preview 3 (`wasi:http/handler@0.3`).
//!
//! Its instances are reused, also by several requests at once; all they share is the count of requests.
//! Written against the SDK's bindings, not its `http` conversions: those cost 90 KB and answer a method or a
//! header they cannot convert with an error of the host's, not of the application's.
#![cfg(target_family = "wasm")]

use moscow_time::evidence::Packaging;
use moscow_time::message::{Request, Response, component_path};
use moscow_time::service::{self, Platform};
use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::types::{self as wasi, ErrorCode, Fields, Method};
use spin_sdk::wasip3::random::random;
use spin_sdk::wasip3::{spawn, wit_future, wit_stream};

/// A response has it from the start.
const DEFAULT_STATUS: u16 = 200;

struct Component;

spin_sdk::wasip3::http::service::export!(Component);

impl Guest for Component {
    async fn handle(incoming: wasi::Request) -> Result<wasi::Response, ErrorCode> {
        let headers = incoming.get_headers();
        let header = |name: &str| String::from_utf8(headers.get(name).into_iter().next()?).ok();
        let path = component_path(&incoming.get_path_with_query().unwrap_or_default(), header);
        let method = incoming.get_method();
        let request = Request { method: name(&method), path: &path };
        send(service::answer::<Self>(&request, Packaging::Preview3))
    }
}

impl Platform for Component {
    fn unix_now() -> i64 {
        system_clock::now().seconds
    }

    fn steady_nanos() -> u64 {
        monotonic_clock::now()
    }

    fn random() -> u64 {
        random::get_random_u64()
    }
}

fn name(method: &Method) -> &str {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(name) => name,
    }
}

fn send(response: Response) -> Result<wasi::Response, ErrorCode> {
    let fields = response.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    // Routes answer with valid headers and codes. Saying so by a panic would bring the text of each error.
    let unexpected = || ErrorCode::InternalError(None);
    let fields = Fields::from_list(&fields.collect::<Vec<_>>()).map_err(|_| unexpected())?;
    let (trailers_writer, trailers) = wit_future::new(|| Ok(None));
    let (mut writer, body) = wit_stream::new();
    let (outgoing, _sent) =
        wasi::Response::new(fields, (!response.body.is_empty()).then_some(body), trailers);
    if response.status != DEFAULT_STATUS {
        outgoing.set_status_code(response.status).map_err(|()| unexpected())?;
    }
    // The host reads the body after this function has returned. Dropping the writers ends body and trailers.
    spawn(async move {
        let _unread = writer.write_all(response.body.into_owned()).await;
        drop(writer);
        drop(trailers_writer);
    });
    Ok(outgoing)
}
