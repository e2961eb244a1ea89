//! Who holds a port.

use std::net::SocketAddr;

use listeners::{Protocol, SocketState};

/// The program that listens at `address`, or at every address with its port, like `nginx (process 12)`; `None` where that
/// cannot be seen, as of another user's.
pub fn holder(address: SocketAddr) -> Option<String> {
    let is_in_the_way = |other: SocketAddr| {
        let everywhere = other.ip().is_unspecified() || address.ip().is_unspecified();
        other.port() == address.port() && (other.ip() == address.ip() || everywhere)
    };
    let found = listeners::get_all().ok()?.into_iter().find(|listener| {
        listener.protocol == Protocol::TCP
            && listener.state == SocketState::Listen
            && is_in_the_way(listener.socket)
    })?;
    let name: String = found.process.name.chars().filter(|c| !c.is_control()).collect();
    Some(format!("{name} (process {})", found.process.pid))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn who_listens_is_named_with_its_process() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let everywhere = SocketAddr::from(([0, 0, 0, 0], address.port()));
        for address in [address, everywhere] {
            let holder = holder(address).unwrap();
            assert!(holder.ends_with(&format!("(process {})", std::process::id())), "{holder}");
        }
        assert_eq!(holder(SocketAddr::from(([127, 0, 0, 2], address.port()))), None);
        drop(listener);
        assert_eq!(holder(address), None);
    }
}
