//! The embedded host with room for one request: for more, it reserves more addresses than valgrind has.

use std::path::Path;

use host::{App, Options, Server};
use loadtest::error::Error;
use loadtest::interrupt;

/// Serves this component of a manifest, until it is told to stop.
///
/// # Errors
///
/// When it cannot be served.
pub async fn serve(manifest: &Path, component: String, port: u16) -> Result<(), Error> {
    let stop = interrupt::token();
    let options = Options { components: vec![component], max_instances: 1, ..Options::default() };
    let server = Server::bind(App::load(manifest, &options)?, &format!("127.0.0.1:{port}")).await?;
    server.run(stop.cancelled_owned()).await;
    Ok(())
}
