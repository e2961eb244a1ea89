//! Hello, by what spin-sdk 7 makes easiest: preview 3.

use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

#[http_service]
async fn handle(_: Request) -> impl IntoResponse {
    "Hello, world!"
}
