//! Moscow time as a Spin component for WASI preview 3. An instance answers many requests, several at once.
//! Not by `#[http_service]`: it adds 60 KB, and gives every response a body, which for HEAD contradicts its Content-Length.
#![cfg(target_family = "wasm")]

use moscow_time::evidence::Packaging;
use moscow_time::{answer, spin};
use spin_sdk::http::Method;
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Request, Response};
use spin_sdk::wasip3::{spawn, wit_future, wit_stream};

struct Component;

spin_sdk::wasip3::http::service::export!(Component);

impl Guest for Component {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let headers = request.get_headers();
        let last = |name: &str| String::from_utf8(headers.get(name).pop()?).ok();
        let target = request.get_path_with_query().unwrap_or_default();
        let method =
            Method::try_from(request.get_method()).map_err(|_| ErrorCode::HttpRequestMethodInvalid)?;
        let request = spin::request(method.to_string(), &target, last);
        let response = answer(&request, Packaging::Preview3);

        let fields = response.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes()));
        let fields =
            Fields::from_list(&fields.collect::<Vec<_>>()).map_err(|_| ErrorCode::InternalError(None))?;
        let (mut writer, body) = wit_stream::new();
        let (trailers_writer, trailers) = wit_future::new(|| Ok(None));
        let body = (!response.body.is_empty()).then_some(body);
        let (outgoing, _sent) = Response::new(fields, body, trailers);
        outgoing.set_status_code(response.status).map_err(|()| ErrorCode::InternalError(None))?;
        // The host reads the body after this function has returned. Dropping the writers ends it.
        spawn(async move {
            let _unread = writer.write_all(response.body.into_bytes()).await;
            drop((writer, trailers_writer));
        });
        Ok(outgoing)
    }
}
