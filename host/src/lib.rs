//! Serves a `spin.toml` on wasmtime: the embedded default where the `spin` command is not installed.
//!
//! ```text
//! manifest ─┐
//!           ├→ app (router, an executor per component) → server
//! options ──┘
//! ```
//!
//! ```no_run
//! # async fn example() -> Result<(), host::Error> {
//! let app = host::App::load("spin.toml".as_ref(), &host::Options::default())?;
//! let server = host::Server::bind(app, "127.0.0.1:0").await?;
//! println!("{}", server.address());
//! server.run(std::future::pending()).await;
//! # Ok(()) }
//! ```

mod app;
mod busy_poll;
mod cgi;
mod client;
mod compile_cache;
mod engine;
mod error;
mod executor;
mod guest;
mod holder;
mod lanes;
mod manifest;
mod options;
mod packaging;
mod respond;
mod router;
mod runtime_config;
mod server;
mod spin_headers;
mod text;
mod wasi;

pub use app::App;
pub use error::Error;
pub use holder::holder;
pub use manifest::{Build, Component, ExecutorKind, Manifest, Trigger};
pub use options::{Options, Reuse};
pub use packaging::{Packaging, imports_beyond_wasi, is_command};
pub use runtime_config::RuntimeConfig;
pub use server::Server;
