//! Who sends the requests of a connection, in the words that each of them repeats.

use std::net::SocketAddr;

/// The other end of a connection, written once.
pub(crate) struct Client {
    /// Address and port.
    pub address: String,
    /// The address alone.
    pub ip: String,
}

impl From<SocketAddr> for Client {
    fn from(address: SocketAddr) -> Self {
        Self { address: address.to_string(), ip: address.ip().to_string() }
    }
}
