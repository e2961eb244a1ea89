//! By WASI preview 1, whose calls the `wasip1` crate declares.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::str;

use wasip1::{CLOCKID_MONOTONIC, CLOCKID_REALTIME, Ciovec, Fd};

use super::Process;
use crate::service::Platform;

const STDOUT: Fd = 1;
const STDERR: Fd = 2;

/// The environment: `NAME=value`, each ended by a NUL.
#[derive(Debug)]
pub struct Variables(Vec<u8>);

impl Variables {
    /// Those of this process; none where the host tells none.
    pub fn read() -> Self {
        Self(environment().unwrap_or_default())
    }

    /// The value of a variable, if it is text.
    pub fn get(&self, name: &str) -> Option<String> {
        let value =
            |entry: &'_ [u8]| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=").map(<[u8]>::to_vec);
        String::from_utf8(self.0.split(|byte| *byte == 0).find_map(value)?).ok()
    }
}

fn environment() -> Option<Vec<u8>> {
    // SAFETY: the host writes as much as it said: a pointer for each variable, and their text.
    unsafe {
        let (count, size) = wasip1::environ_sizes_get().ok()?;
        let (mut pointers, mut text) = (vec![0_usize; count], vec![0; size]);
        wasip1::environ_get(pointers.as_mut_ptr().cast(), text.as_mut_ptr()).ok()?;
        Some(text)
    }
}

/// Writes to standard output, in as few pieces as the host takes.
///
/// # Errors
///
/// Why it was not taken.
pub fn print(bytes: &[u8]) -> Result<(), String> {
    write(STDOUT, bytes)
}

/// Writes a line to standard error.
pub fn complain(message: &str) {
    // There is nobody left to tell.
    let _ = write(STDERR, &[message.as_bytes(), b"\n"].concat());
}

fn write(to: Fd, mut bytes: &[u8]) -> Result<(), String> {
    while !bytes.is_empty() {
        let piece = [Ciovec { buf: bytes.as_ptr(), buf_len: bytes.len() }];
        // SAFETY: the host reads `bytes`, which live.
        match unsafe { wasip1::fd_write(to, &piece) } {
            Ok(written @ 1..) => bytes = bytes.get(written..).unwrap_or_default(),
            Ok(_) => return Err("it takes nothing more".to_string()),
            Err(error) => return Err(error.message().to_string()),
        }
    }
    Ok(())
}

impl Platform for Process {
    fn unix_now() -> i64 {
        (nanos(CLOCKID_REALTIME) / 1_000_000_000) as i64
    }

    fn steady_nanos() -> u64 {
        nanos(CLOCKID_MONOTONIC)
    }

    fn random() -> u64 {
        let mut bytes = [0; 8];
        // SAFETY: the host writes these eight bytes.
        unsafe { wasip1::random_get(bytes.as_mut_ptr(), bytes.len()) }.expect("the platform has randomness");
        u64::from_le_bytes(bytes)
    }
}

fn nanos(clock: wasip1::Clockid) -> u64 {
    // SAFETY: nothing is asked of the caller.
    unsafe { wasip1::clock_time_get(clock, 1) }.expect("the platform has clocks")
}
