//! Serves a `spin.toml` on wasmtime, built as Spin builds: the default where the `spin` command is not installed.
//!
//! ```text
//! manifest ─┐
//!           ├→ app (router, an executor per component) → server
//! options ──┘
//! ```
//!
//! What differs from Spin is listed in `DIFFERENCES.md`.
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
mod authority;
mod cgi;
mod component_log;
mod componentize;
mod engine;
mod error;
mod executor;
mod holder;
mod instance;
mod manifest;
mod options;
mod packaging;
mod respond;
mod router;
mod runtime_config;
mod server;
mod spin_headers;
mod telemetry;
mod text;
mod variables;

pub use app::App;
pub use componentize::component as componentize;
pub use error::Error;
pub use holder::holder;
pub use manifest::{Build, Component, ExecutorKind, Manifest, Trigger};
pub use options::{Options, Reuse};
pub use packaging::{Packaging, imports_beyond_wasi, is_command};
pub use runtime_config::RuntimeConfig;
pub use server::Server;
pub use telemetry::print_traces;
