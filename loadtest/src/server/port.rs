//! A port for a server that is told where to listen.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

/// Below what the system gives to whoever asks for any port, so that it gives none of these to somebody else before it is used.
const PORTS: Range<u16> = 10_000..32_768;

/// One that nobody has now, of that range if there is any. Whoever else takes it before it is used is found out: what is
/// started there ends.
pub fn free() -> u16 {
    let free =
        |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|listener| listener.local_addr());
    let mut some = std::iter::repeat_with(|| rand::random_range(PORTS)).take(100);
    some.find_map(|port| free(port).ok()).or_else(|| free(0).ok()).map_or(0, |address| address.port())
}
