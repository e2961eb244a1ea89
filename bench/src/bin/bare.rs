//! A bare hyper server: `bare PORT`. A program of its own, with the allocator that such a one has.

#[path = "../hello.rs"]
mod hello;

use loadtest::error::Error;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok());
    let port = port.ok_or_else(|| Error::Usage("give it a port to listen on: bare PORT".into()))?;
    match hello::serve(hello::listen(port).await?.1).await {}
}
