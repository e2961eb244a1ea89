//! Moscow time as a Spin component for WASI preview 2. Every request meets a fresh instance.
#![cfg(target_family = "wasm")]

use moscow_time::evidence::Packaging;
use moscow_time::{answer, spin};
use spin_sdk::http::{Fields, IncomingRequest, OutgoingResponse, ResponseOutparam};
use spin_sdk::http_component;

/// With `ResponseOutparam`, since a returned response always has a body, which for HEAD contradicts its Content-Length.
#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    let headers = request.headers().entries();
    let last = |name: &str| {
        let (_, value) = headers.iter().rev().find(|(known, _)| known == name)?;
        String::from_utf8(value.clone()).ok()
    };
    let target = request.path_with_query().unwrap_or_default();
    let request = spin::request(request.method().to_string(), &target, last);
    let response = answer(&request, Packaging::Preview2);

    let fields = response.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes()));
    let fields = Fields::from_list(&fields.collect::<Vec<_>>()).expect("the headers are valid");
    let outgoing = OutgoingResponse::new(fields);
    outgoing.set_status_code(response.status).expect("the status is valid");
    if response.body.is_empty() {
        out.set(outgoing);
    } else if let Err(error) = out.set_with_body(outgoing, response.body.into_bytes()).await {
        eprintln!("cannot send the response: {error}");
    }
}
