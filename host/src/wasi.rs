//! WASI for components with a handler. What most of them ask for is made of parts that cost little; the library's own
//! context, with generators of random numbers to be seeded and streams to be opened, waits until one asks for more.

use rand::{Rng, RngExt};
use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::clocks::WasiClocks;
use wasmtime_wasi::p2::bindings::{clocks, io, random};
use wasmtime_wasi::random::DEFAULT_MAX_SIZE;

use crate::guest::Guest;

pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    linker.allow_shadowing(true);
    io::error::add_to_linker::<_, HasSelf<ResourceTable>>(linker, Guest::table)?;
    io::poll::add_to_linker::<_, HasSelf<ResourceTable>>(linker, Guest::table)?;
    io::streams::add_to_linker::<_, HasSelf<ResourceTable>>(linker, Guest::table)?;
    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, Guest::clocks)?;
    clocks::wall_clock::add_to_linker::<_, WasiClocks>(linker, Guest::clocks)?;
    random::random::add_to_linker::<_, HasSelf<Random>>(linker, Guest::random)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The thread's generator, which is seeded once, where the library seeds one for each guest.
pub(crate) struct Random;

impl random::random::Host for Random {
    fn get_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        if length > DEFAULT_MAX_SIZE {
            wasmtime::bail!("{length} random bytes are more than {DEFAULT_MAX_SIZE}");
        }
        let mut bytes = vec![0; length as usize];
        rand::rng().fill_bytes(&mut bytes);
        Ok(bytes)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(rand::rng().random())
    }
}

#[cfg(test)]
mod tests {
    use wasmtime_wasi::p2::bindings::random::random::Host;

    use super::*;

    #[test]
    fn random_bytes_are_as_many_as_asked_for_and_others_each_time() {
        let bytes = || Random.get_random_bytes(32).unwrap();
        let (some, others) = (bytes(), bytes());
        assert_eq!((some.len(), others.len()), (32, 32));
        assert_ne!(some, others);
        assert_ne!(Random.get_random_u64().unwrap(), Random.get_random_u64().unwrap());
    }

    #[test]
    fn no_guest_gets_more_random_bytes_than_the_library_would_give() {
        assert!(Random.get_random_bytes(DEFAULT_MAX_SIZE + 1).is_err());
    }
}
